package dino_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

const (
	smallDINOv2 = `{"model_type": "dinov2", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
		"image_size": 8, "patch_size": 4, "mlp_ratio": 2}`
	smallViT = `{"model_type": "vit", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
		"image_size": 8, "patch_size": 4, "intermediate_size": 12, "qkv_bias": false}`
)

func smallModel(t *testing.T, config string) *dino.Model {
	t.Helper()
	c, err := dino.ReadConfig(opentest.Folder(t, config))
	if err != nil {
		t.Fatal(err)
	}
	m, err := dino.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// writeModel makes the folder of a small model; rename gives the keys in the
// file, and extra tensors are added.
func writeModel(t *testing.T, config string, rename func(string) string, extra ...weights.Tensor) string {
	t.Helper()
	all := opentest.Tensors(t, smallModel(t, config).Params)
	for i := range all {
		all[i].Name = rename(all[i].Name)
	}
	return opentest.Folder(t, config, append(all, extra...)...)
}

func asToday(key string) string { return key }

// picture makes one picture as NCHW, as evaluate wants it.
func picture(height, width int) *tensors.Tensor {
	flat := make([]float32, 3*height*width)
	for i := range flat {
		flat[i] = float32(math.Sin(float64(i * i)))
	}
	return tensors.FromFlatDataAndDimensions(flat, 1, 3, height, width)
}

// TestOpenOlderNames opens the names of transformers 4 and of classifiers and
// gets the same states.
func TestOpenOlderNames(t *testing.T) {
	common := strings.NewReplacer("attention.q_proj", "attention.attention.query", "attention.k_proj", "attention.attention.key",
		"attention.v_proj", "attention.attention.value", "attention.o_proj", "attention.output.dense")
	vit := strings.NewReplacer("layers.", "encoder.layer.", "mlp.fc1", "intermediate.dense", "mlp.fc2", "output.dense")
	cases := []struct {
		name, config string
		rename       func(string) string
		extra        []string
	}{
		{"DINOv2", smallDINOv2, func(s string) string { return "dinov2." + common.Replace(s) },
			[]string{"dinov2.embeddings.mask_token", "classifier.weight"}},
		{"ViT", smallViT, func(s string) string { return common.Replace(vit.Replace(s)) },
			[]string{"pooler.dense.weight", "pooler.dense.bias"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, w, err := dino.Open(writeModel(t, c.config, asToday), model.NewStore(), "dino")
			if err != nil {
				t.Fatal(err)
			}
			var extra []weights.Tensor
			for _, name := range c.extra {
				extra = append(extra, weights.FromFloat32(name, []int{1}, []float32{0}, weights.F32))
			}
			old, oldWeights, err := dino.Open(
				writeModel(t, c.config, c.rename, extra...), model.NewStore(), "dino")
			if err != nil {
				t.Fatal(err)
			}
			want, got := evaluate(t, m, w, "", picture(8, 8)), evaluate(t, old, oldWeights, "", picture(8, 8))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("states (-today's names +older names):\n%s", diff)
			}
		})
	}
}

// TestLeftover checks that what is left beyond whole patches is not looked at.
func TestLeftover(t *testing.T) {
	m, w, err := dino.Open(writeModel(t, smallViT, asToday), model.NewStore(), "dino")
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, m, w, "", picture(13, 7))["last_hidden_state"]
	if want := (1 + 3*1) * 8; len(got) != want {
		t.Errorf("got %d values, want %d: the class token and a grid of 3 by 1", len(got), want)
	}
	err = engine.Try(func() error {
		_, err := model.CallOnce(enginetest.Open(t).Backend(), w.Store(), func(_ *model.Scope, x *Node) *Node {
			return m.Forward(nn.NewPass(w, nn.Options{}), nn.ToNHWC(x)).CLS
		}, picture(8, 3))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "sides of 4 or more") {
		t.Errorf("error is %v, want one that a side is too short", err)
	}
}

func TestOpen(t *testing.T) {
	t.Run("DINOv2", func(t *testing.T) { opentest.Run(t, smallDINOv2, smallModel(t, smallDINOv2).Params, dino.Open) })
	t.Run("ViT", func(t *testing.T) { opentest.Run(t, smallViT, smallModel(t, smallViT).Params, dino.Open) })
}

func TestReadConfigErrors(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"ErrJSON", `[`, "unexpected end"},
		{"ErrNoType", `{}`, `model_type: ""`},
		{"ErrRegisters", `{"model_type": "dinov2_with_registers"}`, "without registers"},
		{"ErrSwiGLU", `{"model_type": "dinov2", "use_swiglu_ffn": true}`, "use_swiglu_ffn"},
		{"ErrRatio", `{"model_type": "dinov2", "mlp_ratio": -4}`, "mlp_ratio: -4"},
		{"ErrHeads", `{"model_type": "vit", "num_attention_heads": 7}`, "num_attention_heads 7"},
		{"ErrPatch", `{"model_type": "vit", "patch_size": 0}`, "patch_size: 0"},
		{"ErrInner", `{"model_type": "vit", "intermediate_size": 0}`, "intermediate_size: 0"},
		{"ErrAct", `{"model_type": "vit", "hidden_act": "mish"}`, "hidden_act"},
		{"ErrEps", `{"model_type": "vit", "layer_norm_eps": 2}`, "layer_norm_eps: 2"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := opentest.Folder(t, c.text)
			_, err := dino.ReadConfig(dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error is %v, want one with %q and %q", err, c.want, dir)
			}
		})
	}
}
