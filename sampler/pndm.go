package sampler

import (
	"context"
	"fmt"
	"slices"
)

var pndmScheduler = &scheduler{
	class:  "PNDMScheduler",
	keys:   []string{"skip_prk_steps", "set_alpha_to_one"},
	change: func(c *Config) { c.TimestepSpacing = leading },
	plan:   pndmPlan,
	walk:   pndm,
}

// prkSteps is how many steps the Runge-Kutta start takes, of four calls each.
const prkSteps = 3

// pndmPlan lists one leg a call. The linear multistep start (skip_prk_steps)
// makes its first step twice, the second time with the mean of both ends'
// outputs; the Runge-Kutta start makes three steps of four calls.
func pndmPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	timesteps := spacing{last: c.NumTrainTimesteps}.spread(c, steps)
	skip := skipped(steps, strength)
	timesteps = timesteps[skip:]
	b := pndmLegs{config: c, schedule: s, gap: c.NumTrainTimesteps / steps}
	if c.SkipPRKSteps {
		b.multistepStart(timesteps)
	} else {
		if len(timesteps) <= prkSteps {
			return nil, fmt.Errorf("pndm needs more than %d steps unless skip_prk_steps is set", prkSteps)
		}
		b.rungeKutta(timesteps[:prkSteps+1])
		for _, t := range timesteps[prkSteps:] {
			b.add(t, int(t), int(t)-b.gap)
		}
	}
	return &Plan{Legs: b.legs, Skip: skip, InitSigma: 1}, b.err
}

type pndmLegs struct {
	config   Config
	schedule *Schedule
	gap      int
	legs     []Leg
	err      error
}

func (b *pndmLegs) add(call float64, from, to int) {
	start, err := b.schedule.point(b.config, from)
	if err != nil {
		b.err = err
	}
	end, err := b.schedule.point(b.config, to)
	if err != nil {
		b.err = err
	}
	b.legs = append(b.legs, Leg{Timestep: call, From: start, To: end})
}

func (b *pndmLegs) multistepStart(timesteps []float64) {
	for i, t := range timesteps {
		if i == 1 {
			b.add(t, int(t)+b.gap, int(t))
		}
		b.add(t, int(t), int(t)-b.gap)
	}
}

// rungeKutta calls each step at its start, twice in the middle and at its end.
func (b *pndmLegs) rungeKutta(timesteps []float64) {
	half := b.gap / 2
	for i := range prkSteps {
		from, end := int(timesteps[i]), timesteps[i+1]
		middle := int(end) + half
		b.add(float64(from), from, from-half)
		b.add(float64(middle), from, middle)
		b.add(float64(middle), from, middle-half)
		b.add(end, from, int(end))
	}
}

// pndm is the pseudo numerical method for diffusion models of Liu et al.
// (arXiv:2202.09778, algorithm 2, equations 9, 12 and 13): DDIM's step with
// a fourth-order combination of model outputs in the place of the newest.
func pndm(ctx context.Context, r *run) error {
	start := slices.Clone(r.x) // where a step of several calls began
	blend, noise := make([]float32, len(r.x)), make([]float32, len(r.x))
	past := newHistory(4, len(r.x))
	next := plms
	if !r.plan.Config.SkipPRKSteps {
		next = prk
	}
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		if next(i, past, blend, y.output) {
			copy(start, r.x)
		}
		toNoise(noise, r.plan.Config.PredictionType, start, blend, leg.From)
		ratio := leg.To.Alpha / leg.From.Alpha // DDIM's step, without x0
		mix(r.x, term{ratio, start}, term{leg.To.Sigma - ratio*leg.From.Sigma, noise})
		r.report(i, y.denoised)
	}
	return nil
}

// plms blends the outputs of the linear multistep method for call i and
// reports whether the step begins at the current sample.
func plms(i int, past *history, blend, output []float32) bool {
	if i == 1 { // the first step once more, with the mean of its two ends
		mix(blend, term{0.5, output}, term{0.5, past.at(0)})
		return false
	}
	past.push(output)
	a, b, c, d := past.at(0), past.at(1), past.at(2), past.at(3)
	switch past.count {
	case 1:
		copy(blend, a)
	case 2:
		mix(blend, term{3. / 2, a}, term{-1. / 2, b})
	case 3:
		mix(blend, term{23. / 12, a}, term{-16. / 12, b}, term{5. / 12, c})
	default:
		mix(blend, term{55. / 24, a}, term{-59. / 24, b}, term{37. / 24, c}, term{-9. / 24, d})
	}
	return true
}

// prk blends the outputs of the Runge-Kutta start for call i, then goes on as
// plms. The fourth slot of past gathers the weighted mean of a step.
func prk(i int, past *history, blend, output []float32) bool {
	if i >= 4*prkSteps {
		return plms(i, past, blend, output)
	}
	if i%4 == 0 {
		past.push(output)
		clear(past.sum)
	}
	mix(past.sum, term{1, past.sum}, term{[]float64{1. / 6, 1. / 3, 1. / 3, 1. / 6}[i%4], output})
	if i%4 == 3 {
		copy(blend, past.sum)
	} else {
		copy(blend, output)
	}
	return i%4 == 0
}
