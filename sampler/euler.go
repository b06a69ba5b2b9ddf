package sampler

import (
	"context"
	"math"
)

var eulerScheduler = &scheduler{
	class: "EulerDiscreteScheduler",
	keys: []string{"interpolation_type", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas",
		"sigma_min", "sigma_max", "timestep_type", "rescale_betas_zero_snr", "final_sigmas_type"},
	change:      func(*Config) {},
	plan:        eulerPlan,
	walk:        euler,
	keepsSignal: true,
}

var eulerAncestralScheduler = &scheduler{
	class:       "EulerAncestralDiscreteScheduler",
	keys:        []string{"rescale_betas_zero_snr"},
	change:      func(*Config) {},
	plan:        eulerPlan,
	walk:        eulerAncestral,
	noise:       noiseAlways,
	keepsSignal: true,
}

// eulerPlan walks in variance-exploding coordinates at fractional timesteps.
func eulerPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	table := noiseLevels(c, s)
	top := len(table) - 1
	l := levels{timesteps: spacing{last: c.NumTrainTimesteps, fractional: true}.spread(c, steps)}
	l.sigmas = interpolate(table, l.timesteps)
	if c.InterpolationType == "log_linear" {
		l.sigmas = exponentialSigmas(table[top], table[0], steps+1)
	}
	l.respace(c, table, l.sigmas[0], l.sigmas[len(l.sigmas)-1])
	l.end(c, table[0])
	for i, t := range l.timesteps {
		l.timesteps[i] = round32(t)
		if c.TimestepType == "continuous" && c.PredictionType == VPrediction {
			l.timesteps[i] = 0.25 * math.Log(l.sigmas[i]) // the noise conditioning of EDM, arXiv:2206.00364
		}
	}
	plan, err := l.plan(exploding, strength)
	if err != nil {
		return nil, err
	}
	plan.InitSigma = l.sigmas[0]
	if c.TimestepSpacing == leading {
		plan.InitSigma = math.Sqrt(l.sigmas[0]*l.sigmas[0] + 1)
	}
	return plan, nil
}

// euler is Euler's method on the probability flow ODE of Karras et al.
// (arXiv:2206.00364, algorithm 2 without churn).
func euler(ctx context.Context, r *run) error {
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		ratio := leg.To.Sigma / leg.From.Sigma
		mix(r.x, term{ratio, r.x}, term{1 - ratio, y.denoised})
		r.report(i, y.denoised)
	}
	return nil
}

// eulerAncestral is Euler's method to a level below the next, then as much new
// noise as leads up to it: ancestral sampling (arXiv:2006.11239) in the form
// that k-diffusion gave it.
func eulerAncestral(ctx context.Context, r *run) error {
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		from, to := leg.From.Sigma, leg.To.Sigma
		up := to * math.Sqrt(max(1-to*to/(from*from), 0))
		down := to * to / from // sqrt(to^2 - up^2)
		mix(r.x, term{down / from, r.x}, term{1 - down/from, y.denoised})
		r.addNoise(up)
		r.report(i, y.denoised)
	}
	return nil
}
