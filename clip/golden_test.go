package clip_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
)

// tolerance is the golden README's for text and vision states; embeds and
// logits have their own.
const (
	tolerance       = 2e-5
	embedsTolerance = 1e-5
)

// outputs are named nodes in a fixed order: several in one graph, because
// compiling takes longer than running.
type outputs struct {
	names []string
	nodes []*Node
}

func (o *outputs) add(name string, x *Node) {
	o.names = append(o.names, name)
	o.nodes = append(o.nodes, ConvertDType(x, dtypes.Float32))
}

func (o *outputs) states(prefix string, states []*Node) {
	for i, s := range states {
		o.add(fmt.Sprintf("%shidden_states.%d", prefix, i), s)
	}
}

// evaluate builds one graph, runs it and returns its outputs by name.
func evaluate(t *testing.T, store *model.Store, build func(o *outputs, in []*Node), inputs ...*tensors.Tensor) map[string][]float32 {
	t.Helper()
	var o outputs
	exec, err := model.NewExec(enginetest.Open(t).Backend(), store, func(_ *model.Scope, in []*Node) []*Node {
		o = outputs{}
		build(&o, in)
		return o.nodes
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	args := make([]any, len(inputs))
	for i, x := range inputs {
		args[i] = x
	}
	results, err := exec.Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	flat := map[string][]float32{}
	for i, r := range results {
		flat[o.names[i]] = golden.Flat(t, r)
	}
	return flat
}

func TestGoldenText(t *testing.T) {
	towers := []struct{ fixture, folder, prefix string }{
		{"sd1-tiny", "text_encoder", "text."},
		{"sd2-tiny", "text_encoder", "text."},
		{"sdxl-tiny", "text_encoder", "text."},
		{"sdxl-tiny", "text_encoder_2", "text_2."},
	}
	for _, tower := range towers {
		t.Run(tower.fixture+"/"+tower.folder, func(t *testing.T) {
			dir := golden.Dir(t, tower.fixture)
			f := golden.Open(t, dir, "golden", "text.safetensors")
			store := model.NewStore()
			m, w, err := clip.OpenText(filepath.Join(dir, tower.folder), store, "text")
			if err != nil {
				t.Fatal(err)
			}
			got := evaluate(t, store, func(o *outputs, in []*Node) {
				p := nn.NewPass(w, nn.Options{})
				out := m.Forward(p, in[0], clip.TextOptions{})
				o.states(tower.prefix, out.HiddenStates)
				o.add(tower.prefix+"last_hidden_state", out.Last)
				o.add(tower.prefix+"penultimate_ln", m.Skip(p, out, 1))
				if m.Config.Projection {
					o.add(tower.prefix+"text_embeds", out.Embeds)
				} else {
					o.add(tower.prefix+"pooler_output", out.Pooled)
				}
			}, f.IDs(tower.prefix+"input_ids"))
			for name, values := range got {
				f.Close(name, values, tolerance, false)
			}
		})
	}
}

func TestGoldenVision(t *testing.T) {
	for _, fixture := range []string{"clip-vision-tiny", "clip-vision-tiny-quick"} {
		t.Run(fixture, func(t *testing.T) {
			dir := golden.Dir(t, fixture)
			f := golden.Open(t, dir, "golden", "outputs.safetensors")
			store := model.NewStore()
			m, w, err := clip.OpenVision(dir, store, "vision")
			if err != nil {
				t.Fatal(err)
			}
			got := evaluate(t, store, func(o *outputs, in []*Node) {
				out := m.Forward(nn.NewPass(w, nn.Options{}), nn.ToNHWC(in[0]))
				o.states("", out.HiddenStates)
				o.add("last_hidden_state", out.Last)
				o.add("pooled", out.Pooled)
				o.add("image_embeds", out.Embeds)
			}, f.Tensor("pixel_values"))
			for name, values := range got {
				f.Close(name, values, tolerance, false)
			}
		})
	}
}

func TestGoldenBoth(t *testing.T) {
	f := golden.Open(t, golden.Dir(t, "clip-tiny"), "golden", "outputs.safetensors")
	for _, fixture := range []string{"clip-tiny", "loading/clip-tiny-sharded"} {
		t.Run(fixture, func(t *testing.T) {
			store := model.NewStore()
			m, w, err := clip.Open(golden.Dir(t, fixture), store, "clip")
			if err != nil {
				t.Fatal(err)
			}
			got := evaluate(t, store, func(o *outputs, in []*Node) {
				out := m.Forward(nn.NewPass(w, nn.Options{}), in[0], nn.ToNHWC(in[1]), clip.TextOptions{})
				o.add("text_embeds", out.TextEmbeds)
				o.add("image_embeds", out.ImageEmbeds)
				o.add("logits_per_text", out.LogitsPerText)
				o.add("logits_per_image", out.LogitsPerImage)
				o.add("logit_scale_exp", out.Scale)
			}, f.IDs("input_ids"), f.Tensor("pixel_values"))
			for name, values := range got {
				allowed := embedsTolerance
				if name != "text_embeds" && name != "image_embeds" {
					allowed = tolerance
				}
				f.Close(name, values, allowed, false)
			}
		})
	}
}

// TestGoldenHalves opens each tower alone from a CLIPModel's folder.
func TestGoldenHalves(t *testing.T) {
	dir := golden.Dir(t, "clip-tiny")
	f := golden.Open(t, dir, "golden", "outputs.safetensors")
	store := model.NewStore()
	text, textWeights, err := clip.OpenText(dir, store, "text")
	if err != nil {
		t.Fatal(err)
	}
	vision, visionWeights, err := clip.OpenVision(dir, store, "vision")
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, store, func(o *outputs, in []*Node) {
		out := text.Forward(nn.NewPass(textWeights, nn.Options{}), in[0], clip.TextOptions{})
		o.add("text_embeds", clip.Normalize(out.Embeds))
		seen := vision.Forward(nn.NewPass(visionWeights, nn.Options{}), nn.ToNHWC(in[1]))
		o.add("image_embeds", clip.Normalize(seen.Embeds))
	}, f.IDs("input_ids"), f.Tensor("pixel_values"))
	for name, values := range got {
		f.Close(name, values, embedsTolerance, false)
	}
}
