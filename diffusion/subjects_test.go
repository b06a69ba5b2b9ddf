package diffusion

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// hatConcept is another subject than cupConcept: of two vectors, and with pairs of the
// same shapes and other values.
func hatConcept(m *Model) *concept.Concept {
	c := cupConcept(m)
	c.Name, c.Placeholder, c.NearestWord, c.Embeddings = "hat", "<hat>", "cap", rowsOf(m, 3)[1:]
	for _, l := range c.LoRA.Layers {
		slices.Reverse(l.Down)
	}
	return c
}

// Of several subjects each has its own tokens where text is read, and a share of all
// else; what is in no prompt, or no subject, is left out of the count.
func TestPlace(t *testing.T) {
	subject := func(own ...int32) *lora {
		return &lora{component: partUNet, own: own, layers: []string{"mid.attn2.to_q", "mid.attn2.to_k", "mid.attn2.to_v", "mid.attn1.to_k"}, scales: []float32{2, 4, 6, 8}}
	}
	cup, hat, bag, style := subject(90), subject(91, 92), subject(93), subject()
	text := subject(90)
	text.component, text.layers = partText, []string{"text_model.q", "text_model.k", "text_model.v", "text_projection"}
	none, whole := []float32{0, 0, 0, 0}, []float32{2, 4, 6, 8}
	everywhere, nowhere := []float32{1, 1, 1, 1}, []float32{0, 0, 0, 0}
	for name, c := range map[string]struct {
		ls     loras
		ids    []int32 // two texts of four tokens
		now    int
		scales [][]float32
		masks  [][]float32
	}{
		"one subject": {loras{cup, style}, []int32{1, 5, 2, 2, 1, 90, 2, 2}, 2, [][]float32{whole, whole}, [][]float32{nil, nil}},
		"two": {loras{cup, style, hat}, []int32{1, 5, 2, 2, 1, 91, 92, 90}, 2, [][]float32{{1, 4, 6, 4}, whole, {1, 4, 6, 4}},
			[][]float32{{0, 0, 0, 0, 0, 0, 0, 1}, nil, {0, 0, 0, 0, 0, 1, 1, 0}}},
		"the prompt alone": {loras{cup, hat}, []int32{1, 5, 2, 2, 1, 91, 92, 90}, 1, [][]float32{{1, 4, 6, 4}, {1, 4, 6, 4}},
			[][]float32{{0, 0, 0, 1}, {0, 1, 1, 0}}},
		"one of three is not named": {loras{cup, hat, bag}, []int32{1, 5, 2, 2, 91, 92, 5, 90}, 1, [][]float32{{1, 4, 6, 4}, {1, 4, 6, 4}, none},
			[][]float32{{0, 0, 0, 1}, {1, 1, 0, 0}, nowhere}},
		"named in the negative prompt": {loras{cup, hat}, []int32{1, 90, 2, 2, 1, 91, 92, 2}, 1, [][]float32{{1, 4, 6, 4}, {1, 4, 6, 4}},
			[][]float32{nowhere, {0, 1, 1, 0}}},
		"one of two is named": {loras{cup, hat}, []int32{1, 5, 2, 2, 1, 90, 5, 2}, 1, [][]float32{whole, none}, [][]float32{everywhere, nowhere}},
		"none is named":       {loras{cup, hat}, []int32{1, 5, 2, 2, 1, 5, 5, 2}, 1, [][]float32{none, none}, [][]float32{nowhere, nowhere}},
		"text encoder":        {loras{text, hat}, []int32{1, 5, 2, 2, 1, 91, 92, 90}, 1, [][]float32{{2, 4, 6, 4}, {1, 4, 6, 4}}, [][]float32{{0, 0, 0, 1}, {0, 1, 1, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			before := c.ls.signature()
			for i, l := range c.ls.place(texts{c.ids, 4}, c.now) {
				if d := cmp.Diff(c.scales[i], l.scales); d != "" {
					t.Errorf("scales of %d: %s", i, d)
				}
				var mask []float32
				if l.mask != nil {
					mask = tensors.MustCopyFlatData[float32](l.mask)
				}
				if d := cmp.Diff(c.masks[i], mask); d != "" {
					t.Errorf("mask of %d: %s", i, d)
				}
			}
			if c.ls.signature() != before {
				t.Error("placing changed what was given")
			}
		})
	}
}

// keysAndValues are what the cross-attentions make of the states under a condition, all
// side by side: [texts, tokens, width]. With hard they are the hard branch's.
func keysAndValues(t *testing.T, d *drawing, c condition, hard bool) *tensors.Tensor {
	t.Helper()
	m := d.model
	results, err := m.run(context.Background(), &programs{limit: 1}, "project", "", func(in []*Node) []*Node {
		p := nn.NewPass(m.UNetWeights, nn.Options{})
		c.apply(p, in[1:], 1)
		var all []*Node
		for _, param := range m.UNet.Params {
			layer, _ := strings.CutSuffix(param.Name, ".weight")
			if !unet.ReadsText(layer) {
				continue
			}
			l := nn.NewLinear(nn.NewBuilder().In("%s", layer), param.Shape[1], param.Shape[0], false)
			if hard {
				all = append(all, l.Base(p.AtHard(), p.Blend.Hard))
			} else {
				all = append(all, l.Forward(p, in[0]))
			}
		}
		return []*Node{Concatenate(all, -1)}
	}, append([]any{c.states}, c.args()...)...)
	if err != nil {
		t.Fatal(err)
	}
	return results[0]
}

// moved is how far the keys and values of each token are from others, texts one after
// the other.
func moved(a, b *tensors.Tensor) []float64 {
	x, y := tensors.MustCopyFlatData[float32](a), tensors.MustCopyFlatData[float32](b)
	width := a.Shape().Dim(2)
	out := make([]float64, len(x)/width)
	for i := range x {
		out[i/width] += math.Pow(float64(x[i]-y[i]), 2)
	}
	for i := range out {
		out[i] = math.Sqrt(out[i])
	}
	return out
}

// without is the changes with those of one switched off, by its dial.
func without(ls loras, i int) loras {
	off := *ls[i]
	off.scales = make([]float32, len(off.scales))
	ls = slices.Clone(ls)
	ls[i] = &off
	return ls
}

// atTokens is the mean of values at the tokens of a subject.
func atTokens(l *lora, ids []int32, values []float64) float64 {
	sum, n := 0.0, 0
	for i, id := range ids {
		if slices.Contains(l.own, id) {
			sum, n = sum+values[i], n+1
		}
	}
	return sum / float64(n)
}

// The measure of bleeding: a subject that is switched on changes no key and no value at
// the other's tokens, nor anywhere but at its own. Without places it does.
func TestSubjectsDoNotBleed(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	r.Prompt, r.NegativePrompt = "a <cup> beside a <hat> on a table", "dark"
	r.Concepts = []Use{{Concept: cupConcept(p.model), Weight: 1}, {Concept: hatConcept(p.model), Weight: 1}}
	d, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	ids := d.soft.texts.ids
	now := d.conditionAt(0, true)
	whole := condition{states: now.states, lora: d.concepts.unet}
	change := func(c condition, i int) []float64 {
		off := c
		off.lora = without(c.lora, i)
		return moved(keysAndValues(t, d, c, false), keysAndValues(t, d, off, false))
	}
	for i, l := range d.concepts.unet {
		other := d.concepts.unet[1-i]
		placed, everywhere := change(now, i), change(whole, i)
		for at, id := range ids {
			own := slices.Contains(l.own, id)
			if own && math.Abs(placed[at]-everywhere[at]) > 1e-4*everywhere[at] {
				t.Errorf("subject %d changes its own token %d by %g, without places by %g", i, at, placed[at], everywhere[at])
			}
			if !own && placed[at] != 0 {
				t.Errorf("subject %d changes token %d by %g", i, at, placed[at])
			}
		}
		bleeding, before := atTokens(other, ids, placed), atTokens(other, ids, everywhere)
		t.Logf("subject %d changes its own keys and values by %.3g and the other's by %.3g; without places by %.3g and %.3g",
			i, atTokens(l, ids, placed), bleeding, atTokens(l, ids, everywhere), before)
		if bleeding != 0 || before < 0.1*atTokens(l, ids, everywhere) {
			t.Errorf("subject %d changes the other's keys and values by %g, without places by %g", i, bleeding, before)
		}
	}
}

// predictions is what the UNet says at a step.
func predictions(t *testing.T, p *Pipeline, r Request) []float32 {
	t.Helper()
	d, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	h, w, c := d.latentSize()
	latents := make([]float32, h*w*c)
	for i := range latents {
		latents[i] = float32(math.Sin(float64(i)))
	}
	out, err := d.unet(context.Background(), latents, 500, d.request.guided())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// apart is the largest difference.
func apart(a, b []float32) (far float64) {
	for i := range a {
		far = max(far, math.Abs(float64(a[i]-b[i])))
	}
	return far
}

// Their order is of no account, nor is a subject that is not named, and a prompt that
// names others is drawn by the same programs.
func TestSubjectsInUse(t *testing.T) {
	p := NewPipeline(openPipeline(t, "sd1-tiny").model)
	r := request(t, p)
	r.Prompt, r.NegativePrompt = "a <cup> beside a <hat> on a table", "dark"
	cup, hat := Use{Concept: cupConcept(p.model), Weight: 1}, Use{Concept: hatConcept(p.model), Weight: 0.8}
	predict := func(prompt string, uses ...Use) []float32 {
		r := r
		r.Prompt, r.Concepts = prompt, uses
		return predictions(t, p, r)
	}
	const rounding = 1e-5
	both := predict(r.Prompt, cup, hat)
	if d := apart(both, predict(r.Prompt, hat, cup)); d > rounding {
		t.Errorf("another order differs by %g", d)
	}
	before := len(p.programs.entries)
	alone := predict("a <cup> on a table", cup)
	own := len(p.programs.entries)
	if d := apart(alone, predict("a <cup> on a table", cup, hat)); d > rounding {
		t.Errorf("a subject that is not named changes %g", d)
	}
	if d := apart(predict("a table"), predict("a table", cup, hat)); d > rounding {
		t.Errorf("two subjects that are not named change %g", d)
	}
	if d := apart(predict("a <hat>", hat), predict("a <hat>", cup, hat)); d > rounding {
		t.Errorf("the first subject changes %g where it is not named", d)
	}
	if n := len(p.programs.entries); before != 1 || own != 2 || n != 3 { // two subjects, one, none
		t.Errorf("%d, %d and %d programs", before, own, n)
	}
}

// A subject alone is drawn as if there were no others to be told from.
func TestSubjectAlone(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	for name, fidelity := range map[string]*float64{"one path": nil, "two paths": new(0.5)} {
		t.Run(name, func(t *testing.T) {
			r := request(t, p)
			r.Prompt = "a red <cup>"
			r.Concepts = []Use{{Concept: cupConcept(p.model), Weight: 1, Fidelity: fidelity}, {Concept: styleConcept(p.model), Weight: 1}}
			d, err := p.begin(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			now := d.conditionAt(500, true)
			for _, l := range slices.Concat(now.lora, now.shared) {
				if !slices.Contains(d.concepts.unet, l) {
					t.Error("the changes are not those of the concept")
				}
			}
			if now.atHard != nil {
				t.Error("the hard branch has changes of its own")
			}
		})
	}
}

// Where subjects with a fidelity stand beside others, the others have their places in
// both prompts.
func TestSubjectsOnTwoPaths(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	m := p.model
	bag := cupConcept(m)
	bag.Name, bag.Placeholder = "bag", "<bag>"
	bag.NearestWord = ""
	r := request(t, p)
	r.Prompt = "a <hat> on a <bag> and a <cup>" // <hat> has two tokens, its word one
	uses := []Use{{Concept: hatConcept(m), Weight: 1, Fidelity: new(0.5)}, {Concept: bag, Weight: 1}, {Concept: cupConcept(m), Weight: 1}}
	r.Concepts = uses
	d, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if slices.Equal(d.soft.texts.ids, d.hard.texts.ids) {
		t.Fatal("both prompts are the same")
	}
	now := d.conditionAt(500, true)
	if len(now.lora) != 1 || len(now.shared) != 2 || len(now.atHard) != 2 {
		t.Fatalf("%d changes in the soft branch, %d in both, %d in the hard one", len(now.lora), len(now.shared), len(now.atHard))
	}
	off := now
	off.atHard = without(now.atHard, 0)
	for at, change := range moved(keysAndValues(t, d, now, true), keysAndValues(t, d, off, true)) {
		if own := slices.Contains(now.shared[0].own, d.hard.texts.ids[at]); own != (change > 0) {
			t.Errorf("the hard branch's token %d changes by %g", at, change)
		}
	}
	generate(t, p, r)
	r.Concepts[0].Fidelity = new(0.0)
	hard := predictions(t, p, r)
	r.Prompt, r.Concepts = "a cap on a <bag> and a <cup>", uses[1:]
	if d := apart(hard, predictions(t, p, r)); d > 1e-6 {
		t.Errorf("at fidelity 0 the others differ by %g from themselves", d)
	}
}

// Several subjects are drawn with every other setting.
func TestSubjectsWithSettings(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	r.Prompt = "a <cup> beside a <hat>"
	r.Concepts = []Use{{Concept: cupConcept(p.model), Weight: 1}, {Concept: hatConcept(p.model), Weight: 1}}
	plain := generate(t, p, r)[0].Picture.Hash()
	for name, change := range map[string]func(*Request){
		"deep cache":     func(r *Request) { r.DeepCache = 2 },
		"token merging":  func(r *Request) { r.TokenMerging = 0.5 },
		"guidance share": func(r *Request) { r.GuidanceShare = 0.5 },
		"no guidance":    func(r *Request) { r.GuidanceScale = 1 },
		"fidelity":       func(r *Request) { r.Concepts[0].Fidelity, r.Concepts[1].Fidelity = new(0.5), new(0.7) },
		"weight":         func(r *Request) { r.Concepts[0].Weight = 0.5 },
		"style": func(r *Request) {
			r.Concepts = append(r.Concepts, Use{Concept: styleConcept(p.model), Weight: 1})
		},
	} {
		r := r
		r.Concepts = slices.Clone(r.Concepts)
		change(&r)
		if generate(t, p, r)[0].Picture.Hash() == plain {
			t.Errorf("%s changes nothing", name)
		}
	}
}
