package pretrain

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/optim"
)

// counter is a stage that needs no graph: its only weight is the sum of the
// steps it has seen.
type counter struct {
	sum      *model.Variable
	settings string
	nanAt    int
	failAt   int
	exported bool
}

func newCounter() *counter {
	return &counter{sum: model.NewStore().VariableWithValue("/counter/sum", []float32{0}), settings: "counter"}
}

func (c *counter) Name() string                         { return "counter" }
func (c *counter) State() []*model.Variable             { return []*model.Variable{c.sum} }
func (c *counter) Fingerprint() string                  { return c.settings }
func (c *counter) Export(context.Context, string) error { c.exported = true; return nil }

func (c *counter) Sheet(_ context.Context, path string) error {
	return os.WriteFile(path, nil, 0o644)
}

func (c *counter) Step(_ context.Context, step int) (Figures, error) {
	if step == c.failAt {
		panic(errors.New("shapes do not fit"))
	}
	loss := 1 / float64(step)
	if step == c.nanAt {
		loss = math.NaN()
	}
	return Figures{{"loss", loss}}, c.sum.SetValue(tensors.FromValue([]float32{c.value() + float32(step)}))
}

func (c *counter) value() float32 {
	return tensors.MustCopyFlatData[float32](c.sum.MustValue())[0]
}

// runOf is a run of ten steps that reports each.
func runOf(dir string) *Run {
	s := DefaultSettings()
	s.Steps, s.BatchSize, s.SaveEvery, s.SampleEvery = 10, 2, 4, 5
	return &Run{Dir: dir, Settings: &s, Every: 1}
}

// cancelAfter is a context that ends when the run has reported a step.
func cancelAfter(t *testing.T, r *Run, step int) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r.Report = func(p Progress) {
		if p.Event == "" && p.Step == step {
			cancel()
		}
	}
	return ctx
}

// logged reads the steps of a run's log, each line of which must be JSON.
func logged(t *testing.T, dir string) []int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	for line := range strings.Lines(string(data)) {
		var at struct {
			Step, Pictures int
			Rate, Loss     *float64
		}
		if err := json.Unmarshal([]byte(line), &at); err != nil || at.Rate == nil || at.Loss == nil || at.Pictures != 2*at.Step {
			t.Errorf("line %q: %v", line, err)
		}
		steps = append(steps, at.Step)
	}
	return steps
}

func upTo(n int) (steps []int) {
	for i := range n {
		steps = append(steps, i+1)
	}
	return steps
}

func TestRun(t *testing.T) {
	dir, c := t.TempDir(), newCounter()
	r := runOf(dir)
	var events []string
	r.Report = func(p Progress) {
		if p.Event != "" {
			events = append(events, p.Event)
			if _, err := os.Stat(p.Path); err != nil {
				t.Errorf("%s: %v", p.Event, err)
			}
		}
	}
	if err := r.Train(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if c.value() != 55 || !c.exported {
		t.Errorf("the sum is %g, exported: %v", c.value(), c.exported)
	}
	if diff := cmp.Diff([]string{"saved", "sheet", "saved", "sheet", "saved"}, events); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(upTo(10), logged(t, dir)); diff != "" {
		t.Error(diff)
	}
	// A finished run only exports again.
	again := newCounter()
	if err := runOf(dir).Train(t.Context(), again); err != nil || again.value() != 55 || !again.exported {
		t.Errorf("again: sum %g, exported %v, %v", again.value(), again.exported, err)
	}
}

// A run that is stopped says where, and goes on from there.
func TestRunStopsAndResumes(t *testing.T) {
	dir := t.TempDir()
	r, stopped := runOf(dir), newCounter()
	err := r.Train(cancelAfter(t, r, 6), stopped)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "after step 6 of 10") {
		t.Fatalf("got %v", err)
	}
	if !stopped.exported {
		t.Error("a run that was stopped wrote no model to try")
	}
	c := newCounter()
	if err := runOf(dir).Train(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if c.value() != 55 {
		t.Errorf("the sum is %g, want 55", c.value())
	}
	if diff := cmp.Diff(upTo(10), logged(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// A process that dies loses the steps after the last save; their lines in the
// log, and one that was being written, go with them.
func TestRunAfterACrash(t *testing.T) {
	dir := t.TempDir()
	crashed := newCounter()
	crashed.failAt = 7 // saved at 4
	err := runOf(dir).Train(t.Context(), crashed)
	if err == nil || !strings.Contains(err.Error(), "shapes do not fit") {
		t.Fatalf("got %v", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "log.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"step": 7, "lo`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	var resumed int
	r, c := runOf(dir), newCounter()
	r.Report = func(p Progress) {
		if p.Event == "resumed" {
			resumed = p.Step
		}
	}
	if err := r.Train(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if resumed != 4 || c.value() != 55 {
		t.Errorf("resumed after step %d, the sum is %g", resumed, c.value())
	}
	if diff := cmp.Diff(upTo(10), logged(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// A loss that is not a number ends the run before it is saved.
func TestRunRefusesNaN(t *testing.T) {
	dir := t.TempDir()
	c := newCounter()
	c.nanAt = 8
	err := runOf(dir).Train(t.Context(), c)
	if err == nil {
		t.Fatal("a loss that is not a number was accepted")
	}
	for _, part := range []string{"counter", "loss", "NaN", "step 8", "learning_rate", "state.safetensors"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	kept := newCounter()
	if done, err := loadState(filepath.Join(dir, "state.safetensors"), kept.State(), tenSteps, kept.Fingerprint()); done != 4 || err != nil || kept.value() != 10 {
		t.Errorf("kept step %d with sum %g, %v", done, kept.value(), err)
	}
}

func TestRunRefusesOtherSettings(t *testing.T) {
	dir := t.TempDir()
	if err := runOf(dir).Train(t.Context(), newCounter()); err != nil {
		t.Fatal(err)
	}
	other := newCounter()
	other.settings = "another counter"
	err := runOf(dir).Train(t.Context(), other)
	if err == nil || other.value() != 0 || other.exported {
		t.Fatalf("got %v, the sum is %g", err, other.value())
	}
	for _, part := range []string{"other settings", "choose another folder", "then: counter", "now:  another counter"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	r := runOf(dir)
	r.Settings.Steps = 0
	if err := r.Train(t.Context(), newCounter()); err == nil || !strings.Contains(err.Error(), "steps") {
		t.Errorf("no steps gave %v", err)
	}
}

// What differs is named by its key, not by two pages of settings.
func TestOtherSettings(t *testing.T) {
	was := `{"seed":1,"model":{"act_fn":"silu","groups":[1,2]}} vae:00 unet:11`
	now := `{"seed":1,"model":{"act_fn":"gelu","groups":[1,2]},"new":3} vae:22 unet:11`
	want := "  model.act_fn: then silu, now gelu\n  new: then <nil>, now 3\n  the contents of vae: then 00, now 22"
	if diff := cmp.Diff(want, otherSettings(was, now)); diff != "" {
		t.Error(diff)
	}
}

var tenSteps = optim.Schedule{Kind: "constant", Base: 1, Total: 10}

// A run may be made longer or shorter while its rates so far stay the same.
func TestRunOfAnotherLength(t *testing.T) {
	length := func(dir, kind string, decay, steps int) (*counter, error) {
		r, c := runOf(dir), newCounter()
		r.Settings.Schedule.Kind, r.Settings.Schedule.Decay, r.Settings.Schedule.Warmup, r.Settings.Steps = kind, decay, 0, steps
		return c, r.Train(t.Context(), c)
	}
	dir := t.TempDir()
	if _, err := length(dir, "constant", 0, 10); err != nil {
		t.Fatal(err)
	}
	if c, err := length(dir, "constant", 0, 12); err != nil || c.value() != 78 {
		t.Errorf("two steps more gave %g, %v", c.value(), err)
	}
	if _, err := length(dir, "constant", 0, 11); err == nil || !strings.Contains(err.Error(), "steps") {
		t.Errorf("fewer steps than were done gave %v", err)
	}
	dir = t.TempDir()
	if _, err := length(dir, "warmup_stable_decay", 2, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := length(dir, "warmup_stable_decay", 2, 20); err == nil || !strings.Contains(err.Error(), "10 of 10") {
		t.Errorf("going on after the decay gave %v", err)
	}
}

// A state of other variables, or a file that is none, is refused.
func TestLoadStateRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	if done, err := loadState(path, nil, tenSteps, ""); done != 0 || err != nil {
		t.Errorf("no file gave %d, %v", done, err)
	}
	c := newCounter()
	if err := saveState(path, c.State(), 3, 10, "x"); err != nil {
		t.Fatal(err)
	}
	wider := model.NewStore().VariableWithValue("/counter/sum", []float32{0, 0})
	if _, err := loadState(path, []*model.Variable{wider}, tenSteps, "x"); err == nil || !strings.Contains(err.Error(), "/counter/sum") {
		t.Errorf("another shape gave %v", err)
	}
	if err := saveState(path, c.State(), -1, 10, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := loadState(path, c.State(), tenSteps, "x"); err == nil || !strings.Contains(err.Error(), metaStep) {
		t.Errorf("a negative step gave %v", err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := loadState(path, c.State(), tenSteps, "x"); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a broken file gave %v", err)
	}
}
