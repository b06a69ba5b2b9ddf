package provenance

import (
	"crypto/sha256"
	"math"
	"math/bits"
	"math/rand/v2"
)

// Key is the secret of a watermark: who has it can find the mark, and remove
// it. Make one of any text with [NewKey].
type Key [32]byte

// NewKey makes a key of a secret of any length.
func NewKey(secret []byte) Key {
	return sha256.Sum256(append([]byte("ichimai watermark 1\x00"), secret...))
}

// PublicKey is the key that everybody has, for a mark that says "made with
// Ichimai" to all who look.
func PublicKey() Key { return NewKey(nil) }

// pattern says which coefficients of a grid carry which coded bit. A
// coefficient's number is its block times the number of frequencies plus its
// place among them.
type pattern struct {
	grid   grid
	chips  []int8    // the sign of each coefficient
	groups [][]int32 // the coefficients of each coded bit
}

// newPattern spreads every coded bit over the whole picture, so that a corner
// that is lost takes a little of all bits and none of them whole.
func newPattern(g grid, key Key) pattern {
	random := rand.NewChaCha8(key)
	order := make([]int32, g.size())
	for i := range order {
		order[i] = int32(i)
	}
	for i := len(order) - 1; i > 0; i-- { // Fisher and Yates, written out because rand's Shuffle may change
		j := below(random, uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
	w := pattern{grid: g, chips: make([]int8, len(order)), groups: make([][]int32, codedBits)}
	for i, k := range order {
		w.chips[i] = sign(uint8(random.Uint64() >> 63))
		w.groups[i%codedBits] = append(w.groups[i%codedBits], k)
	}
	return w
}

// below is a number from 0 to n-1.
func below(random *rand.ChaCha8, n uint64) uint64 {
	high, _ := bits.Mul64(random.Uint64(), n)
	return high
}

// sum is the signed sum of a coded bit's coefficients, and their norm, above 0.
func (w pattern) sum(bit int, c []float64) (sum, norm float64) {
	squares := 0.0
	for _, k := range w.groups[bit] {
		sum += float64(w.chips[k]) * c[k]
		squares += c[k] * c[k]
	}
	return sum, max(math.Sqrt(squares), 1e-9)
}
