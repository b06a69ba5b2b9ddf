package main

import (
	"context"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/diffusion"
)

// measureGenerate draws the peer's picture: its prompt, its guidance scale and
// the folder's own scheduler.
func measureGenerate(ctx context.Context, j *job, r *result.Result) error {
	p := diffusion.NewPipeline(j.model)
	request := diffusion.Request{
		Prompt: "a photo of a cat on the beach", GuidanceScale: 7.5, Seed: 1,
		Steps: j.steps, Width: j.size, Height: j.size, GuidanceShare: j.share, DeepCache: j.deepCache,
	}
	seconds, err := timed(ctx, j.runs+1, func() error {
		_, err := p.Generate(ctx, request)
		return err
	})
	if err != nil {
		return err
	}
	r.SetRuns(seconds)
	return nil
}
