package sampler

import (
	"context"
	"fmt"
	"slices"
)

// Model is a network with everything but the sample bound to it: it returns
// its raw output, as long as input, for an input already scaled to unit
// variance and a timestep in training steps (fractional for some samplers).
// input is only good until it returns.
type Model func(ctx context.Context, input []float32, timestep float64) ([]float32, error)

// Step is what a callback learns after each call of the model. The slices are
// the sampler's own, good until the callback returns and not to be written.
type Step struct {
	Index, Total int       // calls of the model, from 0; PNDM makes more than it has steps
	Timestep     float64   // what the model was told
	Sigma        float64   // sigma / alpha at the start of the step; +Inf at pure noise
	Sample       []float32 // after the step, in the sampler's coordinates
	Denoised     []float32 // the estimate of x0 that the step used, for previews
}

// Options are the settings of one run.
type Options struct {
	// Steps is the number of inference steps, 1 to num_train_timesteps.
	Steps int
	// Eta is DDIM's noise, 0 to 1; other samplers do not read it.
	Eta float64
	// Noise gives the noise that stochastic samplers add; those fail without.
	Noise Noise
	// Callback, if any, is called after each call of the model.
	Callback func(Step)
	// Batch is how many samples the latents hold, for thresholding; 0 is 1.
	Batch int
	// Init is a clean sample to start from, as long as the latents: it is
	// noised with them to the level where Strength, in (0, 1] and 0 for 1,
	// of the steps are left (SDEdit, arXiv:2108.01073).
	Init     []float32
	Strength float64
}

// Sample draws a sample with a sampler of Names, or with the configuration's
// own when name is empty. latents is unit noise, which is kept; the result is
// as long. When ctx ends, the error wraps ctx.Err(); when the model gives a
// value that is not finite, the error says at which step.
func Sample(ctx context.Context, name string, c Config, model Model, latents []float32, o Options) ([]float32, error) {
	if err := o.check(model, latents); err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	strength := o.Strength
	if strength == 0 {
		strength = 1
	}
	plan, s, err := newPlan(name, c, o.Steps, strength)
	if err != nil {
		return nil, err
	}
	if o.Noise == nil && s.draws(plan, o) {
		return nil, fmt.Errorf("sample: %s draws noise at every step; set Options.Noise", s.class)
	}
	x := slices.Clone(latents)
	if o.Init != nil {
		from := plan.Legs[0].From
		mix(x, term{from.Alpha, o.Init}, term{from.Sigma, x})
	} else {
		mix(x, term{plan.InitSigma, x})
	}
	if err := s.walk(ctx, newRun(plan, model, x, o)); err != nil {
		return nil, err
	}
	return x, nil
}

func (o Options) check(model Model, latents []float32) error {
	switch {
	case model == nil:
		return fmt.Errorf("there is no model")
	case len(latents) == 0:
		return fmt.Errorf("the latents are empty")
	case !(o.Eta >= 0 && o.Eta <= 1):
		return fmt.Errorf("eta %g is not 0 to 1", o.Eta)
	case o.Batch < 0 || len(latents)%max(o.Batch, 1) != 0:
		return fmt.Errorf("%d latents do not make %d samples", len(latents), o.Batch)
	case o.Init != nil && len(o.Init) != len(latents):
		return fmt.Errorf("the start has %d values and the latents %d", len(o.Init), len(latents))
	case o.Init == nil && o.Strength != 0 && o.Strength != 1:
		return fmt.Errorf("strength %g needs a clean sample in Init to start from", o.Strength)
	}
	if _, i := firstInfinite(latents); i >= 0 {
		return fmt.Errorf("latent %d is not finite", i)
	}
	if _, i := firstInfinite(o.Init); i >= 0 {
		return fmt.Errorf("value %d of the start is not finite", i)
	}
	return nil
}
