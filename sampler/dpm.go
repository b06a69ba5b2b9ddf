package sampler

import (
	"context"
	"math"
	"sort"
	"strings"
)

var dpmScheduler = &scheduler{
	class: "DPMSolverMultistepScheduler",
	keys: []string{"solver_order", "thresholding", "dynamic_thresholding_ratio", "sample_max_value", "algorithm_type",
		"solver_type", "lower_order_final", "euler_at_final", "use_karras_sigmas", "use_exponential_sigmas",
		"use_beta_sigmas", "use_lu_lambdas", "use_flow_sigmas", "use_dynamic_shifting", "final_sigmas_type",
		"lambda_min_clipped", "variance_type", "rescale_betas_zero_snr"},
	change: func(c *Config) {
		c.SolverOrder, c.AlgorithmType, c.SolverType = 2, "dpmsolver++", "midpoint"
		c.LowerOrderFinal, c.LambdaMinClipped = true, math.Inf(-1)
	},
	variances:   []string{""},
	plan:        dpmPlan,
	walk:        dpm,
	noise:       noiseWithSDE,
	keepsSignal: true,
}

var dpmAlgorithms = []string{"dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"}

// dpmVariant is what a name such as dpmpp_2m_karras says.
func dpmVariant(algorithm string, karras bool) func(*Config) {
	return func(c *Config) {
		c.AlgorithmType, c.SolverOrder = algorithm, 2
		c.UseKarrasSigmas, c.UseExponentialSigmas, c.UseLuLambdas = karras, false, false
	}
}

func dpmPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	table := noiseLevels(c, s)
	// Very noisy steps can be left out, for the cosine schedule.
	last := sort.Search(len(table), func(t int) bool { return -math.Log(table[t]) < c.LambdaMinClipped })
	l := levels{timesteps: spacing{last: last, open: true}.spread(c, steps)}
	l.sigmas = interpolate(table, l.timesteps)
	if l.respace(c, table, table[len(table)-1], table[0]) {
		l.wholeTimesteps(!c.UseExponentialSigmas && c.BetaSchedule != "squaredcos_cap_v2")
	}
	l.end(c, table[0])
	return l.plan(preserving, strength)
}

// wholeTimesteps rounds respaced timesteps or cuts their fractions off.
func (l levels) wholeTimesteps(round bool) {
	for i, t := range l.timesteps {
		l.timesteps[i] = math.Trunc(t)
		if round {
			l.timesteps[i] = math.RoundToEven(t)
		}
	}
}

// dpm is the multistep DPM-Solver of Lu et al. (arXiv:2206.00927), in noise,
// and DPM-Solver++ (arXiv:2211.01095), in x0, of order 1 to 3, as ODE or SDE
// solvers; "DPM++ 2M" and "2M SDE" are the second-order ones of the latter.
func dpm(ctx context.Context, r *run) error {
	c := r.plan.Config
	past := newHistory(3, len(r.x))
	d1, d2 := make([]float32, len(r.x)), make([]float32, len(r.x))
	for i, leg := range r.plan.Legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		past.push(r.dpmEstimate(leg.From, y))
		order := dpmOrder(r.plan, i)
		w := dpmWeights(c.AlgorithmType, leg, order == 3 || c.SolverType == "heun")
		terms := []term{{w.x, r.x}, {w.d0, past.at(0)}, {w.d1, d1}, {w.d2, d2}}[:order+1]
		dpmDifferences(d1, d2, past, r.plan.Legs[:i+1], order)
		mix(r.x, terms...)
		if strings.HasPrefix(c.AlgorithmType, "sde-") {
			r.addNoise(w.noise)
		}
		r.report(i, y.denoised)
	}
	return nil
}

// dpmEstimate is what the algorithm extrapolates: x0, or the noise that goes
// with x0 if that was thresholded.
func (r *run) dpmEstimate(p Point, y estimate) []float32 {
	if strings.HasSuffix(r.plan.Config.AlgorithmType, "++") || r.plan.Config.AlgorithmType == "deis" {
		return y.denoised
	}
	if r.plan.Config.Thresholding {
		toNoise(y.noise, SamplePrediction, r.x, y.denoised, p)
	}
	return y.noise
}

// dpmOrder lowers the order at the start, where there is no history, and at
// the end of short runs, where high orders are unstable.
func dpmOrder(p *Plan, i int) int {
	c, left := p.Config, len(p.Legs)-i
	short := c.LowerOrderFinal && p.Steps < 15
	order := min(c.SolverOrder, depth(p.Legs, i)+1)
	switch {
	case left == 1 && (short || c.EulerAtFinal || c.FinalSigmasType == finalZero):
		return 1
	case left == 2 && short:
		return min(order, 2)
	}
	return order
}

// dpmDifferences fills d1 and d2 with the estimates' divided differences over
// the last of legs, as far as the order needs them.
func dpmDifferences(d1, d2 []float32, past *history, legs []Leg, order int) {
	if order < 2 {
		return
	}
	last := len(legs) - 1
	h := legs[last].length()
	r0 := legs[last-1].length() / h
	if order == 2 {
		mix(d1, term{1 / r0, past.at(0)}, term{-1 / r0, past.at(1)})
		return
	}
	r1 := legs[last-2].length() / h
	mix(d1, term{1 / r0, past.at(0)}, term{-1 / r0, past.at(1)})
	mix(d2, term{1 / r1, past.at(1)}, term{-1 / r1, past.at(2)})
	// The sum r0 + r1 is shared by both: d2 of the paper is (d1 - d2) over it.
	mix(d2, term{1 / (r0 + r1), d1}, term{-1 / (r0 + r1), d2})
	mix(d1, term{1, d1}, term{r0, d2})
}

// dpmTerms weighs the addends of a step: the sample, the newest estimate, its
// first and second differences, and new noise.
type dpmTerms struct{ x, d0, d1, d2, noise float64 }

// dpmWeights gives the weights of a leg for an algorithm_type. exact takes the
// exact integral of the first difference (heun, third order) and not the
// midpoint's.
func dpmWeights(algorithm string, leg Leg, exact bool) dpmTerms {
	from, to, h := leg.From, leg.To, leg.length()
	var w dpmTerms
	switch algorithm {
	case "dpmsolver":
		e := math.Expm1(h)
		w = dpmTerms{x: to.Alpha / from.Alpha, d0: -to.Sigma * e, d1: -to.Sigma * e / 2, d2: -to.Sigma * ((e-h)/(h*h) - 0.5)}
		if exact {
			w.d1 = -to.Sigma * (e/h - 1)
		}
	case "sde-dpmsolver":
		e := math.Expm1(h)
		w = dpmTerms{x: to.Alpha / from.Alpha, d0: -2 * to.Sigma * e, d1: -to.Sigma * e, noise: to.Sigma * math.Sqrt(math.Expm1(2*h))}
		if exact {
			w.d1 = -2 * to.Sigma * (e/h - 1)
		}
	case "sde-dpmsolver++":
		e := -math.Expm1(-2 * h)
		w = dpmTerms{x: to.Sigma / from.Sigma * math.Exp(-h), d0: to.Alpha * e, d1: to.Alpha * e / 2,
			d2: to.Alpha * ((e-2*h)/(4*h*h) - 0.5), noise: to.Sigma * math.Sqrt(e)}
		if exact {
			w.d1 = to.Alpha * (1 - e/(2*h))
		}
	default:
		e := math.Expm1(-h)
		w = dpmTerms{x: to.Sigma / from.Sigma, d0: -to.Alpha * e, d1: -to.Alpha * e / 2, d2: -to.Alpha * ((e+h)/(h*h) - 0.5)}
		if exact {
			w.d1 = to.Alpha * (e/h + 1)
		}
	}
	return w
}
