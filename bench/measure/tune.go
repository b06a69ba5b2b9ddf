package main

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

// measureTuning learns from one photo by a method of package tuning, with the
// peer's settings.
func measureTuning(ctx context.Context, j *job, r *result.Result) error {
	photo, err := picture.Open(j.photo)
	if err != nil {
		return err
	}
	method, placeholder := recipe(j.name)
	settings, err := peerSettings(j, method)
	if err != nil {
		return err
	}
	log := &steps{}
	start := time.Now()
	_, err = tuning.Learn(ctx, method, tuning.Job{
		Model: j.model, Pictures: []*picture.Picture{photo},
		Placeholder: placeholder, Settings: settings, Report: log.report,
	})
	if err != nil {
		return err
	}
	r.SetSteps(log.seconds, log.losses, time.Since(start).Seconds())
	return nil
}

// recipe is the method and the placeholder of a job.
func recipe(job string) (method, placeholder string) {
	if job == result.LoRA {
		return "lora", "sks"
	}
	return "textual_inversion", "<s>"
}

// peerSettings are the method's defaults with the peer's choices over them, so
// that both do the same work in a step: one batch, plain mean squared error,
// AdamW without clipping or averages.
func peerSettings(j *job, method string) (tuning.Settings, error) {
	s, err := tuning.Defaults(method, tuning.IsSmall(j.model))
	if err != nil {
		return s, err
	}
	s.Steps, s.BatchSize, s.Resolution = j.steps, j.batch, j.size
	s.Accumulation, s.Views, s.Crop, s.Flip = 1, 1, 1, false
	s.Timesteps, s.Initializer = "uniform", "word"
	s.MinSNRGamma, s.MaxGradNorm, s.EMADecay = 0, 0, 0
	s.WeightDecay, s.Warmup, s.Scheduler = 1e-2, 0, "constant"
	s.Rank, s.Alpha, s.Targets, s.Vectors = 8, 8, []string{tuning.TargetAttention}, 1
	s.TrainToken, s.TrainTextEncoder = method == "textual_inversion", false
	s.LearningRate, s.TokenLearningRate, s.TextLearningRate = 1e-4, 0, 0
	if s.TrainToken {
		s.LearningRate = 4 * 5e-4
	}
	return s, nil
}

// steps are the times and losses of a run's steps.
type steps struct {
	last    time.Time
	seconds []float64
	losses  []float64
}

// report takes the time from one event to the next; the first step's, which
// compiles, begins when the pictures are prepared.
func (s *steps) report(p tuning.Progress) {
	now := time.Now()
	if p.Event == tuning.EventStep {
		s.seconds = append(s.seconds, now.Sub(s.last).Seconds())
		s.losses = append(s.losses, p.Loss)
	}
	s.last = now
}
