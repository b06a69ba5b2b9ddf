package loss_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/loss"
)

func TestSquaredLength(t *testing.T) {
	v := rows{{3, 4}, {0, 0}, {-1, 2}}
	out := run(t, func(in []*Node) []*Node {
		l := loss.SquaredLength(in[0])
		return append([]*Node{l}, Gradient(l, in[0])...)
	}, v.tensor())
	near(t, "length", out[0], []float32{(25 + 0 + 5) / 3.})
	near(t, "gradient", out[1], difference(v, func() (mean float64) {
		for _, row := range v {
			for _, x := range row {
				mean += x * x / float64(len(v))
			}
		}
		return mean
	}))
}
