package phash

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/ichimai/ichimai/picture"
)

// Bits is the length of a hash.
const Bits = 64

const (
	side  = 32 // of the gray copy that is transformed, in cells
	waves = 8  // frequencies that are kept each way, from 1 on
)

// Hash is a perceptual hash. Bit 8v+u says whether the coefficient of the frequencies
// u+1 across and v+1 down is above the median of all 64.
type Hash uint64

// Of is the hash of a whole picture.
func Of(p *picture.Picture) Hash {
	var c cells
	plane := newPlane(p)
	plane.cells(plane.whole(), &c)
	return hashOf(&c)
}

// Distance is the number of bits in which two hashes differ, from 0 to [Bits].
func (h Hash) Distance(other Hash) int { return bits.OnesCount64(uint64(h ^ other)) }

// String is the hash in 16 hexadecimal digits.
func (h Hash) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// Parse reads what String writes.
func Parse(s string) (Hash, error) {
	v, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != Bits/4 {
		return 0, fmt.Errorf("parse perceptual hash: %.40q is not %d hexadecimal digits", s, Bits/4)
	}
	return Hash(v), nil
}

// cosines are rows 1 to waves of the discrete cosine transform (DCT-II) over side cells,
// of which the first half is enough: [waves][side/2]. Row 0, the mean, is left out, as in
// the paper.
var cosines = func() (c [waves][side / 2]float64) {
	for k := range c {
		for x := range c[k] {
			c[k][x] = math.Cos(math.Pi / side * float64(k+1) * (float64(x) + 0.5))
		}
	}
	return c
}()

// transform is rows 1 to waves of the transform of values that lie a step apart. Odd rows
// are antisymmetric about the middle and even ones symmetric, which halves the work.
func transform(values []float64, step int) (out [waves]float64) {
	var sums, differences [side / 2]float64
	for x := range sums {
		a, b := values[x*step], values[(side-1-x)*step]
		sums[x], differences[x] = a+b, a-b
	}
	for k := 0; k < waves; k += 2 { // rows k+1, odd, and k+2
		odd, even := &cosines[k], &cosines[k+1]
		var first, second float64
		for x := range sums {
			first += odd[x] * differences[x]
			second += even[x] * sums[x]
		}
		out[k], out[k+1] = first, second
	}
	return out
}

// hashOf is the hash of gray cells.
func hashOf(c *cells) Hash {
	var half [side * waves]float64 // transformed across, [side][waves]
	for y := range side {
		row := transform(c[y*side:], 1)
		copy(half[y*waves:], row[:])
	}
	var all [Bits]float64
	for u := range waves {
		for v, value := range transform(half[u:], waves) {
			all[waves*v+u] = value
		}
	}
	return aboveMedian(&all)
}

func aboveMedian(all *[Bits]float64) (h Hash) {
	sorted := *all
	slices.Sort(sorted[:])
	median := (sorted[Bits/2-1] + sorted[Bits/2]) / 2
	for i, v := range all {
		if v > median {
			h |= 1 << i
		}
	}
	return h
}
