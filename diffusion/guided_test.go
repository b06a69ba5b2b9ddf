package diffusion

import (
	"testing"

	"github.com/ichimai/ichimai/concept"
)

// With guidance towards a concept the negative prompt is run by the model without its
// low-rank changes, of the UNet and of the text encoder, and the prompt by the same
// model as ever; without guidance nothing differs.
func TestGuidedConcept(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	m := p.model
	r := request(t, p)
	r.Prompt, r.NegativePrompt = "a red <cup> on a <hat>", "dark"
	plain := r
	plain.Prompt = "a table"
	base := predictions(t, p, plain)
	half := len(base) / 2
	const rounding = 1e-6
	for name, c := range map[string]struct {
		fidelity *float64
		several  bool
	}{"one path": {}, "two paths": {new(0.5), false}, "several subjects": {nil, true}, "several on two paths": {new(0.5), true}} {
		t.Run(name, func(t *testing.T) {
			predict := func(guided bool, scale float64) []float32 {
				r := r
				r.GuidanceScale = scale
				r.Concepts = []Use{{Concept: cupConcept(m), Weight: 1, Fidelity: c.fidelity, Guided: &guided}}
				if c.several {
					r.Concepts = append(r.Concepts, Use{Concept: hatConcept(m), Weight: 0.8, Guided: &guided})
				}
				return predictions(t, p, r)
			}
			with, without := predict(true, 4), predict(false, 4)
			if d := apart(with[:half], base[:half]); d > rounding {
				t.Errorf("the negative prompt's differs from the plain model's by %g", d)
			}
			if d := apart(with[half:], without[half:]); d > rounding {
				t.Errorf("the prompt's differs by %g", d)
			}
			if !c.several && apart(without[:half], base[:half]) < 1e-3 { // of several none holds where none is named
				t.Error("the changes do not reach the negative prompt")
			}
			if d := apart(predict(true, 1), predict(false, 1)); d > rounding {
				t.Errorf("without guidance they differ by %g", d)
			}
		})
	}
}

// What an encoder predicted is guided unless a use says otherwise, and the record
// tells; other concepts beside it are as before, and pictures of one batch as alone.
func TestGuidedByMethod(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	imported, predicted := cupConcept(p.model), cupConcept(p.model)
	predicted.Method = concept.MethodEncoder
	yes, no := true, false
	for _, c := range []struct {
		use  Use
		want bool
	}{{Use{Concept: imported}, false}, {Use{Concept: predicted}, true}, {Use{Concept: imported, Guided: &yes}, true}, {Use{Concept: predicted, Guided: &no}, false}} {
		if got := recordConcept(c.use).Guided; got != c.want {
			t.Errorf("%s with %v is guided: %t", c.use.Concept.Method, c.use.Guided, got)
		}
	}
	r := request(t, p)
	r.Prompt, r.Count, r.Batch, r.Steps = "a red <cup>", 3, 2, 2
	r.Concepts = []Use{{Concept: predicted, Weight: 1}, {Concept: styleConcept(p.model), Weight: 1}}
	three := generate(t, p, r)
	r.Count, r.Batch = 1, 1
	for i, want := range three {
		alone := r
		alone.Seed += uint64(i)
		if got := generate(t, p, alone)[0].Picture; apart(floats(got.Pix), floats(want.Picture.Pix)) > 1 {
			t.Errorf("picture %d is another than alone", i)
		}
	}
	r.Concepts[0].Guided = &no
	if generate(t, p, r)[0].Picture.Hash() == three[0].Picture.Hash() {
		t.Error("guidance towards it makes no difference")
	}
}

func floats(b []uint8) []float32 {
	out := make([]float32, len(b))
	for i, v := range b {
		out[i] = float32(v)
	}
	return out
}
