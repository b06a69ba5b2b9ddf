package sampler

import (
	"context"
	"math"
)

var ddimScheduler = &scheduler{
	class: "DDIMScheduler",
	keys: []string{"clip_sample", "clip_sample_range", "set_alpha_to_one", "thresholding",
		"dynamic_thresholding_ratio", "sample_max_value", "rescale_betas_zero_snr"},
	change: func(c *Config) { c.ClipSample, c.SetAlphaToOne, c.TimestepSpacing = true, true, leading },
	plan:   ddimPlan,
	walk:   ddim,
	noise:  noiseWithEta,
}

// ddimPlan steps down by an even gap whatever the spacing, as the reference
// does: with linspace and trailing the gap may miss the next timestep.
func ddimPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	timesteps := spacing{last: c.NumTrainTimesteps}.spread(c, steps)
	plan := &Plan{Skip: skipped(steps, strength), InitSigma: 1}
	for _, t := range timesteps[plan.Skip:] {
		from, err := s.point(c, int(t))
		if err != nil {
			return nil, err
		}
		to, err := s.point(c, int(t)-c.NumTrainTimesteps/steps)
		if err != nil {
			return nil, err
		}
		plan.Legs = append(plan.Legs, Leg{Timestep: t, From: from, To: to})
	}
	return plan, nil
}

// ddim is the generalised non-Markovian sampler of Song et al.
// (arXiv:2010.02502, equations 12 and 16); Eta 0 draws no noise, Eta 1 is
// DDPM's variance.
func ddim(ctx context.Context, r *run) error {
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		from, to := leg.From, leg.To
		step := from.Alpha / to.Alpha
		variance := (to.Sigma * to.Sigma) / (from.Sigma * from.Sigma) * (1 - step*step)
		deviation := r.options.Eta * math.Sqrt(max(variance, 0))
		direction := math.Sqrt(max(to.Sigma*to.Sigma-deviation*deviation, 0))
		mix(r.x, term{to.Alpha, y.denoised}, term{direction, y.noise})
		if r.options.Eta > 0 {
			r.addNoise(deviation)
		}
		r.report(i, y.denoised)
	}
	return nil
}
