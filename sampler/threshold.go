package sampler

import (
	"math"
	"slices"
)

// limiter keeps estimates of x0 inside the range of the data, for models of
// pixels; latents are left as they are.
type limiter struct {
	config Config
	batch  int       // how many samples a slice holds
	sorted []float32 // scratch
}

func (l *limiter) apply(denoised []float32) {
	switch {
	case l.config.Thresholding:
		size := len(denoised) / l.batch
		for i := range l.batch {
			l.threshold(denoised[i*size : (i+1)*size])
		}
	case l.config.ClipSample:
		clamp(denoised, float32(l.config.ClipSampleRange), 1)
	}
}

// threshold clips one sample at a quantile of its magnitudes and divides by
// it, so that saturated values move inwards (Imagen, arXiv:2205.11487,
// section 2.3).
func (l *limiter) threshold(x []float32) {
	l.sorted = l.sorted[:0]
	for _, v := range x {
		l.sorted = append(l.sorted, float32(math.Abs(float64(v))))
	}
	slices.Sort(l.sorted)
	s := quantile(l.sorted, l.config.DynamicThresholdingRatio)
	s = min(max(s, 1), l.config.SampleMaxValue)
	clamp(x, float32(s), float32(s))
}

// quantile interpolates linearly between the two nearest of sorted values.
func quantile(sorted []float32, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	low := int(rank)
	high := min(low+1, len(sorted)-1)
	a, b := float64(sorted[low]), float64(sorted[high])
	return a + (b-a)*(rank-float64(low))
}

func clamp(x []float32, limit, divisor float32) {
	for i, v := range x {
		x[i] = min(max(v, -limit), limit) / divisor
	}
}
