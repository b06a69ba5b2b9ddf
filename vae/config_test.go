package vae_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/vae"
)

// refused reads configs that must not be accepted; the errors name the file and
// what the table's key says.
func refused[C any](t *testing.T, read func(dir string) (C, error), table map[string]string) {
	t.Helper()
	for key, text := range table {
		dir := opentest.Folder(t, text)
		_, err := read(dir)
		if err == nil {
			t.Errorf("%s was accepted", text)
			continue
		}
		if said := err.Error(); !strings.Contains(said, key) || !strings.Contains(said, filepath.Join(dir, "config.json")) {
			t.Errorf("%s gave %q, which does not name %q", text, said, key)
		}
	}
	if _, err := read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("an empty folder gave %v", err)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	refused(t, vae.ReadConfig, map[string]string{
		"invalid character":         `latent_channels: 4`,
		"unexpected end":            `{"latent_channels": 4`,
		"Config.latent_channels":    `{"latent_channels": "four"}`,
		"Config.block_out_channel":  `{"block_out_channels": 64}`,
		`"AsymmetricAutoencoderKL"`: `{"_class_name": "AsymmetricAutoencoderKL"}`,
		"block_out_channels, ":      `{"block_out_channels": []}`,
		"up_block_types must":       `{"up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]}`,
		"down_block_types[0]":       `{"down_block_types": ["AttnDownEncoderBlock2D"]}`,
		"up_block_types[0]":         `{"up_block_types": ["AttnUpDecoderBlock2D"]}`,
		"block_out_channels[0]":     `{"block_out_channels": [33]}`,
		"norm_num_groups":           `{"norm_num_groups": 0}`,
		"layers_per_block: 0":       `{"layers_per_block": 0}`,
		"layers_per_block: 100":     `{"layers_per_block": 100}`,
		"in_channels: 0":            `{"in_channels": 0}`,
		"out_channels: -3":          `{"out_channels": -3}`,
		"latent_channels: 1000000":  `{"latent_channels": 1000000}`,
		"scaling_factor":            `{"scaling_factor": 0}`,
	})
	c := smallConfig()
	c.ActFn = "mish"
	if _, err := vae.New(c); err == nil || !strings.Contains(err.Error(), "act_fn") {
		t.Errorf("act_fn mish gave %v", err)
	}
}

func TestReadTinyConfigRefuses(t *testing.T) {
	refused(t, vae.ReadTinyConfig, map[string]string{
		"invalid character":             `latent_channels: 4`,
		"TinyConfig.latent_channels":    `{"latent_channels": "four"}`,
		`"AutoencoderKL"`:               `{"_class_name": "AutoencoderKL"}`,
		"num_encoder_blocks must":       `{"num_encoder_blocks": [1]}`,
		"num_decoder_blocks must":       `{"decoder_block_out_channels": []}`,
		"encoder_block_out_channels[1]": `{"encoder_block_out_channels": [64, 0, 64, 64]}`,
		"decoder_block_out_channels[0]": `{"decoder_block_out_channels": [-1, 64, 64, 64]}`,
		"num_encoder_blocks[3]":         `{"num_encoder_blocks": [1, 3, 3, 1000000]}`,
		"num_decoder_blocks[0]":         `{"num_decoder_blocks": [-1, 3, 3, 3]}`,
		"upsampling_scaling_factor":     `{"upsampling_scaling_factor": 0}`,
		"latent_magnitude":              `{"latent_magnitude": 0}`,
		"in_channels":                   `{"in_channels": 0}`,
	})
	c, err := vae.ReadTinyConfig(opentest.Folder(t, `{"act_fn": "mish"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vae.NewTiny(c); err == nil || !strings.Contains(err.Error(), "act_fn") {
		t.Errorf("act_fn mish gave %v", err)
	}
}

// What is written is read back as it was; what is left out is diffusers' default.
func TestConfigRoundTrip(t *testing.T) {
	c := smallConfig()
	c.ShiftFactor = new(0.25)
	got, err := vae.ReadConfig(opentest.Folder(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
	if got.Factor() != 2 || got.Shift() != 0.25 {
		t.Errorf("factor %d, shift %g", got.Factor(), got.Shift())
	}
	plain, err := vae.ReadConfig(opentest.Folder(t, `{}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(vae.DefaultConfig(), plain); diff != "" || plain.Shift() != 0 || plain.Factor() != 1 {
		t.Errorf("shift %g, factor %d\n%s", plain.Shift(), plain.Factor(), diff)
	}
}
