package sampler

import (
	"math"
	"math/rand/v2"
)

// Noise gives independent values of the standard normal distribution. A
// source is used by one run at a time.
type Noise interface {
	// Fill writes the next len(dst) values.
	Fill(dst []float32)
}

// NoiseFunc makes a source of a function that returns n values.
type NoiseFunc func(n int) []float32

// Fill implements Noise.
func (f NoiseFunc) Fill(dst []float32) { copy(dst, f(len(dst))) }

// Normal is this project's own generator: PCG-DXSM by the Box-Muller
// transform, the same values for a seed on every machine to the last bits of
// the platform's logarithm and sine.
type Normal struct {
	bits    *rand.PCG
	spare   float64
	isSpare bool
}

// NewNormal returns the generator of a seed.
func NewNormal(seed uint64) *Normal {
	return &Normal{bits: rand.NewPCG(seed, 0x9e3779b97f4a7c15)}
}

// Fill implements Noise.
func (n *Normal) Fill(dst []float32) {
	for i := range dst {
		dst[i] = float32(n.next())
	}
}

func (n *Normal) next() float64 {
	if n.isSpare {
		n.isSpare = false
		return n.spare
	}
	const unit = 1.0 / (1 << 53)
	u := (float64(n.bits.Uint64()>>11) + 1) * unit // (0, 1], so that its log is finite
	sin, cos := math.Sincos(2 * math.Pi * float64(n.bits.Uint64()>>11) * unit)
	radius := math.Sqrt(-2 * math.Log(u))
	n.spare, n.isSpare = radius*sin, true
	return radius * cos
}
