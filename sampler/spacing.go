package sampler

import "math"

// The values of timestep_spacing (arXiv:2305.08891, table 2).
const (
	leading  = "leading"
	trailing = "trailing"
	linspace = "linspace"
)

// spacing says how a sampler spreads its steps over the training steps.
type spacing struct {
	last       int  // the number of training steps to spread over
	open       bool // steps + 1 points, of which the clean end is not used
	fractional bool // linspace is not rounded to whole timesteps
}

// spread returns the timesteps of a number of steps, from noisy to clean.
func (sp spacing) spread(c Config, steps int) []float64 {
	points := steps
	if sp.open {
		points++
	}
	switch c.TimestepSpacing {
	case trailing:
		return sp.trailing(c.NumTrainTimesteps, steps)
	case leading:
		return countdown(steps, points, func(k int) float64 {
			return float64(k*(sp.last/points) + c.StepsOffset)
		})
	}
	gap := float64(sp.last-1) / float64(max(points-1, 1))
	return countdown(steps, points, func(k int) float64 {
		if t := float64(k) * gap; sp.fractional {
			return round32(t)
		} else {
			return math.RoundToEven(t)
		}
	})
}

func countdown(steps, points int, at func(k int) float64) []float64 {
	out := make([]float64, steps)
	for i := range out {
		out[i] = at(points - 1 - i)
	}
	return out
}

// trailing counts down from the last training step. The gap is rounded as
// numpy's arange rounds it; where arange would add a point below zero from
// rounding, there is none here.
func (sp spacing) trailing(train, steps int) []float64 {
	ratio := float64(train) / float64(steps)
	count := steps
	if sp.last != train {
		count = int(math.Ceil(float64(sp.last) / ratio))
	}
	gap := (float64(sp.last) - ratio) - float64(sp.last)
	out := make([]float64, count)
	for i := range out {
		out[i] = math.RoundToEven(float64(sp.last)+float64(i)*gap) - 1
	}
	return out
}
