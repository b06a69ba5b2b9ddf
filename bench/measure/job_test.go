package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/bench/result"
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
