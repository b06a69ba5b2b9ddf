package main

import (
	"testing"

	"github.com/ichimai/ichimai/measure"
)

func TestRank(t *testing.T) {
	texts := []measure.Embedding{{1, 0}, {0.6, 0.8}, {0, 1}, {0.6, 0.8}}
	for own, want := range []int{3, 0, 2, 0} { // the second and the last are alike: neither is nearer
		if got := rank(texts, measure.Embedding{0.5, 0.75}, own); got != want {
			t.Errorf("%d texts are nearer than number %d, want %d", got, own, want)
		}
	}
}
