package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// FrechetDistance is that of two sets of embeddings, each taken as a normal
// distribution (Heusel et al., arXiv 1706.08500, eq. 6):
//
//	|m₁ − m₂|² + Tr(C₁ + C₂ − 2 (C₁ C₂)^½)
//
// with means m and covariances C. It is 0 or more, and the smaller the more alike the
// sets are as a whole. It is not the published FID, which has the embeddings of an
// Inception network: compare numbers of one encoder alone. For sets of a few times
// their width it is too high, by more the smaller they are (Chong and Forsyth, arXiv
// 1911.07023), so compare sets of one size, or take [FrechetInterval].
//
// Sets of fewer than their width + 1 are a [TooFewError]: their covariance lacks
// directions. [DiagonalFrechetDistance] needs two.
func FrechetDistance(a, b []Embedding) (float64, error) { return full.of(a, b) }

// FrechetInterval is the distance of [FrechetDistance], less the bias that the bootstrap
// finds in it, with the basic bootstrap interval of a level (Davison and Hinkley,
// "Bootstrap Methods and their Application", 1997, sections 2.1 and 5.2), which turns the
// percentile interval around: drawing anew raises the distance as much as having a sample
// for the whole did. Both sets are drawn anew, 200 times. Bounds below 0 are 0. N is the
// size of the smaller set.
func FrechetInterval(ctx context.Context, a, b []Embedding, level float64, seed uint64) (Interval, error) {
	return full.interval(ctx, a, b, level, seed)
}

// DiagonalFrechetDistance is the Fréchet distance of two sets of embeddings, each taken
// as a normal distribution whose numbers are independent of each other:
//
//	Σᵢ (m₁ᵢ − m₂ᵢ)² + (s₁ᵢ − s₂ᵢ)²
//
// with means m and deviations s. It is for sets of fewer than their width + 1, does not
// see how the numbers hang together, and is not comparable with [FrechetDistance]. Sets of
// fewer than two are a [TooFewError].
func DiagonalFrechetDistance(a, b []Embedding) (float64, error) { return diagonal.of(a, b) }

// DiagonalFrechetInterval is [FrechetInterval] for [DiagonalFrechetDistance].
func DiagonalFrechetInterval(ctx context.Context, a, b []Embedding, level float64, seed uint64) (Interval, error) {
	return diagonal.interval(ctx, a, b, level, seed)
}

// frechet is one form of the distance.
type frechet struct {
	need     func(width int) (n int, why string)
	distance func(a, b []Embedding) (float64, error)
}

var full = frechet{
	need: func(width int) (int, string) {
		return width + 1, fmt.Sprintf("the covariance of embeddings %d wide lacks directions; take the diagonal form", width)
	},
	distance: gaussianDistance,
}

var diagonal = frechet{
	need:     func(int) (int, string) { return 2, "a deviation rests on how they differ" },
	distance: diagonalDistance,
}

// check says whether two sets are enough for a distance.
func (f frechet) check(a, b []Embedding) error {
	if err := alike([]string{"first set", "second set"}, a, b); err != nil {
		return fmt.Errorf("compare sets by Fréchet distance: %w", err)
	}
	for _, set := range [][]Embedding{a, b} {
		if err := f.enough(set); err != nil {
			return fmt.Errorf("compare sets by Fréchet distance: %w", err)
		}
	}
	return nil
}

func (f frechet) enough(set []Embedding) error {
	if len(set) == 0 {
		return some("embeddings", 0)
	}
	if need, why := f.need(len(set[0])); len(set) < need {
		return &TooFewError{Of: "embeddings", Have: len(set), Need: need, Why: why}
	}
	return nil
}

func (f frechet) of(a, b []Embedding) (float64, error) {
	if err := f.check(a, b); err != nil {
		return 0, err
	}
	return f.distance(a, b)
}

// frechetResamples is how often both sets are drawn anew: each time costs three
// decompositions of the covariance.
const frechetResamples = 200

func (f frechet) interval(ctx context.Context, a, b []Embedding, level float64, seed uint64) (Interval, error) {
	if err := checkLevel(level); err != nil {
		return Interval{}, err
	}
	if err := f.check(a, b); err != nil {
		return Interval{}, err
	}
	a, b = inOrder(a), inOrder(b)
	distance, err := f.distance(a, b)
	if err != nil {
		return Interval{}, err
	}
	random := source(seed)
	draws := make([]float64, frechetResamples)
	for i := range draws {
		if err := ctx.Err(); err != nil {
			return Interval{}, err
		}
		if draws[i], err = f.distance(drawn(a, random), drawn(b, random)); err != nil {
			return Interval{}, err
		}
	}
	low, high := between(draws, level)
	return Interval{
		Mean: max(2*distance-mean(draws), 0), Low: max(2*distance-high, 0), High: max(2*distance-low, 0),
		N: min(len(a), len(b)),
	}, nil
}

// inOrder is a copy in an order that depends on the values alone.
func inOrder(set []Embedding) []Embedding {
	return slices.SortedFunc(slices.Values(set), slices.Compare)
}

// drawn are as many embeddings, drawn with replacement.
func drawn(set []Embedding, random *rand.Rand) []Embedding {
	out := make([]Embedding, len(set))
	for i := range out {
		out[i] = set[random.IntN(len(set))]
	}
	return out
}
