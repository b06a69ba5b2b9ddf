package sampler

import (
	"context"
	"math"
	"slices"
)

var unipcScheduler = &scheduler{
	class: "UniPCMultistepScheduler",
	keys: []string{"solver_order", "thresholding", "dynamic_thresholding_ratio", "sample_max_value", "predict_x0",
		"solver_type", "lower_order_final", "disable_corrector", "use_karras_sigmas", "use_exponential_sigmas",
		"use_beta_sigmas", "use_flow_sigmas", "use_dynamic_shifting", "final_sigmas_type", "sigma_min", "sigma_max",
		"rescale_betas_zero_snr"},
	change: func(c *Config) {
		c.SolverOrder, c.SolverType = 2, "bh2"
		c.PredictX0, c.LowerOrderFinal = true, true
	},
	plan:        unipcPlan,
	walk:        unipc,
	keepsSignal: true,
}

func unipcPlan(c Config, s *Schedule, steps int, strength float64) (*Plan, error) {
	table := noiseLevels(c, s)
	l := levels{timesteps: spacing{last: c.NumTrainTimesteps, open: true}.spread(c, steps)}
	l.sigmas = interpolate(table, l.timesteps)
	smallest := table[0]
	if l.respace(c, table, table[len(table)-1], table[0]) {
		l.wholeTimesteps(c.UseKarrasSigmas)
		smallest = l.sigmas[len(l.sigmas)-1]
	}
	l.end(c, smallest)
	return l.plan(preserving, strength)
}

// unipc is the unified predictor-corrector of Zhao et al. (arXiv:2302.04867,
// algorithms 5 to 8): each new estimate first corrects the step that led to
// it, then predicts the next.
func unipc(ctx context.Context, r *run) error {
	c, legs := r.plan.Config, r.plan.Legs
	u := uniStep{config: c, legs: legs, past: newHistory(c.SolverOrder, len(r.x)), residual: make([]float32, len(r.x))}
	start := slices.Clone(r.x) // the sample that the last step began at
	order := 0
	for i := range legs {
		y, err := r.estimate(ctx, i)
		if err != nil {
			return err
		}
		newest := y.denoised
		if !c.PredictX0 {
			newest = y.noise
		}
		if i > 0 && !slices.Contains(c.DisableCorrector, r.plan.Skip+i-1) {
			u.correct(r.x, start, newest, i-1, order)
		}
		u.past.push(newest)
		copy(start, r.x)
		order = unipcOrder(r.plan, i)
		u.predict(r.x, i, order)
		r.report(i, y.denoised)
	}
	return nil
}

// unipcOrder lowers the order at the start and towards the end.
func unipcOrder(p *Plan, i int) int {
	order := min(p.Config.SolverOrder, depth(p.Legs, i)+1)
	if p.Config.LowerOrderFinal {
		order = min(order, len(p.Legs)-i)
	}
	return order
}

// uniStep holds what the predictor and the corrector share.
type uniStep struct {
	config   Config
	legs     []Leg
	past     *history
	residual []float32
}

// predict moves x over leg i by UniP of the given order.
func (u *uniStep) predict(x []float32, i, order int) {
	clear(u.residual)
	if order > 1 {
		rks, b := u.system(i, order)
		rhos := []float64{0.5}
		if order > 2 {
			rhos = solveVandermonde(rks[:order-1], b[:order-1])
		}
		u.differences(rks, rhos)
	}
	u.move(x, x, i, order > 1)
}

// correct remakes x, the end of leg i, from the leg's start and the newest
// estimate by UniC of the given order.
func (u *uniStep) correct(x, start, newest []float32, i, order int) {
	clear(u.residual)
	rks, rhos := []float64{1}, []float64{0.5}
	if order > 1 {
		var b []float64
		rks, b = u.system(i, order)
		rhos = solveVandermonde(rks, b)
	}
	u.differences(rks, rhos[:order-1])
	last := rhos[order-1]
	mix(u.residual, term{1, u.residual}, term{last, newest}, term{-last, u.past.at(0)})
	u.move(x, start, i, true)
}

// differences adds the divided differences of past estimates, weighted.
func (u *uniStep) differences(rks, rhos []float64) {
	for k, rho := range rhos {
		w := rho / rks[k]
		mix(u.residual, term{1, u.residual}, term{w, u.past.at(k + 1)}, term{-w, u.past.at(0)})
	}
}

// move writes the end of leg i to x: the first-order step from start, and the
// residual where it is used.
func (u *uniStep) move(x, start []float32, i int, residual bool) {
	leg := u.legs[i]
	keep, pull := leg.To.Sigma/leg.From.Sigma, leg.To.Alpha
	if !u.config.PredictX0 {
		keep, pull = leg.To.Alpha/leg.From.Alpha, leg.To.Sigma
	}
	hh := u.step(leg)
	terms := []term{{keep, start}, {-pull * math.Expm1(hh), u.past.at(0)}}
	if residual {
		terms = append(terms, term{-pull * u.scale(hh), u.residual})
	}
	mix(x, terms...)
}

// step is the signed length of a leg: negative in x0, positive in noise.
func (u *uniStep) step(leg Leg) float64 {
	if u.config.PredictX0 {
		return -leg.length()
	}
	return leg.length()
}

// scale is the paper's B(h): h for bh1, e^h - 1 for bh2.
func (u *uniStep) scale(hh float64) float64 {
	if u.config.SolverType == "bh1" {
		return hh
	}
	return math.Expm1(hh)
}

// system gives the positions of the estimates around leg i, in units of its
// length with the leg's end last, and the right-hand sides that the weights
// must meet (equation 10 of the paper).
func (u *uniStep) system(i, order int) (rks, b []float64) {
	leg := u.legs[i]
	h, hh := leg.length(), u.step(leg)
	for k := 1; k < order; k++ {
		rks = append(rks, (u.legs[i-k].From.lambda()-leg.From.lambda())/h)
	}
	rks = append(rks, 1)
	factorial := 1.0
	phi := math.Expm1(hh)/hh - 1
	for k := 1; k <= order; k++ {
		b = append(b, phi*factorial/u.scale(hh))
		factorial *= float64(k + 1)
		phi = phi/hh - 1/factorial
	}
	return rks, b
}

// solveVandermonde finds w with sum_j w[j] * x[j]^k = b[k] for every k, by
// elimination (Björck and Pereyra's dual algorithm; the x are distinct).
func solveVandermonde(x, b []float64) []float64 {
	w := slices.Clone(b)
	n := len(w)
	for k := range n - 1 {
		for i := n - 1; i > k; i-- {
			w[i] -= x[k] * w[i-1]
		}
	}
	for k := n - 2; k >= 0; k-- {
		for i := k + 1; i < n; i++ {
			w[i] /= x[i] - x[i-k-1]
		}
		for i := k; i < n-1; i++ {
			w[i] -= w[i+1]
		}
	}
	return w
}
