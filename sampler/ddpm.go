package sampler

import (
	"context"
	"math"
)

var ddpmScheduler = &scheduler{
	class: "DDPMScheduler",
	keys: []string{"variance_type", "clip_sample", "clip_sample_range", "thresholding",
		"dynamic_thresholding_ratio", "sample_max_value", "rescale_betas_zero_snr"},
	change:     func(c *Config) { c.ClipSample, c.TimestepSpacing, c.VarianceType = true, leading, "fixed_small" },
	variances:  []string{"fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log"},
	plan:       ddpmPlan,
	walk:       ddpm,
	noise:      noiseAlways,
	pixelBetas: true,
}

// ddpmPlan goes from each timestep to the next and at last to a clean sample.
func ddpmPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	timesteps := spacing{last: c.NumTrainTimesteps}.spread(c, steps)
	plan := &Plan{Skip: skipped(steps, strength), InitSigma: 1}
	for i := plan.Skip; i < steps; i++ {
		from, err := s.point(c, int(timesteps[i]))
		if err != nil {
			return nil, err
		}
		to := clean
		if i+1 < steps {
			to = s.At(int(timesteps[i+1])) // below the one just found
		}
		plan.Legs = append(plan.Legs, Leg{Timestep: timesteps[i], From: from, To: to})
	}
	return plan, nil
}

// ddpm is ancestral sampling of the trained Markov chain, or of a thinned one
// (Ho et al., arXiv:2006.11239, equations 6 and 7). Timestep 0 adds no noise.
func ddpm(ctx context.Context, r *run) error {
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		from, to := leg.From, leg.To
		alpha := from.Alpha / to.Alpha // square root of the paper's alpha_t
		beta := 1 - alpha*alpha
		left := to.Sigma * to.Sigma / (from.Sigma * from.Sigma)
		mix(r.x, term{to.Alpha * beta / (from.Sigma * from.Sigma), y.denoised}, term{alpha * left, r.x})
		if leg.Timestep > 0 {
			r.addNoise(ddpmDeviation(r.plan.Config.VarianceType, left*beta, beta))
		}
		r.report(i, y.denoised)
	}
	return nil
}

// ddpmDeviation is the standard deviation of a step's noise: the posterior's,
// or the larger one of the forward step. The "_log" forms are the same values
// taken by way of logarithms.
func ddpmDeviation(variance string, posterior, beta float64) float64 {
	if variance == "fixed_large" || variance == "fixed_large_log" {
		return math.Sqrt(beta)
	}
	return math.Sqrt(max(posterior, 1e-20))
}
