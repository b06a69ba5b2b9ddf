package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

func TestCheck(t *testing.T) {
	fine := job{name: result.UNet, mode: result.All, batch: 1, steps: 1, runs: 1}
	if err := fine.check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*job){
		"--batch": func(j *job) { j.batch = 0 },
		"--steps": func(j *job) { j.steps = -1 },
		"--runs":  func(j *job) { j.runs = 0 },
		"--mode":  func(j *job) { j.mode = "vision" },
	} {
		t.Run(want, func(t *testing.T) {
			j := fine
			change(&j)
			if err := j.check(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v does not speak of %s", err, want)
			}
		})
	}
}

// The learning jobs' settings are ones that package tuning takes.
func TestPeerSettings(t *testing.T) {
	j := openJob(t)
	j.batch, j.steps = 2, 3
	for _, name := range []string{result.TextualInversion, result.LoRA} {
		t.Run(name, func(t *testing.T) {
			method, _ := recipe(name)
			s, err := peerSettings(j, method)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(); err != nil {
				t.Error(err)
			}
			got := []int{s.Steps, s.BatchSize, s.Accumulation, s.Resolution, s.Rank}
			if diff := cmp.Diff([]int{3, 2, 1, j.size, 8}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Only steps are counted, and what came between two steps is no step's time.
func TestSteps(t *testing.T) {
	s := &steps{}
	s.report(tuning.Progress{Event: tuning.EventPrepared})
	s.report(tuning.Progress{Event: tuning.EventStep, Loss: 2})
	s.last = s.last.Add(-time.Hour)
	s.report(tuning.Progress{Event: tuning.EventSaved})
	s.report(tuning.Progress{Event: tuning.EventStep, Loss: 1})
	if diff := cmp.Diff([]float64{2, 1}, s.losses); diff != "" {
		t.Error(diff)
	}
	if len(s.seconds) != 2 || s.seconds[1] < 0 || s.seconds[1] > 60 {
		t.Errorf("steps took %v s", s.seconds)
	}
}

// The program's own way learns again and again, and times each.
func TestMeasurePersonalize(t *testing.T) {
	m, err := diffusion.Open(t.Context(), filepath.Join("..", "..", "demo", "model"), enginetest.Fast(t))
	if err != nil {
		t.Fatal(err)
	}
	j := &job{name: result.Personalize, size: m.DefaultSize(), batch: 1, steps: 2, runs: 2, photo: writePhoto(t), model: m}
	var r result.Result
	if err := measurePersonalize(t.Context(), j, &r); err != nil {
		t.Fatal(err)
	}
	if r.First <= 0 || len(r.Runs) != 2 {
		t.Errorf("it measured %+v", r)
	}
}

// writePhoto writes a picture of two colours: one of a single colour is refused.
func writePhoto(t *testing.T) string {
	t.Helper()
	p := picture.Filled(16, 16, 200, 40, 40)
	p.Paste(picture.Filled(8, 8, 20, 60, 200), 4, 4)
	path := filepath.Join(t.TempDir(), "photo.png")
	if err := picture.WriteFile(path, p, nil); err != nil {
		t.Fatal(err)
	}
	return path
}
