package sampler

import (
	"context"
	"fmt"
	"math"
)

// run is one way from noise to sample as the samplers see it.
type run struct {
	plan    *Plan
	x       []float32 // the current sample, moved in place
	model   Model
	options Options
	limit   limiter

	input, random []float32 // scratch
	est           estimate
}

// estimate is what one call of the model says. Its slices are good until the
// next call; samplers may write to denoised.
type estimate struct {
	output   []float32 // the raw output
	denoised []float32 // x0, limited to the data's range
	noise    []float32 // the noise, from the output as it was
}

func newRun(plan *Plan, model Model, x []float32, o Options) *run {
	n := len(x)
	r := &run{plan: plan, x: x, model: model, options: o,
		limit: limiter{config: plan.Config, batch: max(o.Batch, 1)},
		input: make([]float32, n), random: make([]float32, n)}
	r.est = estimate{denoised: make([]float32, n), noise: make([]float32, n)}
	return r
}

// estimate calls the model for leg i at the current sample.
func (r *run) estimate(ctx context.Context, i int) (estimate, error) {
	leg := r.plan.Legs[i]
	at := fmt.Sprintf("sample step %d of %d (timestep %g)", i+1, len(r.plan.Legs), leg.Timestep)
	if err := ctx.Err(); err != nil {
		return estimate{}, fmt.Errorf("%s: %w", at, err)
	}
	mix(r.input, term{1 / leg.From.scale(), r.x})
	output, err := r.model(ctx, r.input, leg.Timestep)
	if err != nil {
		return estimate{}, fmt.Errorf("%s: %w", at, err)
	}
	if len(output) != len(r.x) {
		return estimate{}, fmt.Errorf("%s: the model gave %d values for %d", at, len(output), len(r.x))
	}
	if v, j := firstInfinite(output); j >= 0 {
		return estimate{}, fmt.Errorf("%s: the model gave %v at value %d; its weights or precision may be at fault", at, v, j)
	}
	prediction := r.plan.Config.PredictionType
	r.est.output = output
	toNoise(r.est.noise, prediction, r.x, output, leg.From)
	toDenoised(r.est.denoised, prediction, r.x, output, leg.From)
	r.limit.apply(r.est.denoised)
	return r.est, nil
}

// firstInfinite finds the first value that is NaN or infinite; -1 for none.
func firstInfinite(v []float32) (float32, int) {
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return x, i
		}
	}
	return 0, -1
}

// addNoise draws unit noise and adds deviation times it to the sample.
func (r *run) addNoise(deviation float64) {
	r.options.Noise.Fill(r.random)
	mix(r.x, term{1, r.x}, term{deviation, r.random})
}

// report tells the callback that the step of leg i is done.
func (r *run) report(i int, denoised []float32) {
	if r.options.Callback == nil {
		return
	}
	leg := r.plan.Legs[i]
	r.options.Callback(Step{Index: i, Total: len(r.plan.Legs), Timestep: leg.Timestep,
		Sigma: leg.From.Ratio(), Sample: r.x, Denoised: denoised})
}
