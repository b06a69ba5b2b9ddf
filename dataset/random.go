package dataset

import (
	"fmt"
	"math/rand/v2"
)

// random is the stream of choices of one sample.
type random struct{ *rand.Rand }

// newRandom starts the stream that (seed, index) names.
func newRandom(seed uint64, index int) random {
	a := mix64(seed)
	return random{rand.New(rand.NewPCG(a, mix64(a^uint64(index))))}
}

// mix64 is the finaliser of SplitMix64 (Steele, Lea and Flood 2014): nearby
// numbers come out unrelated.
func mix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is true with probability p.
func (r random) chance(p float64) bool { return r.Float64() < p }

// between draws evenly from [low, high).
func (r random) between(low, high float64) float64 { return low + (high-low)*r.Float64() }

// around draws evenly from [-spread, spread).
func (r random) around(spread float64) float64 { return r.between(-spread, spread) }

func pick[T any](r random, list []T) T { return list[r.IntN(len(list))] }

// weighted draws an index with the probabilities weights are proportional to.
func (r random) weighted(weights []float64) int {
	at := r.Float64() * total(weights)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func total(weights []float64) float64 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	return sum
}

// permute returns where position i of [0, n) goes in a shuffle that seed names,
// without holding the shuffled list: a Feistel network over the next power of
// four, walked until it lands inside (Black and Rogaway 2002).
func permute(i, n int, seed uint64) int {
	if i < 0 || i >= n {
		panic(fmt.Sprintf("dataset: position %d is outside [0, %d)", i, n))
	}
	half := uint(1)
	for 1<<(2*half) < n {
		half++
	}
	for x := uint64(i); ; {
		if x = feistel(x, half, seed); x < uint64(n) {
			return int(x)
		}
	}
}

func feistel(x uint64, half uint, seed uint64) uint64 {
	mask := uint64(1)<<half - 1
	left, right := x>>half, x&mask
	for round := uint64(0); round < 4; round++ {
		left, right = right, left^(mix64(seed^mix64(right+round<<32))&mask)
	}
	return left<<half | right
}
