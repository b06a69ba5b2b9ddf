package tuning

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/engine/compilecache"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/weights"
)

// TestMethods is the suite that every method passes: it learns, leaves the
// model as it was, and ends with the same file when it is killed on the way.
func TestMethods(t *testing.T) {
	for _, name := range Methods() {
		t.Run(name, func(t *testing.T) {
			j := job(t, name, filepath.Join(t.TempDir(), "undisturbed"))
			j.Created = time.Date(2024, 5, 6, 7, 8, 9, 10, time.UTC)
			j.Sources = sources(len(j.Pictures))
			before := storeValues(t, j)
			c, err := Learn(context.Background(), name, j)
			check(t, err)
			if d := cmp.Diff(before, storeValues(t, j)); d != "" {
				t.Errorf("the model's store has changed:\n%.1000s", d)
			}
			checkConcept(t, j, name, c)
			killed := j
			killed.Dir = filepath.Join(t.TempDir(), "killed")
			kill(t, name, killed, 5)
			killed.Created = time.Time{}
			_, err = Learn(context.Background(), name, killed)
			check(t, err)
			sameFiles(t, filepath.Join(j.Dir, ConceptFile), filepath.Join(killed.Dir, ConceptFile))
			recognised(t, name, killed)
			otherSettings(t, name, killed)
		})
	}
}

func sources(n int) []concept.Source {
	var list []concept.Source
	for i := range n {
		list = append(list, concept.Source{Name: "cup.png", SHA256: strings.Repeat("0", 63) + string(rune('1'+i))})
	}
	return list
}

// storeValues are the values of every variable by its path.
func storeValues(t *testing.T, j Job) map[string][]float32 {
	t.Helper()
	values := map[string][]float32{}
	for v := range j.Model.Store.IterVariables() {
		flat, err := flatOf(v)
		check(t, err)
		values[v.Path()] = flat
	}
	return values
}

func checkConcept(t *testing.T, j Job, method string, c *concept.Concept) {
	t.Helper()
	read, err := concept.Read(filepath.Join(j.Dir, ConceptFile))
	check(t, err)
	if d := cmp.Diff(c, read); d != "" {
		t.Errorf("the file holds another concept:\n%.1000s", d)
	}
	if c.Method != method || c.Name != "sks" || c.InitWord != "dog" || c.NearestWord == "" || !c.Created.Equal(j.Created) {
		t.Errorf("the concept is %q by %q from %q near %q of %s", c.Name, c.Method, c.InitWord, c.NearestWord, c.Created)
	}
	if len(c.Embeddings) != 1 || (c.LoRA == nil) != (method == "textual_inversion") {
		t.Errorf("it has %d vectors and LoRA %t", len(c.Embeddings), c.LoRA != nil)
	}
	check(t, c.CheckFit(j.Model.Store))
	if c.LoRA == nil {
		return
	}
	moved := slices.ContainsFunc(c.LoRA.Layers, func(l weights.LoRALayer) bool {
		return slices.ContainsFunc(l.Up, func(v float32) bool { return v != 0 })
	})
	if !moved {
		t.Error("no pair has learned")
	}
}

var errKilled = errors.New("killed")

// kill runs a job until after a step, at which nothing is saved.
func kill(t *testing.T, method string, j Job, step int) {
	t.Helper()
	j.Settings.PreviewEvery = step
	j.Preview = func(_ context.Context, at int, _ *concept.Concept) error {
		if at == step {
			return errKilled
		}
		return nil
	}
	if _, err := Learn(context.Background(), method, j); !errors.Is(err, errKilled) {
		t.Fatalf("the run ended with %v", err)
	}
	if exists(filepath.Join(j.Dir, ConceptFile)) {
		t.Error("a run that was killed left a concept")
	}
}

func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	first, err := os.ReadFile(a)
	check(t, err)
	second, err := os.ReadFile(b)
	check(t, err)
	if !bytes.Equal(first, second) {
		t.Errorf("%s and %s differ", filepath.Base(filepath.Dir(a)), filepath.Base(filepath.Dir(b)))
	}
}

// recognised starts a finished run again, which makes no step.
func recognised(t *testing.T, method string, j Job) {
	t.Helper()
	var events []string
	j.Report = func(p Progress) { events = append(events, p.Event) }
	_, err := Learn(context.Background(), method, j)
	check(t, err)
	if d := cmp.Diff([]string{EventFinished}, events); d != "" {
		t.Errorf("a finished run began anew:\n%s", d)
	}
}

// otherSettings starts another job in a folder that has a state.
func otherSettings(t *testing.T, method string, j Job) {
	t.Helper()
	j.Settings.LearningRate *= 2
	j.Pictures = slices.Clone(j.Pictures)
	j.Pictures[1] = j.Pictures[0]
	_, err := Learn(context.Background(), method, j)
	var other *SettingsError
	if !errors.As(err, &other) {
		t.Fatalf("another job in the same folder gave %v", err)
	}
	if len(other.Changed) != 2 || !strings.HasPrefix(other.Changed[0], "learning_rate:") || !strings.HasPrefix(other.Changed[1], "picture 2:") {
		t.Errorf("the error names %q", other.Changed)
	}
}

func TestCancel(t *testing.T) {
	j := job(t, "textual_inversion", t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j.Settings.SaveEvery = 0
	j.Report = func(p Progress) {
		if p.Event == EventStep && p.Step == 3 {
			cancel()
		}
	}
	if _, err := Learn(ctx, "textual_inversion", j); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "step 3 of 6") {
		t.Fatalf("the run ended with %v", err)
	}
	state, err := weights.Open(filepath.Join(j.Dir, StateFile))
	check(t, err)
	defer state.Close()
	if got := state.Metadata()[metaStep]; got != "3" {
		t.Errorf("the state is of step %s", got)
	}
	if names := state.Names(); !slices.Contains(names, "/token/rows") {
		t.Errorf("the state holds %q", names)
	}
}

// TestDiskRefuses takes the folder away while a run learns.
func TestDiskRefuses(t *testing.T) {
	j := job(t, "textual_inversion", filepath.Join(t.TempDir(), "run"))
	j.Settings.SaveEvery = 1
	variables := j.Model.Store.NumVariables()
	j.Report = func(p Progress) {
		if p.Event == EventPrepared {
			check(t, os.RemoveAll(j.Dir))
			check(t, os.WriteFile(j.Dir, nil, 0o644))
		}
	}
	_, err := Learn(context.Background(), "textual_inversion", j)
	if err == nil || !strings.Contains(err.Error(), "save state") || !strings.Contains(err.Error(), StateFile) {
		t.Errorf("a folder that became a file gave %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(j.Dir))
	check(t, err)
	if len(left) != 1 {
		t.Errorf("the run left %v", left)
	}
	if got := j.Model.Store.NumVariables(); got != variables {
		t.Errorf("the store has %d variables, %d before", got, variables)
	}
	if _, err := Learn(context.Background(), "textual_inversion", j); err == nil || !strings.Contains(err.Error(), "run folder") {
		t.Errorf("a file as the run folder gave %v", err)
	}
}

func TestBrokenState(t *testing.T) {
	j := job(t, "textual_inversion", t.TempDir())
	path := filepath.Join(j.Dir, StateFile)
	for name, write := range map[string]func() error{
		"garbage": func() error { return os.WriteFile(path, []byte("not a state"), 0o644) },
		"another file": func() error {
			return weights.Write(path, []weights.Tensor{weights.FromFloat32("x", []int{1}, []float32{1}, weights.F32)}, nil)
		},
	} {
		check(t, write())
		if _, err := Learn(context.Background(), "textual_inversion", j); err == nil || !strings.Contains(err.Error(), StateFile) {
			t.Errorf("%s as the state gave %v", name, err)
		}
	}
}

// TestDiverged gives the UNet a weight that is not a number.
func TestDiverged(t *testing.T) {
	j := job(t, "textual_inversion", t.TempDir())
	w, p := j.Model.UNetWeights, j.Model.UNet.Params[0]
	sound, err := w.Float32(p)
	check(t, err)
	broken := slices.Clone(sound)
	broken[0] = float32(math.NaN())
	set := func(values []float32) { check(t, w.Set(p.Name, nn.GraphTensor(p, values))) }
	set(broken)
	defer set(sound)
	_, err = Learn(context.Background(), "textual_inversion", j)
	var diverged *DivergedError
	if !errors.As(err, &diverged) || diverged.Step != 1 || !strings.Contains(err.Error(), "learning_rate") {
		t.Fatalf("a loss of NaN gave %v", err)
	}
	files, err := os.ReadDir(j.Dir)
	check(t, err)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if d := cmp.Diff([]string{latentsFile, StateFile}, names); d != "" {
		t.Errorf("the folder holds:\n%s", d)
	}
}

// TestAccumulation compares two batches of one with one batch of two.
func TestAccumulation(t *testing.T) {
	learn := func(batch, parts int) *concept.Concept {
		j := job(t, "lora", "")
		s := &j.Settings
		s.BatchSize, s.Accumulation, s.Steps, s.EMADecay, s.TrainTextEncoder = batch, parts, 3, 0.9, true
		s.Targets = []string{TargetAttention, TargetFF, TargetProj, TargetConv}
		c, err := Learn(context.Background(), "lora", j)
		check(t, err)
		return c
	}
	whole, parts := learn(2, 1), learn(1, 2)
	near := func(what string, a, b []float32) {
		for i := range a {
			if !(math.Abs(float64(a[i]-b[i])) <= 1e-5) {
				t.Errorf("%s: %g in one batch, %g in two", what, a[i], b[i])
				return
			}
		}
	}
	near("token", whole.Rows(), parts.Rows())
	components := map[string]bool{}
	for i, l := range whole.LoRA.Layers {
		components[l.Component] = true
		if !slices.ContainsFunc(l.Up, func(v float32) bool { return v != 0 }) {
			t.Errorf("%s has not learned", l.Layer)
		}
		near(l.Layer, l.Up, parts.LoRA.Layers[i].Up)
		near(l.Layer, l.Down, parts.LoRA.Layers[i].Down)
	}
	if d := cmp.Diff([]string{weights.TextEncoder, weights.UNet}, slices.Sorted(maps.Keys(components))); d != "" {
		t.Errorf("components that learned:\n%s", d)
	}
}

func TestJobRefuses(t *testing.T) {
	m := openTiny(t)
	for name, c := range map[string]struct {
		method string
		change func(*Job)
		want   string
	}{
		"method":      {"magic", func(*Job) {}, "textual_inversion"},
		"model":       {"lora", func(j *Job) { j.Model = nil }, "model"},
		"pictures":    {"lora", func(j *Job) { j.Pictures = nil }, "0 pictures"},
		"too many":    {"lora", func(j *Job) { j.Pictures = pictures(21) }, "21 pictures"},
		"empty":       {"lora", func(j *Job) { j.Pictures[1] = nil }, "picture 2"},
		"plain":       {"lora", func(j *Job) { j.Pictures = append(pictures(1), picture.New(9, 9)) }, "picture 2 is of one colour"},
		"sources":     {"lora", func(j *Job) { j.Sources = sources(1) }, "1 sources"},
		"placeholder": {"lora", func(j *Job) { j.Placeholder = "my dog" }, "white space"},
		"word":        {"lora", func(j *Job) { j.Placeholder = "dog" }, "already a token"},
		"resolution":  {"lora", func(j *Job) { j.Settings.Resolution = 7 }, "resolution"},
		"class":       {"dreambooth_lora", func(j *Job) { j.ClassWord = "" }, "class_word"},
		"no class":    {"dreambooth_lora", func(j *Job) { j.Settings.ClassPictures = 0 }, "num_class_images"},
	} {
		t.Run(name, func(t *testing.T) {
			j := job(t, "lora", "")
			c.change(&j)
			_, err := Learn(context.Background(), c.method, j)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that says %q", err, c.want)
			}
		})
	}
	for v := range m.Store.IterVariables() {
		if strings.Contains(v.Path(), "tuning-") {
			t.Errorf("a refused job left %s", v.Path())
		}
	}
}

// TestClassPictures draws each once, whatever is stopped in between.
func TestClassPictures(t *testing.T) {
	j := job(t, "dreambooth_lora", t.TempDir())
	r := &run{method: dreamBoothLoRA{}, job: j, plan: plan{prior: true}}
	check(t, r.job.complete())
	seeds := map[uint64]int{}
	fails := true
	r.job.Draw = func(_ context.Context, prompt string, size, count int, seed uint64) ([]*picture.Picture, error) {
		if prompt != "a photo of a dog" || size != 8 || count != 1 {
			t.Errorf("%d of %q at %d were asked for", count, prompt, size)
		}
		if len(seeds) == 1 && fails {
			fails = false
			return nil, errKilled
		}
		seeds[seed]++
		return pictures(len(seeds))[len(seeds)-1:], nil
	}
	if _, err := r.classPictures(context.Background()); !errors.Is(err, errKilled) {
		t.Fatalf("drawing gave %v", err)
	}
	first, err := r.classPictures(context.Background())
	check(t, err)
	second, err := r.classPictures(context.Background())
	check(t, err)
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("other pictures the second time:\n%.300s", d)
	}
	for seed, n := range seeds {
		if n != 1 || len(seeds) != 2 {
			t.Errorf("seed %d was drawn %d times, %d seeds in all", seed, n, len(seeds))
		}
	}
}

// TestPreview shows the start, some steps and the end.
func TestPreview(t *testing.T) {
	j := job(t, "textual_inversion", "")
	j.Settings.Steps, j.Settings.PreviewEvery, j.Settings.Vectors, j.InitWord = 5, 2, 3, "cat"
	var at []int
	var first []float32
	j.Preview = func(_ context.Context, step int, c *concept.Concept) error {
		if at = append(at, step); step == 0 {
			first = c.Rows()
		}
		return nil
	}
	c, err := Learn(context.Background(), "textual_inversion", j)
	check(t, err)
	if d := cmp.Diff([]int{0, 2, 4, 5}, at); d != "" {
		t.Errorf("previews after steps:\n%s", d)
	}
	b, err := newBase(j.Model)
	check(t, err)
	rows, err := wordRows(b, "cat", 3)
	check(t, err)
	if d := cmp.Diff(rows, first); d != "" {
		t.Errorf("the first preview is not the word's rows:\n%s", d)
	}
	if slices.Equal(first, c.Rows()) {
		t.Error("nothing was learned")
	}
}

// TestRoom plans a step before it is compiled: more rows take more memory,
// recomputing and parts less, and who asked may refuse.
func TestRoom(t *testing.T) {
	room := func(change func(*Settings)) (bytes int64) {
		t.Helper()
		j := job(t, "lora", "")
		j.Settings.Steps, j.Settings.BatchSize = 1, 4
		if change != nil {
			change(&j.Settings)
		}
		refused := errors.New("no room")
		j.Room = func(working int64) error {
			bytes = working
			return refused
		}
		j.Report = func(p Progress) {
			if p.Event == EventStep {
				t.Error("a step was made without room")
			}
		}
		if _, err := Learn(t.Context(), "lora", j); !errors.Is(err, refused) {
			t.Fatalf("a refusal gave %v", err)
		}
		return bytes
	}
	whole := room(nil)
	if whole < 1<<10 {
		t.Fatalf("a step takes %d bytes", whole)
	}
	for name, change := range map[string]func(*Settings){
		"one row":  func(s *Settings) { s.BatchSize = 1 },
		"in parts": func(s *Settings) { s.BatchSize, s.Accumulation = 1, 4 },
	} {
		if got := room(change); 2*got > whole {
			t.Errorf("%s: %d bytes in place of %d", name, got, whole)
		}
	}
	if got := room(func(s *Settings) { s.Checkpointing = true }); got >= whole {
		t.Errorf("recomputed: %d bytes in place of %d", got, whole)
	}
}

// A process that learns one concept after another loads its programs once.
func TestLaterRunsCompileNothing(t *testing.T) {
	for _, name := range Methods() {
		t.Run(name, func(t *testing.T) {
			learn := func() compilecache.Counts {
				j := job(t, name, t.TempDir())
				_, err := Learn(t.Context(), name, j)
				check(t, err)
				return j.Model.Engine.Compiled()
			}
			first := learn()
			if first == (compilecache.Counts{}) {
				t.Skip("the device keeps no compiled programs")
			}
			second := learn()
			if second.Misses != first.Misses || second.Hits != first.Hits || second.Reused <= first.Reused {
				t.Errorf("after the first run %+v, after the second %+v", first, second)
			}
		})
	}
}
