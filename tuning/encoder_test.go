package tuning

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// writeEncoder writes a random encoder for the shared model that reads the
// denoiser's features alone, and returns its folder.
func writeEncoder(t *testing.T, change func(c *encoder.Config)) string {
	t.Helper()
	base := openTiny(t)
	hash, err := base.BaseHash(context.Background())
	check(t, err)
	c := encoder.Config{
		Class: encoder.Class, Version: encoder.Version, Base: hash, TokenWidth: base.Text.Config.HiddenSize,
		Sizes:     encoder.Sizes{Width: 6, Blocks: 1, Rank: 2, Basis: 3, FeatureTimesteps: []int{100, 500}, Bank: 4},
		UNetWidth: encoder.PoolWidth(base.UNet.Config), Layers: encoder.LayersOf(encoder.Projections(base.UNet.Params)), Alpha: 0.6,
	}
	if change != nil {
		change(&c)
	}
	m, err := encoder.New(c)
	check(t, err)
	for _, p := range m.Params {
		p.Init = nn.Init{Kind: nn.InitNormal, Scale: 0.3}
	}
	w := nn.NewWeights(model.NewStore(), "encoder")
	check(t, w.Initialise(m.Params, 3))
	list, err := w.Export(m.Params, weights.F32)
	check(t, err)
	dir := filepath.Join(t.TempDir(), "encoder")
	check(t, m.Write(dir, list))
	return dir
}

// encoded is a short job by an encoder.
func encoded(t *testing.T, folder, dir string) Job {
	t.Helper()
	j := job(t, "encoder", dir)
	j.ClassWord, j.Encoder = "", folder
	j.Created = time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)
	return j
}

// TestEncoder learns from a prediction, whole and killed on the way.
func TestEncoder(t *testing.T) {
	folder := writeEncoder(t, nil)
	j := encoded(t, folder, filepath.Join(t.TempDir(), "undisturbed"))
	var events []string
	var start Start
	j.Report = func(p Progress) {
		if p.Event == EventStart {
			start = p.Start
		}
		events = append(events, p.Event)
	}
	before := storeValues(t, j)
	c, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	if d := cmp.Diff(before, storeValues(t, j)); d != "" {
		t.Errorf("the model's store has changed:\n%.1000s", d)
	}
	if start.Why != StartPredicted || start.Word == "" || slices.Contains(events, EventNoEncoder) {
		t.Errorf("the start was %+v, the events %q", start, events)
	}
	if c.Alpha == nil || *c.Alpha != 0.6 || c.Settings["path_alpha"] != "0.6" || c.Version != concept.FormatVersionDual || c.InitWord != start.Word {
		t.Errorf("the concept has alpha %v and version %d and began at %q", c.Alpha, c.Version, c.InitWord)
	}
	if len(c.LoRA.Layers) != len(encoder.Projections(j.Model.UNet.Params)) || c.LoRA.Layers[0].Rank != 2 || c.LoRA.Layers[0].Scale() != 1 {
		t.Errorf("there are %d pairs, the first of rank %d and scale %g", len(c.LoRA.Layers), c.LoRA.Layers[0].Rank, c.LoRA.Layers[0].Scale())
	}
	check(t, c.CheckFit(j.Model.Store))

	killed := j
	killed.Dir, killed.Report = filepath.Join(t.TempDir(), "killed"), nil
	kill(t, "encoder", killed, 5)
	_, err = Learn(context.Background(), "encoder", killed)
	check(t, err)
	sameFiles(t, filepath.Join(j.Dir, ConceptFile), filepath.Join(killed.Dir, ConceptFile))
}

// TestPrediction takes the encoder's answer without a step, and checks it against
// the encoder.
func TestPrediction(t *testing.T) {
	j := encoded(t, writeEncoder(t, nil), "")
	j.Settings.Steps = 0
	c, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	e, err := encoder.Open(context.Background(), j.Model, j.Encoder)
	check(t, err)
	defer e.Close()
	want, err := e.Predict(context.Background(), j.Pictures, j.Settings.Seed)
	check(t, err)
	if !slices.Equal(c.Embeddings[0], want.Token) {
		t.Errorf("the vector is %v, predicted was %v", c.Embeddings[0], want.Token)
	}
	parts := nn.FlatPairs{Layers: encoder.Projections(j.Model.UNet.Params), Rank: 2}.Cut(want.Pairs)
	for _, l := range c.LoRA.Layers {
		i := slices.IndexFunc(encoder.Projections(j.Model.UNet.Params), func(p *nn.Param) bool { return nn.LayerOf(p) == l.Layer })
		if i < 0 || !slices.Equal(l.Down, parts[2*i]) || !slices.Equal(l.Up, parts[2*i+1]) {
			t.Errorf("the pair of %s is not the predicted one", l.Layer)
		}
	}
	if w, err := newBase(j.Model); err != nil || !slices.Contains(w.tokens.Words(), w.tokens.Encode(c.NearestWord)[0]) {
		t.Errorf("the nearest word %q is none: %v", c.NearestWord, err)
	}
}

// A class word stands behind the placeholder in the prompts that an encoder's concept
// learns from, as it will in those that it is drawn with.
func TestEncoderWithClass(t *testing.T) {
	folder := writeEncoder(t, nil)
	j := encoded(t, folder, "")
	j.Settings.Steps, j.Settings.PathAlpha = 1, 1
	without, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	j.ClassWord = "cup"
	with, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	if with.InPrompts("cup") != j.Placeholder+" cup" || without.InPrompts("cup") != j.Placeholder {
		t.Errorf("prompts say %q, and %q without a class", with.InPrompts("cup"), without.InPrompts("cup"))
	}
	if cmp.Equal(with.LoRA, without.LoRA) {
		t.Error("what was learned is the same without the class")
	}
	j.Settings.Steps = 0
	predicted, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	j.ClassWord = ""
	told, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	if !cmp.Equal(predicted.LoRA, told.LoRA) {
		t.Error("the prediction depends on the class, which the encoder does not read")
	}
}

// What prompts say while learning is what concepts say of themselves.
func TestSubjectInPrompts(t *testing.T) {
	for _, c := range []struct {
		method  string
		plan    plan
		vectors [][]float32
		want    string
	}{
		{"textual_inversion", plan{token: true}, [][]float32{{1}}, "<it>"},
		{"lora", plan{token: true, lora: true}, [][]float32{{1}}, "<it>"},
		{"lora", plan{lora: true}, nil, "<it> cup"},
		{"encoder", plan{token: true, lora: true, encoder: true}, [][]float32{{1}}, "<it> cup"},
	} {
		j := Job{Placeholder: "<it>", ClassWord: "cup"}
		learned := concept.Concept{Placeholder: "<it>", ClassWord: "cup", Method: c.method, Embeddings: c.vectors}
		if a, b := j.subject(c.plan), learned.InPrompts("cup"); a != c.want || b != c.want {
			t.Errorf("%s: %q while it learns and %q after, want %q", c.method, a, b, c.want)
		}
	}
}

// TestEncoderWithoutPairs tunes the vector alone.
func TestEncoderWithoutPairs(t *testing.T) {
	j := encoded(t, writeEncoder(t, func(c *encoder.Config) { c.Rank, c.Layers, c.Bank = 0, nil, 0 }), "")
	j.Settings.PathAlpha = 1
	c, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	if c.LoRA != nil || len(c.Embeddings) != 1 || c.Alpha != nil {
		t.Errorf("the concept has LoRA %v, %d vectors and alpha %v", c.LoRA, len(c.Embeddings), c.Alpha)
	}
}

func TestEncoderRefuses(t *testing.T) {
	other := writeEncoder(t, func(c *encoder.Config) { c.Base = strings.Repeat("a", 64) })
	var wrong *encoder.BaseError
	if _, err := Learn(context.Background(), "encoder", encoded(t, other, "")); !errors.As(err, &wrong) || wrong.Dir != other {
		t.Errorf("another model's encoder gave %v", err)
	}
	for method, want := range map[string]string{"encoder": "needs an encoder", "lora": "method encoder"} {
		j := job(t, method, "")
		j.Settings.Steps = 0
		if _, err := Learn(context.Background(), method, j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no steps by %s gave %v", method, err)
		}
	}
	j := encoded(t, writeEncoder(t, nil), "")
	j.Settings.Choose = chooseBest
	if _, err := Learn(context.Background(), "encoder", j); err == nil || !strings.Contains(err.Error(), "CLIP") {
		t.Errorf("choosing without CLIP gave %v", err)
	}
}

// TestChooseBest compares the concepts of a few steps, and again after the end and
// after a kill: the result is one of them, and the same.
func TestChooseBest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "model")
	check(t, os.CopyFS(dir, os.DirFS(openTiny(t).Dir)))
	tinymodel.WriteCLIP(t, dir)
	folder := writeEncoder(t, nil)
	m := openModel(t, dir)
	j := encoded(t, folder, filepath.Join(t.TempDir(), "run"))
	j.Model, j.Settings.Choose, j.Settings.Resolution = m, chooseBest, 8
	kept := map[int][]float32{}
	j.Settings.PreviewEvery = 1
	j.Preview = func(_ context.Context, step int, c *concept.Concept) error {
		kept[step] = c.Embeddings[0]
		return nil
	}
	at := -1
	j.Report = func(p Progress) {
		if p.Event == EventChosen {
			at = p.Chosen
		}
	}
	c, err := Learn(context.Background(), "encoder", j)
	check(t, err)
	if !j.Settings.isCandidate(at) || !slices.Equal(c.Embeddings[0], kept[at]) {
		t.Errorf("the result is not that of step %d", at)
	}
	j.Preview, j.Report = nil, nil
	again, err := Learn(context.Background(), "encoder", j) // it is over
	check(t, err)
	if d := cmp.Diff(c, again); d != "" {
		t.Errorf("a finished run gives another concept:\n%.1000s", d)
	}
	killed := j
	killed.Dir = filepath.Join(t.TempDir(), "killed")
	kill(t, "encoder", killed, 5)
	_, err = Learn(context.Background(), "encoder", killed)
	check(t, err)
	sameFiles(t, filepath.Join(j.Dir, ConceptFile), filepath.Join(killed.Dir, ConceptFile))
}

func TestScoreOver(t *testing.T) {
	first := Score{Subject: 0.5, Prompt: 0.2}
	if got := (Score{Subject: 0.6, Prompt: 0.19}).over(first); got < 0.149 || got > 0.151 {
		t.Errorf("a fifth more likeness and a twentieth less obedience are worth %g, want 0.15", got)
	}
	if first.over(first) != 0 {
		t.Error("a score is better than itself")
	}
}
