package pretrain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// All stages can be trained until a given time.
var _ = []Paced{(*vaeStage)(nil), (*clipStage)(nil), (*unetStage)(nil), (*encoderStage)(nil)}

// paced is a counter whose steps take their time.
type paced struct {
	*counter
	took  func(step int) time.Duration
	told  int // how many steps the run has, as far as it was told
	steps int // the last that was done
}

func (p *paced) SetSteps(n int) { p.told = n }

func (p *paced) Step(ctx context.Context, step int) (Figures, error) {
	time.Sleep(p.took(step))
	p.steps = step
	return p.counter.Step(ctx, step)
}

func tenths(int) time.Duration { return 100 * time.Millisecond }

// runWithin is a run of a schedule that shall end after some time.
func runWithin(dir, kind string, decay, steps int, d time.Duration) *Run {
	r := runOf(dir)
	r.Every, r.Until = 100, time.Now().Add(d)
	r.Settings.Schedule.Kind, r.Settings.Schedule.Decay, r.Settings.Schedule.Warmup, r.Settings.Steps = kind, decay, 5, steps
	r.Settings.SaveEvery, r.Settings.SampleEvery = 0, 0
	return r
}

// A run lasts as long as it may, however many steps the settings have, and has its
// whole decay even where that takes longer. What its steps take may change.
func TestWithin(t *testing.T) {
	slower := func(step int) time.Duration { return tenths(step) * time.Duration(1+step/300) }
	for name, c := range map[string]struct {
		kind         string
		decay, steps int
		took         func(step int) time.Duration
		within, ends time.Duration
		want         int
	}{
		"constant":                 {"constant", 0, 1000, tenths, time.Minute, time.Minute, 600},
		"more than set":            {"constant", 0, 100, tenths, time.Minute, time.Minute, 600},
		"fewer are set than timed": {"constant", 0, 1, tenths, time.Minute, time.Minute, 600},
		"slower and slower":        {"constant", 0, 100, slower, 2 * time.Minute, 2 * time.Minute, 699},
		"no time":                  {"constant", 0, 1000, tenths, -time.Minute, 6100 * time.Millisecond, 61},
		"decay":                    {"warmup_stable_decay", 30, 1000, tenths, time.Minute, time.Minute, 600},
		"longer decay":             {"warmup_stable_decay", 130, 1000, tenths, time.Minute, time.Minute, 600},
		"decay from early on":      {"warmup_stable_decay", 30, 40, tenths, time.Minute, time.Minute, 600},
		"no time for the decay":    {"warmup_stable_decay", 30, 1000, tenths, 7 * time.Second, 9 * time.Second, 90},
		"decay and no time":        {"warmup_stable_decay", 30, 1000, tenths, -time.Minute, 9 * time.Second, 90},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				began, p := time.Now(), &paced{counter: newCounter(), took: c.took}
				r := runWithin(dir, c.kind, c.decay, c.steps, c.within)
				if err := r.Train(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); (took-c.ends).Abs() > c.took(p.steps) || !p.exported {
					t.Errorf("it ends after %s, want %s; exported: %t", took, c.ends, p.exported)
				}
				if p.steps != c.want || p.told != c.want || r.Settings.Steps != c.want {
					t.Errorf("%d steps of %d, %d in the settings; want %d", p.steps, p.told, r.Settings.Steps, c.want)
				}
				s := r.Settings.Schedule
				if from := c.want - c.decay; s.At(from) != s.Base || c.decay > 0 && !(s.At(from+2) < s.Base && s.At(c.want) < 2*s.Base/float64(c.decay)) {
					t.Errorf("the rates are %g, %g and at last %g", s.At(from), s.At(from+2), s.At(c.want))
				}
			})
		})
	}
}

// A run that was stopped goes on for as long as it now may, whatever the settings'
// number of steps; one whose rate falls already ends as it would have; one that has
// ended stays as it is.
func TestWithinResumes(t *testing.T) {
	for name, c := range map[string]struct {
		kind           string
		decay, stopped int
		set            int // steps in the settings
		within         time.Duration
		want           int
	}{
		"constant":   {"constant", 0, 300, 100, 30 * time.Second, 600},
		"longer":     {"constant", 0, 590, 100, time.Minute, 1190},
		"stable":     {"warmup_stable_decay", 30, 300, 100, 40 * time.Second, 700},
		"nearly due": {"warmup_stable_decay", 30, 560, 100, 40 * time.Second, 960},
		"falling":    {"warmup_stable_decay", 30, 580, 1000, time.Hour, 600},
		"ended":      {"constant", 0, 600, 1000, time.Hour, 600},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				r := runWithin(dir, c.kind, c.decay, c.set, time.Minute)
				r.Every = 1
				err := r.Train(cancelAfter(t, r, c.stopped), &paced{counter: newCounter(), took: tenths})
				if ended := c.stopped == 600; !ended && !errors.Is(err, context.Canceled) || ended && err != nil {
					t.Fatalf("got %v", err)
				}
				p := &paced{counter: newCounter(), took: tenths}
				r = runWithin(dir, c.kind, c.decay, c.set, c.within)
				if err := r.Train(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				if sum := float32(c.want * (c.want + 1) / 2); r.Settings.Steps != c.want || p.told != c.want || p.value() != sum {
					t.Errorf("it ends with step %d of %d, %d in the settings; want %d", p.steps, p.told, r.Settings.Steps, c.want)
				}
			})
		})
	}
}

// Without a time to end at, a run has the settings' steps.
func TestWithinNoTime(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		p := &paced{counter: newCounter(), took: tenths}
		r := runWithin(dir, "constant", 0, 150, 0)
		r.Until = time.Time{}
		if err := r.Train(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if p.steps != 150 || p.told != 0 || r.Settings.Steps != 150 {
			t.Errorf("%d steps, told %d, %d in the settings", p.steps, p.told, r.Settings.Steps)
		}
	})
}

// What cannot be fitted to a time is refused before anything is done, by what it is
// that cannot.
func TestWithinRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		kind  string
		stage Stage
		say   []string
		not   string
	}{
		"cosine":    {"cosine", &paced{counter: newCounter(), took: tenths}, []string{"lr_scheduler", "cosine", "constant", "warmup_stable_decay"}, "counter"},
		"linear":    {"linear", &paced{counter: newCounter(), took: tenths}, []string{"lr_scheduler", "linear"}, "counter"},
		"not paced": {"constant", newCounter(), []string{"counter", "steps"}, "lr_scheduler"},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		err := runWithin(dir, c.kind, 0, 10, time.Hour).Train(t.Context(), c.stage)
		if err == nil || strings.Contains(err.Error(), c.not) {
			t.Errorf("%s gave %v", name, err)
			continue
		}
		for _, part := range c.say {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q does not say %q", name, err, part)
			}
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s left a folder, %v", name, err)
		}
	}
}

// A damaged state is refused as ever.
func TestWithinDamaged(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"no state": func(path string) error { return os.WriteFile(path, []byte("{}"), 0o644) },
		"no steps": func(path string) error { return saveState(path, newCounter().State(), 3, 2, "counter") },
	} {
		r := runWithin(t.TempDir(), "constant", 0, 10, time.Hour)
		if err := damage(r.statePath()); err != nil {
			t.Fatal(err)
		}
		p := &paced{counter: newCounter(), took: tenths}
		if err := r.Train(t.Context(), p); err == nil || !strings.Contains(err.Error(), r.statePath()) || p.steps != 0 {
			t.Errorf("%s gave %v after %d steps", name, err, p.steps)
		}
	}
}
