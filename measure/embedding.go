package measure

import (
	"fmt"
	"math"
)

// Embedding is what an encoder makes of a picture or a text. Those of [CLIP] and
// [DINO] have length 1.
type Embedding []float32

// Cosine is that of the angle between two embeddings, in [−1, 1]. It is not a number
// where one is 0 or they differ in width.
func (e Embedding) Cosine(other Embedding) float64 {
	if len(e) != len(other) {
		return math.NaN()
	}
	var ab, aa, bb float64
	for i := range e {
		x, y := float64(e[i]), float64(other[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return min(max(ab/math.Sqrt(aa*bb), -1), 1)
}

// alike says whether sets of embeddings are of one width and have directions; the
// names of the sets, one for each, are for the error.
func alike(names []string, sets ...[]Embedding) error {
	width := 0
	for s, set := range sets {
		for i, e := range set {
			if width == 0 {
				width = len(e)
			}
			if len(e) == 0 || len(e) != width {
				return fmt.Errorf("embedding %d of the %s has %d numbers, the first has %d; they are not of one encoder", i+1, names[s], len(e), width)
			}
			if math.IsNaN(e.Cosine(e)) {
				return fmt.Errorf("embedding %d of the %s has no direction: it is 0 or has numbers that are not finite", i+1, names[s])
			}
		}
	}
	return nil
}

// TooFewError says that a measure was asked of fewer values than it needs.
type TooFewError struct {
	Of         string // what there are too few of
	Have, Need int
	Why        string // what fewer would do
}

func (e *TooFewError) Error() string {
	return fmt.Sprintf("%d %s are too few, %d or more are needed: %s", e.Have, e.Of, e.Need, e.Why)
}
