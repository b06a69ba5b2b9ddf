package sampler

import (
	"context"
	"fmt"
	"math"
)

var lcmScheduler = &scheduler{
	class: "LCMScheduler",
	keys: []string{"original_inference_steps", "clip_sample", "clip_sample_range", "set_alpha_to_one", "thresholding",
		"dynamic_thresholding_ratio", "sample_max_value", "timestep_scaling", "rescale_betas_zero_snr"},
	change: func(c *Config) {
		c.BetaStart, c.BetaEnd, c.BetaSchedule = 0.00085, 0.012, "scaled_linear"
		c.SetAlphaToOne, c.TimestepSpacing = true, leading
		c.OriginalInferenceSteps, c.TimestepScaling = 50, 10
	},
	plan:  lcmPlan,
	walk:  lcm,
	noise: noiseBetween,
}

// lcmPlan takes an even choice of the original_inference_steps that the model
// was distilled on; the spacing settings do not matter to it.
func lcmPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	origin := int(float64(c.OriginalInferenceSteps) * strength)
	if steps > origin {
		return nil, fmt.Errorf("lcm makes at most %d steps (original_inference_steps %d times strength %g), not %d",
			origin, c.OriginalInferenceSteps, strength, steps)
	}
	gap := c.NumTrainTimesteps / c.OriginalInferenceSteps
	plan := &Plan{InitSigma: 1}
	timestep := func(i int) int { return (origin-i*origin/steps)*gap - 1 }
	for i := range steps {
		from := s.At(timestep(i))
		to := from
		if i+1 < steps {
			to = s.At(timestep(i + 1))
		}
		plan.Legs = append(plan.Legs, Leg{Timestep: from.Timestep, From: from, To: to})
	}
	return plan, nil
}

// lcm is multistep sampling of a latent consistency model (Luo et al.,
// arXiv:2310.04378, algorithm 3): straight to x0, then noised to the next
// level, the last time not.
func lcm(ctx context.Context, r *run) error {
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		skip, out := lcmBoundary(leg.Timestep * r.plan.Config.TimestepScaling)
		mix(y.denoised, term{out, y.denoised}, term{skip, r.x})
		copy(r.x, y.denoised)
		if i+1 < len(r.plan.Legs) {
			mix(r.x, term{leg.To.Alpha, r.x})
			r.addNoise(leg.To.Sigma)
		}
		r.report(i, y.denoised)
	}
	return nil
}

// lcmBoundary weighs sample and estimate so that at time 0 the sample stands
// (arXiv:2303.01469, equation 5 with sigma_data 0.5).
func lcmBoundary(time float64) (skip, out float64) {
	const data = 0.5
	norm := time*time + data*data
	return data * data / norm, time / math.Sqrt(norm)
}
