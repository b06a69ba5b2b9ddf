package clip_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

const smallJSON = `{
	"model_type": "clip", "projection_dim": 6, "logit_scale_init_value": 1.5,
	"text_config": {"vocab_size": 12, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
		"num_attention_heads": 2, "max_position_embeddings": 6, "eos_token_id": 2},
	"vision_config": {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
		"num_attention_heads": 2, "image_size": 8, "patch_size": 3}
}`

func smallModel(t *testing.T) *clip.Model {
	t.Helper()
	c, err := clip.ReadConfig(opentest.Folder(t, smallJSON))
	if err != nil {
		t.Fatal(err)
	}
	m, err := clip.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// smallTensors are starting values of a small CLIPModel.
func smallTensors(t *testing.T) []weights.Tensor {
	t.Helper()
	m, w := smallModel(t), nn.NewWeights(model.NewStore(), "clip")
	if err := m.Initialise(w, 3); err != nil {
		t.Fatal(err)
	}
	tensors, err := w.Export(m.Params, weights.F32)
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

func smallFolder(t *testing.T) string {
	t.Helper()
	return opentest.Folder(t, smallJSON, smallTensors(t)...)
}

func TestOpen(t *testing.T) {
	m := smallModel(t)
	t.Run("Whole", func(t *testing.T) { opentest.Run(t, smallJSON, m.Params, clip.Open) })
	t.Run("Text", func(t *testing.T) { opentest.Run(t, smallJSON, m.Text.Params, clip.OpenText) })
	t.Run("Vision", func(t *testing.T) { opentest.Run(t, smallJSON, m.Vision.Params, clip.OpenVision) })
}

// TestOpenForward opens what was written, whose patches leave a border over,
// and compares pictures with texts.
func TestOpenForward(t *testing.T) {
	store := model.NewStore()
	m, w, err := clip.Open(smallFolder(t), store, "clip")
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, store, func(o *outputs, in []*Node) {
		out := m.Forward(nn.NewPass(w, nn.Options{}), in[0], in[1], clip.TextOptions{})
		o.add("scale", out.Scale)
		o.add("text lengths", ReduceSum(Square(out.TextEmbeds), -1))
		o.add("cosines", Einsum("pd,td->pt", out.ImageEmbeds, out.TextEmbeds))
		o.add("logits", Div(out.LogitsPerImage, out.Scale))
		o.add("transposed", Div(Transpose(out.LogitsPerText, 0, 1), out.Scale))
	}, tensors.FromValue([][]int32{{1, 3, testEOS}, {1, 4, testEOS}}), picturesOf(3, 8))
	if diff := cmp.Diff([]float32{4.4816890, 1, 1}, append(got["scale"], got["text lengths"]...), closeEnough); diff != "" {
		t.Errorf("scale and lengths (-want +got):\n%s", diff)
	}
	for _, name := range []string{"logits", "transposed"} {
		if diff := cmp.Diff(got["cosines"], got[name], closeEnough); diff != "" {
			t.Errorf("%s (-cosines +got):\n%s", name, diff)
		}
	}
}

// picturesOf makes n different pictures [n, size, size, 3].
func picturesOf(n, size int) *tensors.Tensor {
	flat := make([]float32, n*size*size*3)
	for i := range flat {
		flat[i] = float32(i*i%17)/8 - 1
	}
	return tensors.FromFlatDataAndDimensions(flat, n, size, size, 3)
}

func TestOpenHalf(t *testing.T) {
	// Keys as written without the tower's name, and nothing of the other tower.
	bare := func(tower string) string {
		var kept []weights.Tensor
		for _, x := range smallTensors(t) {
			if name, ok := strings.CutPrefix(x.Name, tower); ok {
				x.Name = name
				kept = append(kept, x)
			}
		}
		return opentest.Folder(t, smallJSON, kept...)
	}
	t.Run("TextOfWhole", func(t *testing.T) {
		_, _, err := clip.OpenText(smallFolder(t), model.NewStore(), "text")
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("ErrTextWithoutProjection", func(t *testing.T) {
		_, _, err := clip.OpenText(bare("text_model."), model.NewStore(), "text")
		var keys *weights.KeyError
		if !errors.As(err, &keys) {
			t.Fatalf("error is %v, want a KeyError", err)
		}
		if diff := cmp.Diff([]string{"text_projection.weight"}, keys.Missing); diff != "" || len(keys.Unexpected) > 0 {
			t.Errorf("missing (-want +got):\n%s; unexpected %q", diff, keys.Unexpected)
		}
	})
	t.Run("ErrVisionWithoutProjection", func(t *testing.T) {
		_, _, err := clip.OpenVision(bare("vision_model."), model.NewStore(), "vision")
		var keys *weights.KeyError
		if !errors.As(err, &keys) {
			t.Fatalf("error is %v, want a KeyError", err)
		}
		if diff := cmp.Diff([]string{"visual_projection.weight"}, keys.Missing); diff != "" || len(keys.Unexpected) > 0 {
			t.Errorf("missing (-want +got):\n%s; unexpected %q", diff, keys.Unexpected)
		}
	})
}

func TestVisionRefusesOtherSizes(t *testing.T) {
	store := model.NewStore()
	m, w, err := clip.OpenVision(smallFolder(t), store, "vision")
	if err != nil {
		t.Fatal(err)
	}
	err = buildError(t, store, func(p *nn.Pass, x *Node) { m.Forward(p, x) }, w, picturesOf(1, 9))
	if err == nil || !strings.Contains(err.Error(), "wants [batch, 8, 8, 3]") {
		t.Errorf("error is %v, want one with the size", err)
	}
}

// TestBFloat16 runs both towers with products in bfloat16, whose steps are
// 1/256 of a value.
func TestBFloat16(t *testing.T) {
	enginetest.Fast(t)
	store := model.NewStore()
	m, w, err := clip.Open(smallFolder(t), store, "clip")
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, store, func(o *outputs, in []*Node) {
		for name, dtype := range map[string]dtypes.DType{"full": dtypes.Float32, "half": dtypes.BFloat16} {
			out := m.Forward(nn.NewPass(w, nn.Options{DType: dtype}), in[0], in[1], clip.TextOptions{Rows: in[2]})
			o.add(name, Concatenate([]*Node{out.TextEmbeds, out.ImageEmbeds}, 0))
		}
	}, tensors.FromValue([][]int32{{1, testVocab, testEOS}}), picturesOf(2, 8),
		tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4, 5, 6, 7, 8}, 1, 8))
	if diff := cmp.Diff(got["full"], got["half"], cmpopts.EquateApprox(0, 0.03)); diff != "" {
		t.Errorf("embeds (-float32 +bfloat16):\n%s", diff)
	}
	if cmp.Equal(got["full"], got["half"]) {
		t.Error("both precisions give the same bits")
	}
}

// TestEarlyOutputs takes the first states alone, so that all the rest of both
// towers is unused.
func TestEarlyOutputs(t *testing.T) {
	store := model.NewStore()
	m, w, err := clip.Open(smallFolder(t), store, "clip")
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, store, func(o *outputs, in []*Node) {
		out := m.Forward(nn.NewPass(w, nn.Options{}), in[0], in[1], clip.TextOptions{})
		o.add("text", out.Text.HiddenStates[0])
	}, tensors.FromValue([][]int32{{1, testEOS}}), picturesOf(1, 8))
	if n := len(got["text"]); n != 2*m.Config.Text.HiddenSize {
		t.Errorf("got %d values, want %d", n, 2*m.Config.Text.HiddenSize)
	}
}
