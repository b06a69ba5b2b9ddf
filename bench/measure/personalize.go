package main

import (
	"context"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

// measurePersonalize times whole concepts by the program's own method and settings,
// from a picture that has been read on. Only the number of steps is the job's.
func measurePersonalize(ctx context.Context, j *job, r *result.Result) error {
	photo, err := picture.Open(j.photo)
	if err != nil {
		return err
	}
	settings, err := tuning.Defaults("encoder", tuning.IsSmall(j.model))
	if err != nil {
		return err
	}
	settings.Steps, settings.Resolution = j.steps, j.size
	seconds, err := timed(ctx, j.runs+1, func() error {
		_, err := tuning.Learn(ctx, "encoder", tuning.Job{
			Model: j.model, Pictures: []*picture.Picture{photo}, Placeholder: "<s>", Settings: settings,
		})
		return err
	})
	if err != nil {
		return err
	}
	r.Batch = settings.BatchSize
	r.SetRuns(seconds)
	return nil
}
