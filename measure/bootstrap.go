package measure

import (
	"fmt"
	"math/rand/v2"
)

// Bootstrap is the mean of values and its percentile bootstrap interval (Efron,
// "Bootstrap Methods: Another Look at the Jackknife", 1979) of a level such as 0.95. The
// values must be independent: those of several pictures of one subject are not, see
// [ClusterBootstrap]. The interval is a little too narrow for few values: with 10 one of
// level 0.95 holds the true mean about 9 times in 10. One value says nothing of its
// error: fewer than two are a [TooFewError]. The same values, in any order, and the same
// seed give the same interval.
func Bootstrap(values []float64, level float64, seed uint64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if err := finite(values); err != nil {
		return Interval{}, fmt.Errorf("bootstrap: %w", err)
	}
	if len(values) < 2 {
		return Interval{}, tooFewForInterval("values", len(values))
	}
	values, random := sorted(values), source(seed)
	draws := make([]float64, resamples)
	for i := range draws {
		draws[i] = drawnMean(values, random)
	}
	out := Interval{Mean: mean(values), N: len(values)}
	out.Low, out.High = between(draws, level)
	return out, nil
}

// drawnMean is the mean of as many values, drawn from them with replacement.
func drawnMean(values []float64, random *rand.Rand) float64 {
	sum := 0.0
	for range values {
		sum += values[random.IntN(len(values))]
	}
	return sum / float64(len(values))
}

func tooFewForInterval(of string, n int) error {
	return &TooFewError{Of: of, Have: n, Need: 2, Why: "an interval rests on how they differ"}
}
