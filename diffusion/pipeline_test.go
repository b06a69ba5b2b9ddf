package diffusion

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/internal/golden"
)

// request is a small picture of the size of the goldens, whose program is
// compiled anyway.
func request(t testing.TB, p *Pipeline) Request {
	t.Helper()
	var e endToEnd
	golden.JSON(t, &e, p.model.Dir, "golden", "e2e.json")
	return Request{Prompt: "a red cup on a table", Steps: 3, Seed: 7, Sampler: "ddim", Width: e.Width, Height: e.Height}
}

func generate(t testing.TB, p *Pipeline, r Request) []Image {
	t.Helper()
	images, err := p.Generate(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return images
}

func TestGenerateSeeds(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	r.Count = 2
	two := generate(t, p, r)
	if len(two) != 2 || two[0].Seed != r.Seed || two[1].Seed != r.Seed+1 {
		t.Fatalf("got %d pictures of seeds %d, %d", len(two), two[0].Seed, two[len(two)-1].Seed)
	}
	if two[0].Picture.Width != r.Width || two[0].Picture.Height != r.Height {
		t.Errorf("the picture is %dx%d", two[0].Picture.Width, two[0].Picture.Height)
	}
	if two[0].Picture.Hash() == two[1].Picture.Hash() {
		t.Error("two seeds give the same picture")
	}
	r.Count, r.Seed = 1, r.Seed+1
	if again := generate(t, p, r)[0]; again.Picture.Hash() != two[1].Picture.Hash() {
		t.Error("the second picture drawn alone differs")
	}
	for name, change := range map[string]func(*Request){
		"rng":              func(r *Request) { r.RNG = RNGTorch },
		"negative prompt":  func(r *Request) { r.NegativePrompt = "dark" },
		"clip skip":        func(r *Request) { r.ClipSkip = 1 },
		"guidance share":   func(r *Request) { r.GuidanceShare = 0.5 },
		"deep cache":       func(r *Request) { r.DeepCache = 2 },
		"token merging":    func(r *Request) { r.TokenMerging = 0.5 },
		"guidance rescale": func(r *Request) { r.GuidanceRescale = 0.7 },
		"eta":              func(r *Request) { r.Eta = 1 },
		"sampler":          func(r *Request) { r.Sampler = "" },
		"noisy sampler":    func(r *Request) { r.Sampler = "euler_a" },
	} {
		changed := r
		change(&changed)
		if generate(t, p, changed)[0].Picture.Hash() == two[1].Picture.Hash() {
			t.Errorf("%s changes nothing", name)
		}
	}
}

// Requests at once take turns and do not disturb each other.
func TestGenerateConcurrently(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	want := generate(t, p, r)[0].Picture.Hash()
	var wait sync.WaitGroup
	for i := range 3 {
		wait.Go(func() {
			mine := r
			mine.Seed += uint64(i % 2)
			images, err := p.Generate(context.Background(), mine)
			if err != nil {
				t.Error(err)
			} else if same := images[0].Picture.Hash() == want; same != (i%2 == 0) {
				t.Errorf("request %d: the same picture: %t", i, same)
			}
		})
	}
	wait.Wait()
}

func TestGenerateCancelled(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	r.Count = 3
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := 0
	r.OnStep = func(v Preview) {
		calls++
		if v.Index == 1 && v.Step == 2 {
			cancel()
		}
	}
	images, err := p.Generate(ctx, r)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if len(images) != 1 || calls != r.Steps+2 {
		t.Errorf("got %d pictures after %d steps, want 1 after %d", len(images), calls, r.Steps+2)
	}
}

// At guidance scale 1 the UNet runs once for each step and the negative prompt
// is not read.
func TestGenerateUnguided(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	r.GuidanceScale = 1
	d, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	if d.soft.both != nil || d.soft.prompt.Shape().Dim(0) != 1 {
		t.Errorf("the UNet runs for the negative prompt too")
	}
	plain := generate(t, p, r)[0]
	r.NegativePrompt = "dark"
	if generate(t, p, r)[0].Picture.Hash() != plain.Picture.Hash() {
		t.Error("the negative prompt changes the picture")
	}
}

// With a share of the steps guided, the others run for the prompt alone: they
// give what an unguided UNet gives.
func TestGuidanceShare(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	r.GuidanceShare = 0.5
	part, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer part.close()
	r.GuidanceShare = 0
	whole, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.close()
	r.GuidanceScale = 1
	none, err := p.begin(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer none.close()
	h, w, c := part.latentSize()
	latents := make([]float32, h*w*c)
	for i := range latents {
		latents[i] = float32(math.Sin(float64(i)))
	}
	at := func(d *drawing, timestep float64) []float32 {
		t.Helper()
		out, err := d.predict(context.Background(), slices.Clone(latents), timestep)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	half := float64(p.model.Scheduler.NumTrainTimesteps) / 2
	if !slices.Equal(at(part, half), at(whole, half)) || slices.Equal(at(part, half), at(none, half)) {
		t.Error("the first half is not guided")
	}
	if !slices.Equal(at(part, half-1), at(none, half-1)) {
		t.Error("the second half is guided")
	}
}

func TestGenerateRefuses(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	named := &concept.Concept{Name: "one", Placeholder: "<cup>", Method: concept.MethodImported, Embeddings: rowsOf(p.model, 1)}
	other := &concept.Concept{Name: "two", Placeholder: "<CUP>", Method: concept.MethodImported, Embeddings: rowsOf(p.model, 2)}
	narrow := &concept.Concept{Name: "narrow", Placeholder: "<n>", Method: concept.MethodImported, Embeddings: [][]float32{{1, 2}}}
	before := variables(p.model)
	for text, change := range map[string]func(*Request){
		"multiple of":              func(r *Request) { r.Width++ },
		"each side must be":        func(r *Request) { r.Height = -r.Height },
		"guidance scale":           func(r *Request) { r.GuidanceScale = 0.5 },
		"guidance scale NaN":       func(r *Request) { r.GuidanceScale = math.NaN() },
		"guidance share":           func(r *Request) { r.GuidanceShare = 1.5 },
		"deep cache":               func(r *Request) { r.DeepCache = -1 },
		"token merging":            func(r *Request) { r.TokenMerging = 1 },
		"token merging -0.1":       func(r *Request) { r.TokenMerging = -0.1 },
		"token merging NaN":        func(r *Request) { r.TokenMerging = math.NaN() },
		"guidance rescale":         func(r *Request) { r.GuidanceRescale = 2 },
		"steps":                    func(r *Request) { r.Steps = -1 },
		"count":                    func(r *Request) { r.Count = -1 },
		"sampler \"x\"":            func(r *Request) { r.Sampler = "x" },
		"rng \"cuda\"":             func(r *Request) { r.RNG = "cuda" },
		"clip skip":                func(r *Request) { r.ClipSkip = 99 },
		"eta":                      func(r *Request) { r.Eta = -1 },
		"concept 1 is missing":     func(r *Request) { r.Concepts = []Use{{}} },
		"weight +Inf":              func(r *Request) { r.Concepts = []Use{{Concept: named, Weight: math.Inf(1)}} },
		`"one" and "two" both use`: func(r *Request) { r.Concepts = []Use{{Concept: named, Weight: 1}, {Concept: other, Weight: 1}} },
		`"narrow" was made for`:    func(r *Request) { r.Concepts = []Use{{Concept: named, Weight: 1}, {Concept: narrow, Weight: 1}} },
	} {
		r := request(t, p)
		change(&r)
		if _, err := p.Generate(context.Background(), r); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want an error with %q", err, text)
		}
	}
	if after := variables(p.model); !slices.Equal(before, after) {
		t.Errorf("refused requests left variables behind: %d before, %d after", len(before), len(after))
	}
}

// rowsOf are vectors as long as the model's.
func rowsOf(m *Model, n int) [][]float32 {
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, m.Text.Config.HiddenSize)
		for j := range rows[i] {
			rows[i][j] = float32(math.Sin(float64(i*31 + j*7)))
		}
	}
	return rows
}

func variables(m *Model) []string {
	var names []string
	for v := range m.Store.IterVariables() {
		names = append(names, v.Path())
	}
	return names
}

func TestGenerateConceptAndWarnings(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	before := variables(p.model)
	c := &concept.Concept{Name: "cup", Placeholder: "<cup>", Method: concept.MethodImported, Embeddings: rowsOf(p.model, 2),
		Base: concept.Base{Hash: strings.Repeat("0", 64), Name: "elsewhere"}}
	r := request(t, p)
	without := generate(t, p, r)[0]
	if len(without.Warnings) != 0 {
		t.Errorf("warned of %v", without.Warnings)
	}
	r.Prompt = "a red <cup> on a table " + strings.Repeat("very ", 100) + "large"
	r.Concepts = []Use{{Concept: c, Weight: 1},
		{Concept: &concept.Concept{Name: "hat", Placeholder: "<hat>", Method: concept.MethodImported, Embeddings: rowsOf(p.model, 1)}, Weight: 1}}
	var heard []Warning
	r.OnWarning = func(w Warning) { heard = append(heard, w) }
	with := generate(t, p, r)[0]
	if with.Picture.Hash() == without.Picture.Hash() {
		t.Error("the concept changes nothing")
	}
	var ids []string
	for _, w := range heard {
		ids = append(ids, w.ID)
		if w.String() == "" {
			t.Errorf("%s has no text", w.ID)
		}
	}
	if want := []string{WarnTruncated, WarnUnused, WarnOtherBase}; !slices.Equal(ids, want) {
		t.Fatalf("warned of %v, want %v", ids, want)
	}
	if cut := heard[0].Args["cut"]; !strings.HasSuffix(cut, "large") {
		t.Errorf("what was cut is %q", cut)
	}
	if heard[1].Args["concept"] != "hat" || heard[2].Args["concept"] != "cup" {
		t.Errorf("warnings name other concepts: %v", heard)
	}
	var record Record
	if err := json.Unmarshal([]byte(with.Metadata[MetadataOwn]), &record); err != nil {
		t.Fatal(err)
	}
	if len(record.Concepts) != 2 || record.Concepts[0].Placeholder != "<cup>" || len(record.Warnings) != 3 || record.Prompt != r.Prompt {
		t.Errorf("the record is %+v", record)
	}
	if after := variables(p.model); !slices.Equal(before, after) {
		t.Error("the concepts are still in the model")
	}
}

// A model that gives NaN ends the drawing with advice.
func TestGenerateNaN(t *testing.T) {
	p := openPipeline(t, "sd1-tiny")
	r := request(t, p)
	generate(t, p, r)
	bias := p.model.UNetWeights.Variable("conv_out.bias")
	good := golden.Flat(t, bias.MustValue())
	set := func(values []float32) {
		t.Helper()
		if err := p.model.Exclusive(func() error {
			return bias.SetValue(tensors.FromFlatDataAndDimensions(values, len(values)))
		}); err != nil {
			t.Fatal(err)
		}
	}
	bad := slices.Clone(good)
	bad[0] = float32(math.NaN())
	set(bad)
	defer set(good)
	_, err := p.Generate(context.Background(), r)
	if err == nil || !strings.Contains(err.Error(), "NaN") || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v, want NaN and what to do", err)
	}
}
