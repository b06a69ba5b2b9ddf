package clip_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/internal/opentest"
)

func TestReadTextConfig(t *testing.T) {
	cases := []struct {
		name, text string
		change     func(*clip.TextConfig)
	}{
		{"Defaults", `{}`, func(*clip.TextConfig) {}},
		{"OK", `{"architectures": ["CLIPTextModelWithProjection"], "hidden_size": 64, "projection_dim": 32, "eos_token_id": 2}`,
			func(c *clip.TextConfig) { c.HiddenSize, c.ProjectionDim, c.EOSTokenID, c.Projection = 64, 32, 2, true }},
		{"Half", `{"model_type": "clip", "projection_dim": 48, "text_config": {"hidden_size": 64, "projection_dim": 5}, "vision_config": {}}`,
			func(c *clip.TextConfig) { c.HiddenSize, c.ProjectionDim, c.Projection = 64, 48, true }},
		{"OldKey", `{"model_type": "clip", "text_config": {"hidden_size": 64}, "text_config_dict": {"hidden_size": 128}}`,
			func(c *clip.TextConfig) { c.HiddenSize, c.Projection = 128, true }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := clip.DefaultTextConfig()
			c.change(&want)
			got, err := clip.ReadTextConfig(opentest.Folder(t, c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadConfigErrors(t *testing.T) {
	text := func(dir string) error { _, err := clip.ReadTextConfig(dir); return err }
	vision := func(dir string) error { _, err := clip.ReadVisionConfig(dir); return err }
	both := func(dir string) error { _, err := clip.ReadConfig(dir); return err }
	cases := []struct {
		name, text string
		read       func(dir string) error
		want       string
	}{
		{"ErrJSON", `{"hidden_size": `, text, "unexpected end"},
		{"ErrFamily", `{"model_type": "t5"}`, text, `model_type: "t5"`},
		{"ErrOtherTower", `{"model_type": "clip_vision_model"}`, text, "clip_text_model"},
		{"ErrHeads", `{"num_attention_heads": 7}`, text, "hidden_size: 512 is not a multiple of num_attention_heads 7"},
		{"ErrNoHeads", `{"num_attention_heads": 0}`, text, "num_attention_heads: 0"},
		{"ErrAct", `{"hidden_act": "mish"}`, text, `hidden_act: activation "mish"`},
		{"ErrVocab", `{"vocab_size": -1}`, text, "vocab_size: -1"},
		{"ErrHuge", `{"hidden_size": 1000000000}`, text, "hidden_size: 1000000000"},
		{"ErrEps", `{"layer_norm_eps": 0}`, text, "layer_norm_eps: 0"},
		{"ErrPatch", `{"patch_size": 300}`, vision, "patch_size: 300"},
		{"ErrProjection", `{"architectures": ["CLIPVisionModelWithProjection"], "projection_dim": 0}`, vision, "projection_dim: 0"},
		{"ErrOneTower", `{"hidden_size": 64}`, both, "one tower"},
		{"ErrHalf", `{"text_config": {"vocab_size": 0}}`, both, "text_config: vocab_size: 0"},
		{"ErrHalfType", `{"text_config": {}, "vision_config": {"image_size": "big"}}`, both, "vision_config: json"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := opentest.Folder(t, c.text)
			err := c.read(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error is %v, want one with %q", err, c.want)
			}
			if !strings.Contains(err.Error(), filepath.Join(dir, "config.json")) {
				t.Errorf("error %q does not name the file", err)
			}
		})
	}
	t.Run("ErrNoFile", func(t *testing.T) {
		if err := text(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error is %v, want one that there is no file", err)
		}
	})
}
