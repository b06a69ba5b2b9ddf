package diffusion

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/weights"
)

// cupConcept is a concept with a vector and with pairs on attention layers of the
// UNet and of the text encoder.
func cupConcept(m *Model) *concept.Concept {
	c := &concept.Concept{Name: "cup", Placeholder: "<cup>", Method: concept.MethodImported, NearestWord: "dog", Embeddings: rowsOf(m, 1)}
	c.LoRA = &weights.LoRA{}
	wave := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(math.Sin(float64(i))) / 2
		}
		return v
	}
	add := func(component, name string, shape []int) {
		layer, ok := strings.CutSuffix(name, ".weight")
		if !ok || !strings.Contains(name, "attn") {
			return
		}
		c.LoRA.Layers = append(c.LoRA.Layers, weights.LoRALayer{Component: component, Layer: layer, Rank: 2, Alpha: 2,
			DownShape: []int{2, shape[1]}, UpShape: []int{shape[0], 2}, Down: wave(2 * shape[1]), Up: wave(2 * shape[0])})
	}
	for _, p := range m.UNet.Params {
		add(weights.UNet, p.Name, p.Shape)
	}
	for _, p := range m.Text.Params {
		add(weights.TextEncoder, p.Name, p.Shape)
	}
	return c
}

// styleConcept changes the UNet and has no word.
func styleConcept(m *Model) *concept.Concept {
	c := cupConcept(m)
	c.Name, c.Placeholder, c.NearestWord, c.Embeddings = "style", "", "", nil
	c.LoRA.Layers = c.LoRA.Layers[:3]
	return c
}

// The ends of the dial are the picture of one path and that of the plain model on the
// words; between, one program draws all.
func TestFidelity(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	plain, single := r, r
	plain.Prompt = "a red dog on a table"
	single.Prompt, single.NegativePrompt = "a red <CUP> on a table", "dark"
	plain.NegativePrompt = "dark"
	single.Concepts = []Use{{Concept: cupConcept(p.model), Weight: 1}}
	for name, change := range map[string]func(*Request){
		"plain":     func(*Request) {},
		"shortcuts": func(r *Request) { r.DeepCache, r.GuidanceShare, r.TokenMerging = 2, 0.5, 0.5 },
		"style": func(r *Request) {
			r.Concepts = append(r.Concepts[:len(r.Concepts):len(r.Concepts)], Use{Concept: styleConcept(p.model), Weight: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			plain, single := plain, single
			change(&plain)
			change(&single)
			p := NewPipeline(p.model)
			p.programs.limit *= 2 // to count them all
			at := func(fidelity float64) string {
				r := single
				r.Concepts = append([]Use{}, r.Concepts...)
				r.Concepts[0].Fidelity = &fidelity
				return generate(t, p, r)[0].Picture.Hash()
			}
			soft, hard := generate(t, p, single)[0].Picture.Hash(), generate(t, p, plain)[0].Picture.Hash()
			ends := len(p.programs.entries)
			if at(1) != soft {
				t.Error("fidelity 1 is not the picture of one path")
			}
			if at(0) != hard {
				t.Error("fidelity 0 is not the picture of the plain model")
			}
			if n := len(p.programs.entries); n != ends {
				t.Errorf("the ends compiled %d programs of their own", n-ends)
			}
			middle := at(0.5)
			both := len(p.programs.entries)
			if other := at(0.25); middle == soft || middle == hard || other == middle {
				t.Error("the dial changes nothing")
			}
			if n := len(p.programs.entries); n != both || both == ends {
				t.Errorf("two fidelities took %d programs, one of them %d", n-ends, both-ends)
			}
		})
	}
}

// The concept's own alpha holds where the use has none, and is written down.
func TestFidelityOfConcept(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	c := cupConcept(p.model)
	r.Prompt = "a red <cup> on a table"
	r.Concepts = []Use{{Concept: c, Weight: 1, Fidelity: new(0.5)}}
	asked := generate(t, p, r)[0]
	own := *c
	own.Alpha = new(0.5)
	r.Concepts = []Use{{Concept: &own, Weight: 1}}
	r.FidelityStages = []FidelityStage{{0.6, 0.5}}
	image := generate(t, p, r)[0]
	if image.Picture.Hash() != asked.Picture.Hash() {
		t.Error("the concept's own fidelity draws another picture than the same one asked for")
	}
	var record Record
	if err := json.Unmarshal([]byte(image.Metadata[MetadataOwn]), &record); err != nil {
		t.Fatal(err)
	}
	want := []RecordConcept{{Name: "cup", Placeholder: "<cup>", Method: concept.MethodImported, Weight: 1, Fidelity: new(0.5), NearestWord: "dog"}}
	if d := cmp.Diff(want, record.Concepts); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(r.FidelityStages, record.FidelityStages); d != "" {
		t.Error(d)
	}
	if text := image.Metadata[MetadataParameters]; !strings.Contains(text, ", Fidelity: 0.5@0.6 0.5,") {
		t.Errorf("the parameters are %q", text)
	}
	r.FidelityStages[0].Fidelity = 0
	if generate(t, p, r)[0].Picture.Hash() == asked.Picture.Hash() {
		t.Error("a stage changes nothing")
	}
}

// Stages hold up to their ends, several concepts have the mean, and those without a
// fidelity are on both paths.
func TestConditionAt(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	c := cupConcept(p.model)
	hat := &concept.Concept{Name: "hat", Placeholder: "<hat>", Method: concept.MethodImported, NearestWord: "cap", Embeddings: rowsOf(p.model, 2), Alpha: new(0.2)}
	r := request(t, p)
	r.Prompt = "a <cup> and a <hat>"
	r.GuidanceShare = 0.4
	r.Concepts = []Use{{Concept: c, Weight: 1, Fidelity: new(0.6)}, {Concept: hat, Weight: 1}, {Concept: styleConcept(p.model), Weight: 1}}
	r.FidelityStages = []FidelityStage{{0.3, 0}, {0.5, 1}}
	d, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	n := float64(p.model.Scheduler.NumTrainTimesteps)
	for _, c := range []struct {
		share  float64 // that has passed
		alpha  float64
		states path
		own    int // LoRAs
		shared int
	}{{0, 0, d.hard, 1, 0}, {0.3, 0, d.hard, 1, 0}, {0.4, 0, d.soft, 2, 0}, {0.5, 0, d.soft, 2, 0}, {0.75, 0.4, d.soft, 1, 1}, {1, 0.4, d.soft, 1, 1}} {
		at := (1 - c.share) * n
		guided := d.guidedAt(at)
		got := d.conditionAt(at, guided)
		if math.Abs(got.alpha-c.alpha) > 1e-12 || got.states != c.states.states(guided) || len(got.lora) != c.own || len(got.shared) != c.shared || (got.hard != nil) != (c.alpha > 0) {
			t.Errorf("when %g has passed: alpha %g, %d and %d LoRAs, on the right path: %t", c.share, got.alpha, len(got.lora), len(got.shared), got.states == c.states.states(guided))
		}
		if c.alpha > 0 && got.hard != d.hard.states(guided) {
			t.Errorf("when %g has passed: the other path has other states", c.share)
		}
	}
	if text := d.concepts.tokenizer.Replace(r.Prompt, d.concepts.words); strings.Join(strings.Fields(text), " ") != "a dog and a cap" {
		t.Errorf("the hard prompt is %q", text)
	}
}

func TestFidelityRefuses(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	c := cupConcept(p.model)
	for text, change := range map[string]func(*Request){
		"fidelity 1.5 must be 0 to 1":    func(r *Request) { r.Concepts[0].Fidelity = new(1.5) },
		"fidelity NaN must be":           func(r *Request) { r.Concepts[0].Fidelity = new(math.NaN()) },
		"needs the word nearest":         func(r *Request) { r.Concepts[0] = Use{Concept: styleConcept(p.model), Fidelity: new(0.5)} },
		"no concept in use has one":      func(r *Request) { r.FidelityStages = []FidelityStage{{0.5, 0.5}} },
		"stage 1: until 0 must be above": func(r *Request) { r.Concepts[0].Fidelity, r.FidelityStages = new(0.5), []FidelityStage{{0, 0.5}} },
		"stage 2: until 0.5 must be above 0.5": func(r *Request) {
			r.Concepts[0].Fidelity, r.FidelityStages = new(0.5), []FidelityStage{{0.5, 0.5}, {0.5, 1}}
		},
		"stage 1: fidelity -1": func(r *Request) { r.Concepts[0].Fidelity, r.FidelityStages = new(0.5), []FidelityStage{{0.5, -1}} },
	} {
		r := request(t, p)
		r.Concepts = []Use{{Concept: c, Weight: 1}}
		change(&r)
		if _, err := p.Generate(context.Background(), r); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want an error with %q", err, text)
		}
	}
}

// The second path takes memory where it is run.
func TestPlanFidelity(t *testing.T) {
	m := openFixture(t, "sd1-tiny")
	plan := func(fidelity *float64) int64 {
		t.Helper()
		r := Request{Width: 256, Height: 256, Concepts: []Use{{Concept: cupConcept(m), Weight: 1, Fidelity: fidelity}, {Concept: cupConcept(m), Weight: 1, Fidelity: fidelity}}}
		p, err := m.Plan(r)
		if err != nil {
			t.Fatal(err)
		}
		return p.UNet
	}
	single := plan(nil)
	if got := plan(new(1.0)); got != single {
		t.Errorf("one path takes %d bytes, fidelity 1 %d", single, got)
	}
	if got := plan(new(0.5)); got <= single || got > 2*single {
		t.Errorf("one path takes %d bytes, two %d", single, got)
	}
}
