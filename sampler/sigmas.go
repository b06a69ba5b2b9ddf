package sampler

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// The values of final_sigmas_type.
const (
	finalZero     = "zero"
	finalSigmaMin = "sigma_min"
)

// levels is a walk in the sigma of k-diffusion: timesteps and their noise
// levels, and the level after the last step.
type levels struct {
	timesteps []float64 // n
	sigmas    []float64 // n + 1
}

// noiseLevels is sigma / alpha of every training step, rising. The last level
// of a zero-terminal schedule would be infinite; its signal is put at 2^-24,
// the smallest that float16 holds.
func noiseLevels(c Config, s *Schedule) []float64 {
	out := make([]float64, len(s.AlphasCumprod))
	for t, a := range s.AlphasCumprod {
		if c.RescaleBetasZeroSNR && t == len(out)-1 {
			a = 1.0 / (1 << 24)
		}
		out[t] = round32(math.Sqrt(round32((1 - a) / a)))
	}
	return out
}

// at interpolates a table linearly at a fractional index within it.
func at(table []float64, index float64) float64 {
	index = min(max(index, 0), float64(len(table)-1))
	low := min(int(index), max(len(table)-2, 0))
	high := min(low+1, len(table)-1)
	return table[low] + (table[high]-table[low])*(index-float64(low))
}

// respace replaces the levels by those that the configuration asks for between
// high and low, with the fractional timesteps they lie at; false if it asks
// for none.
func (l *levels) respace(c Config, table []float64, high, low float64) bool {
	if c.SigmaMax > 0 {
		high = c.SigmaMax
	}
	if c.SigmaMin > 0 {
		low = c.SigmaMin
	}
	n := len(l.timesteps)
	switch {
	case c.UseKarrasSigmas:
		l.sigmas = karrasSigmas(high, low, n)
	case c.UseExponentialSigmas, c.UseLuLambdas:
		l.sigmas = exponentialSigmas(high, low, n)
	default:
		return false
	}
	for i, sigma := range l.sigmas {
		l.timesteps[i] = timestepOf(sigma, table)
	}
	return true
}

// karrasSigmas spaces n levels evenly in sigma^(1/7) (arXiv:2206.00364,
// equation 5 with rho = 7).
func karrasSigmas(high, low float64, n int) []float64 {
	const rho = 7
	a, b := math.Pow(high, 1.0/rho), math.Pow(low, 1.0/rho)
	return ramp(n, func(r float64) float64 { return math.Pow(a+r*(b-a), rho) })
}

// exponentialSigmas spaces n levels evenly in log sigma, which is also even in
// the half-log-SNR of the DPM-Solver papers (use_lu_lambdas).
func exponentialSigmas(high, low float64, n int) []float64 {
	a, b := math.Log(high), math.Log(low)
	return ramp(n, func(r float64) float64 { return math.Exp(a + r*(b-a)) })
}

// ramp calls f with n even values from 0 to 1.
func ramp(n int, f func(float64) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(float64(i) / float64(max(n-1, 1)))
	}
	return out
}

// timestepOf is the fractional training step whose level is sigma, by
// interpolation of the logarithms. Those of the table are float32 in the
// reference, which decides which side of a whole timestep a level falls on.
func timestepOf(sigma float64, table []float64) float64 {
	if len(table) < 2 {
		return 0
	}
	log := func(i int) float64 { return round32(math.Log(table[i])) }
	want := math.Log(max(sigma, 1e-10))
	low := sort.Search(len(table), func(i int) bool { return log(i) > want }) - 1
	low = min(max(low, 0), len(table)-2)
	w := (log(low) - want) / (log(low) - log(low+1))
	return float64(low) + min(max(w, 0), 1)
}

// plan turns levels into legs in the coordinates of point, less those that
// strength leaves out. Steps so many that two share a level are refused.
func (l levels) plan(point func(timestep, sigma float64) Point, strength float64) (*Plan, error) {
	n := len(l.timesteps)
	skip := skipped(n, strength)
	p := &Plan{Skip: skip, InitSigma: 1}
	for i := skip; i < n; i++ {
		next := 0.0 // the end has no timestep of its own
		if i+1 < n {
			next = l.timesteps[i+1]
			if l.sigmas[i] == l.sigmas[i+1] {
				return nil, fmt.Errorf("%d steps repeat the noise level of timestep %g; use fewer steps", n, next)
			}
		}
		p.Legs = append(p.Legs, Leg{
			Timestep: l.timesteps[i],
			From:     point(l.timesteps[i], l.sigmas[i]),
			To:       point(next, l.sigmas[i+1]),
		})
	}
	return p, nil
}

// interpolate reads the level of each timestep from the table.
func interpolate(table, timesteps []float64) []float64 {
	out := make([]float64, len(timesteps))
	for i, t := range timesteps {
		out[i] = at(table, t)
	}
	return out
}

// end appends the level after the last step: zero, or smallest.
func (l *levels) end(c Config, smallest float64) {
	if c.FinalSigmasType != finalSigmaMin {
		smallest = 0
	}
	l.sigmas = append(slices.Clip(l.sigmas), smallest)
}
