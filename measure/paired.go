package measure

import (
	"fmt"
	"math"
	"slices"
)

// PairedTest compares two ways on the same subjects.
type PairedTest struct {
	// Difference is the mean of a − b, with its bootstrap interval of level 0.95.
	Difference Interval `json:"difference"`
	// P is how often a mean difference as large, either way, comes about when each
	// difference might as well have the other sign. Below 0.05 a difference is usually
	// called significant; with 5 subjects P is never below 0.0625.
	P float64 `json:"p"`
}

const (
	// pairedLevel is that of the interval of a difference.
	pairedLevel = 0.95
	// exactPairs is the number of pairs up to which all flips are tried, 2^16 of them;
	// with more, as many are drawn.
	exactPairs = 16
)

// Paired compares a with b, subject by subject: a[i] and b[i] are the mean scores of one
// subject. P is that of the sign-flip permutation test (Fisher, "The Design of
// Experiments", 1935, section 21): exact for up to 16 subjects, and from 65,536 random
// flips for more, those and the one that was observed counted together so that P is never
// 0 (Phipson and Smyth, 2010, arXiv 1603.05766). Swapping a and b turns the difference
// around and changes nothing else, nor does the order of subjects. Fewer than two subjects
// are a [TooFewError].
func Paired(a, b []float64, seed uint64) (PairedTest, error) {
	if len(a) != len(b) {
		return PairedTest{}, fmt.Errorf("%d values do not pair with %d; each subject needs one of both", len(a), len(b))
	}
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
	}
	if err := finite(differences); err != nil {
		return PairedTest{}, fmt.Errorf("paired test: %w", err)
	}
	differences, turned := upright(differences)
	interval, err := Bootstrap(differences, pairedLevel, seed)
	if err != nil {
		return PairedTest{}, fmt.Errorf("paired test: %w", err)
	}
	if turned {
		interval.Mean, interval.Low, interval.High = -interval.Mean, -interval.High, -interval.Low
	}
	return PairedTest{interval, flips(differences, seed)}, nil
}

// upright sorts differences and gives them the sign in which they come later in
// lexical order, so that those of b and a are computed with as those of a and b.
func upright(differences []float64) (values []float64, turned bool) {
	values = sorted(differences)
	other := make([]float64, len(values))
	for i, v := range values {
		other[len(values)-1-i] = 0 - v // and no negative zero
	}
	if slices.Compare(other, values) > 0 {
		return other, true
	}
	return values, false
}

// flips is the share of sign flips that give a sum as far from 0 as the values' own.
func flips(values []float64, seed uint64) float64 {
	var sum, size float64
	for _, v := range values {
		sum, size = sum+v, size+math.Abs(v)
	}
	// Equal sums of other signs differ in rounding.
	far := math.Abs(sum) - 1e-12*size
	if n := len(values); n <= exactPairs {
		count := 0
		for signs := range uint64(1) << n {
			if math.Abs(flipped(values, signs)) >= far {
				count++
			}
		}
		return float64(count) / float64(uint64(1)<<n)
	}
	return drawnFlips(values, far, seed)
}

// drawnFlips is the share among random flips and the observed one.
func drawnFlips(values []float64, far float64, seed uint64) float64 {
	const draws = 1 << exactPairs
	random, count := source(seed), 1
	for range draws {
		sum := 0.0
		for block := range slices.Chunk(values, 64) {
			sum += flipped(block, random.Uint64())
		}
		if math.Abs(sum) >= far {
			count++
		}
	}
	return float64(count) / (draws + 1)
}

// flipped is the sum of up to 64 values, those with a bit of signs negated.
func flipped(values []float64, signs uint64) (sum float64) {
	for i, v := range values {
		if signs>>i&1 != 0 {
			v = -v
		}
		sum += v
	}
	return sum
}
