package sampler

import "math"

// The reference keeps these tables in float32 and so did the training of every
// public model. The functions here round where it rounds, because timesteps
// found from noise levels (Karras) and SNRs near the end depend on it.
func round32(v float64) float64 { return float64(float32(v)) }

// betasOf returns the noise variance of each training step (DDPM,
// arXiv:2006.11239, section 2), [num_train_timesteps].
func betasOf(c Config) []float64 {
	betas := rawBetas(c)
	if c.RescaleBetasZeroSNR {
		return rescaleZeroTerminalSNR(betas)
	}
	return betas
}

func rawBetas(c Config) []float64 {
	n := c.NumTrainTimesteps
	betas := make([]float64, n)
	if len(c.TrainedBetas) > 0 {
		for i, beta := range c.TrainedBetas {
			betas[i] = round32(beta)
		}
		return betas
	}
	switch c.BetaSchedule {
	case "linear":
		linspace32(betas, c.BetaStart, c.BetaEnd)
	case "scaled_linear": // linear in the standard deviation, as latent diffusion was trained
		linspace32(betas, math.Sqrt(c.BetaStart), math.Sqrt(c.BetaEnd))
		for i, root := range betas {
			betas[i] = round32(root * root)
		}
	case "squaredcos_cap_v2": // arXiv:2102.09672, equation 17
		betasFor(betas, func(t float64) float64 {
			return math.Pow(math.Cos((t+0.008)/1.008*math.Pi/2), 2)
		})
	case "laplace": // arXiv:2407.03297
		betasFor(betas, laplaceAlphaBar)
	case "sigmoid":
		linspace32(betas, -6, 6)
		for i, x := range betas {
			betas[i] = round32(c.BetaStart + (c.BetaEnd-c.BetaStart)/(1+math.Exp(-x)))
		}
	}
	return betas
}

// linspace32 fills dst evenly from start to end, from both ends to the middle
// so that both are met exactly: the ends and the step are float32 and each
// value is rounded once.
func linspace32(dst []float64, start, end float64) {
	n := len(dst)
	if n == 1 {
		dst[0] = round32(start)
		return
	}
	first, last := float32(start), float32(end)
	step := float64((last - first) / float32(n-1))
	for i := range dst {
		if i < n/2 {
			dst[i] = round32(float64(first) + step*float64(i))
		} else {
			dst[i] = round32(float64(last) - step*float64(n-1-i))
		}
	}
}

// betasFor fills betas so that the cumulative product of 1 - beta follows
// alphaBar over [0, 1], capped at 0.999.
func betasFor(betas []float64, alphaBar func(float64) float64) {
	n := float64(len(betas))
	for i := range betas {
		ratio := alphaBar(float64(i+1)/n) / alphaBar(float64(i)/n)
		betas[i] = round32(min(1-ratio, 0.999))
	}
}

func laplaceAlphaBar(t float64) float64 {
	lambda := -0.5 * math.Copysign(1, 0.5-t) * math.Log(1-2*math.Abs(0.5-t)+1e-6)
	snr := math.Exp(lambda)
	return math.Sqrt(snr / (1 + snr))
}

// rescaleZeroTerminalSNR shifts and scales the schedule so that the last step
// is pure noise and the first is unchanged (arXiv:2305.08891, algorithm 1).
func rescaleZeroTerminalSNR(betas []float64) []float64 {
	roots := cumulativeAlphas(betas)
	for i, v := range roots {
		roots[i] = round32(math.Sqrt(v))
	}
	first, last := roots[0], roots[len(roots)-1]
	factor := round32(first / round32(first-last))
	out := make([]float64, len(betas))
	previous := 1.0
	for i, root := range roots {
		scaled := round32(round32(root-last) * factor)
		bar := round32(scaled * scaled)
		out[i] = round32(1 - round32(bar/previous))
		previous = bar
	}
	return out
}

// cumulativeAlphas is the running product of 1 - beta: accumulated in float64
// and stored in float32, as the reference does on a CPU.
func cumulativeAlphas(betas []float64) []float64 {
	out := make([]float64, len(betas))
	product := 1.0
	for i, beta := range betas {
		product *= round32(1 - beta)
		out[i] = round32(product)
	}
	return out
}
