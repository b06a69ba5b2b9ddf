package dataset

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPermuteIsABijection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, seed := rapid.IntRange(1, 300).Draw(t, "n"), rapid.Uint64().Draw(t, "seed")
		seen := make([]bool, n)
		for i := range n {
			j := permute(i, n, seed)
			if seen[j] {
				t.Fatalf("position %d of %d is hit twice", j, n)
			}
			seen[j] = true
		}
	})
}

func TestPermuteShuffles(t *testing.T) {
	const n = 1000
	stays, same := 0, 0
	for i := range n {
		if permute(i, n, 1) == i {
			stays++
		}
		if permute(i, n, 1) == permute(i, n, 2) {
			same++
		}
	}
	if stays > 10 || same > 10 {
		t.Errorf("%d of %d stay and %d are the same under another seed; about one is expected", stays, n, same)
	}
}

func TestWeighted(t *testing.T) {
	r := newRandom(1, 1)
	counts := [3]int{}
	for range 6000 {
		counts[r.weighted([]float64{1, 0, 2})]++
	}
	if counts[1] != 0 || counts[0] < 1800 || counts[0] > 2200 {
		t.Errorf("counts are %v; about 2000, 0 and 4000 are expected", counts)
	}
}
