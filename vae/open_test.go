package vae_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
	"github.com/ichimai/ichimai/weights"
)

const weightFile = "diffusion_pytorch_model.safetensors"

// sameKeys compares a model's parameters with the keys and shapes of a folder.
func sameKeys(t *testing.T, dir string, params []*nn.Param, rename func(string) string) {
	t.Helper()
	src, err := weights.OpenComponent(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	got, want := map[string][]int{}, map[string][]int{}
	for _, p := range params {
		if _, twice := got[p.Name]; twice {
			t.Errorf("%s is declared twice", p.Name)
		}
		got[p.Name] = p.Shape
	}
	for _, name := range src.Names() {
		info, _ := src.Info(name)
		want[rename(name)] = info.Shape
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

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
			sameKeys(t, dir, m.Params, vae.Rename)
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
		sameKeys(t, dir, m.Params, func(key string) string { return key })
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

// modelFolder writes a small model after change has had its way with the
// tensors.
func modelFolder(t *testing.T, change func([]weights.Tensor) []weights.Tensor) (dir string, list []weights.Tensor) {
	t.Helper()
	b := newBundle(t)
	list, err := b.weights.Export(b.Params, weights.F32)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(b.Config)
	if err != nil {
		t.Fatal(err)
	}
	dir = configFolder(t, string(data))
	if err := weights.Write(filepath.Join(dir, weightFile), change(slices.Clone(list)), nil); err != nil {
		t.Fatal(err)
	}
	return dir, list
}

// A folder that does not fit is refused with all that is wrong.
func TestOpenReportsEveryKey(t *testing.T) {
	dir, list := modelFolder(t, func(list []weights.Tensor) []weights.Tensor {
		list[1].Name = "encoder.conv_in.beta"
		list[2].Shape = append([]int{1}, list[2].Shape...)
		return list[:len(list)-1]
	})
	_, _, err := vae.Open(dir, model.NewStore(), "vae")
	var keys *weights.KeyError
	if !errors.As(err, &keys) {
		t.Fatalf("got %v", err)
	}
	missing := []string{list[1].Name, list[len(list)-1].Name}
	slices.Sort(missing)
	if !slices.Equal(keys.Missing, missing) || !slices.Equal(keys.Unexpected, []string{"encoder.conv_in.beta"}) ||
		len(keys.Wrong) != 1 || keys.Wrong[0].Name != list[2].Name {
		t.Errorf("got %v", err)
	}
	for _, name := range append(missing, "encoder.conv_in.beta", list[2].Name, filepath.Join(dir, weightFile)) {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if _, _, err := vae.Open(configFolder(t, `{}`), model.NewStore(), "vae"); err == nil || !strings.Contains(err.Error(), "open VAE") {
		t.Errorf("a folder without weights gave %v", err)
	}
}

func TestOpen(t *testing.T) {
	dir, want := modelFolder(t, func(list []weights.Tensor) []weights.Tensor { return list })
	m, w, err := vae.Open(dir, model.NewStore(), "vae")
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Export(m.Params, weights.F32)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
