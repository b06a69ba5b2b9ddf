package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is an estimate and how sure it is.
type Interval struct {
	Mean float64 `json:"mean"` // the estimate
	Low  float64 `json:"low"`  // bounds of the interval of the level that was asked for
	High float64 `json:"high"`
	N    int     `json:"n"` // how many independent values it rests on
}

// resamples is how often a set is drawn anew. At a level of 0.95 the bounds then have
// 100 draws beyond them.
const resamples = 4000

// between is the interval that holds a share of the draws, the same share of them below
// and above it (the percentile interval, Efron and Tibshirani, "An Introduction to the
// Bootstrap", 1993, section 13.3).
func between(draws []float64, level float64) (low, high float64) {
	slices.Sort(draws)
	return quantile(draws, (1-level)/2), quantile(draws, (1+level)/2)
}

// quantile of sorted values, between two of them by linear interpolation.
func quantile(sorted []float64, q float64) float64 {
	place := q * float64(len(sorted)-1)
	below := min(int(place), len(sorted)-1)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (place-float64(below))*(sorted[above]-sorted[below])
}

func checkLevel(level float64) error {
	if !(level > 0 && level < 1) {
		return fmt.Errorf("level %g is not between 0 and 1; 0.95 is usual", level)
	}
	return nil
}

// finite says which of values is none.
func finite(values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("value %d is %g", i+1, v)
		}
	}
	return nil
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// sorted is a sorted copy: what is drawn from it does not depend on the order.
func sorted(values []float64) []float64 {
	return slices.Sorted(slices.Values(values))
}

// source is the stream of random numbers of a seed.
func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6d656173757265)) }
