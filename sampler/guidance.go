package sampler

import (
	"fmt"
	"math"
)

// Guide writes classifier-free guidance, uncond + scale * (cond - uncond), to
// dst, which may be either (arXiv:2207.12598, equation 6 with w = scale - 1).
// The three have the same length.
func Guide(dst, uncond, cond []float32, scale float64) {
	mix(dst, term{1 - scale, uncond}, term{scale, cond})
}

// RescaleGuidance draws a guided prediction back towards the spread of the
// conditional one, in place: each of batch samples is given cond's standard
// deviation, then blended with itself by factor, of which the paper advises
// 0.7 and where 0 changes nothing (arXiv:2305.08891, equations 15 and 16).
func RescaleGuidance(guided, cond []float32, factor float64, batch int) error {
	if len(guided) != len(cond) || batch < 1 || len(guided)%batch != 0 {
		return fmt.Errorf("rescale guidance: %d guided and %d conditional values do not make %d samples", len(guided), len(cond), batch)
	}
	size := len(guided) / batch
	for i := range batch {
		g, c := guided[i*size:(i+1)*size], cond[i*size:(i+1)*size]
		spread := deviation(g)
		if !(spread > 0) {
			continue // one value, or all alike: nothing to scale
		}
		mix(g, term{factor*deviation(c)/spread + 1 - factor, g})
	}
	return nil
}

// deviation is the standard deviation of a sample's values, with n - 1.
func deviation(x []float32) float64 {
	mean := 0.0
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	sum := 0.0
	for _, v := range x {
		sum += (float64(v) - mean) * (float64(v) - mean)
	}
	return math.Sqrt(sum / float64(len(x)-1))
}
