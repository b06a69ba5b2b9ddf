package vae_test

import (
	"path/filepath"
	"testing"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/vae"
)

// The fixtures' keys and shapes are the models', neither more nor less.
func TestParamsGolden(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny", "sdxl-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			dir := filepath.Join(golden.Dir(t, fixture), "vae")
			c, err := vae.ReadConfig(dir)
			if err != nil {
				t.Fatal(err)
			}
			m, err := vae.New(c)
			if err != nil {
				t.Fatal(err)
			}
			opentest.SameKeys(t, dir, m.Params, vae.Rename)
			if n := len(m.EncoderParams) + len(m.DecoderParams); n != len(m.Params) {
				t.Errorf("the halves have %d parameters, the whole %d", n, len(m.Params))
			}
		})
	}
	t.Run("taesd-tiny", func(t *testing.T) {
		dir := golden.Dir(t, "taesd-tiny")
		c, err := vae.ReadTinyConfig(dir)
		if err != nil {
			t.Fatal(err)
		}
		m, err := vae.NewTiny(c)
		if err != nil {
			t.Fatal(err)
		}
		opentest.SameKeys(t, dir, m.Params, func(key string) string { return key })
	})
}

func TestRename(t *testing.T) {
	for old, today := range map[string]string{
		"encoder.mid_block.attentions.0.query.weight":     "encoder.mid_block.attentions.0.to_q.weight",
		"encoder.mid_block.attentions.0.key.bias":         "encoder.mid_block.attentions.0.to_k.bias",
		"decoder.mid_block.attentions.0.value.weight":     "decoder.mid_block.attentions.0.to_v.weight",
		"decoder.mid_block.attentions.0.proj_attn.weight": "decoder.mid_block.attentions.0.to_out.0.weight",
		"decoder.mid_block.attentions.0.to_k.weight":      "decoder.mid_block.attentions.0.to_k.weight",
		"decoder.key.weight":                              "decoder.key.weight",
	} {
		if got := vae.Rename(old); got != today {
			t.Errorf("%s became %s, want %s", old, got, today)
		}
	}
}

func TestOpen(t *testing.T) {
	m, err := vae.New(smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	opentest.Run(t, m.Config, m.Params, vae.Open)
}

func TestOpenTiny(t *testing.T) {
	c, err := vae.ReadTinyConfig(opentest.Folder(t, `{"num_encoder_blocks": [1, 1], "num_decoder_blocks": [1, 1],
		"encoder_block_out_channels": [4, 4], "decoder_block_out_channels": [4, 4]}`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := vae.NewTiny(c)
	if err != nil {
		t.Fatal(err)
	}
	opentest.Run(t, m.Config, m.Params, vae.OpenTiny)
}
