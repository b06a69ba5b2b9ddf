package dino

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestBicubic(t *testing.T) {
	approx := cmpopts.EquateApprox(0, 1e-6)
	t.Run("Same", func(t *testing.T) {
		want := [][]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
		if diff := cmp.Diff(want, bicubic(3, 3), approx); diff != "" {
			t.Errorf("matrix (-want +got):\n%s", diff)
		}
	})
	t.Run("Halved", func(t *testing.T) {
		// Halfway between the middle two the taps are a/8 and 1/2 - a/8.
		const outer, inner = -0.75 / 8, 0.5 + 0.75/8
		want := [][]float32{{outer + inner, inner, outer, 0}, {0, outer, inner, outer + inner}}
		if diff := cmp.Diff(want, bicubic(4, 2), approx); diff != "" {
			t.Errorf("matrix (-want +got):\n%s", diff)
		}
	})
	t.Run("KeepsConstantsAndLines", func(t *testing.T) {
		const from, to = 9, 13
		for i, row := range bicubic(from, to) {
			var sum, line float64
			for j, v := range row {
				sum += float64(v)
				line += float64(v) * float64(j)
			}
			if math.Abs(sum-1) > 1e-6 {
				t.Errorf("row %d sums to %g", i, sum)
			}
			at := (float64(i)+0.5)*from/to - 0.5
			// A cubic with a = -0.75 is not exact for lines, but close; at the
			// ends the taps are not symmetric.
			if at > 1 && at < from-2 && math.Abs(line-at) > 0.1 {
				t.Errorf("row %d of a line is %g, want about %g", i, line, at)
			}
		}
	})
}
