package nn_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// attend is attention as the paper writes it, one head and query at a time.
// Shapes are [batch, n, heads*width] and [batch, m, heads*width].
func attend(q, k, v []float32, batch, n, m, heads, width int, mask func(i, j int) float64) []float32 {
	out := make([]float32, len(q))
	at := func(x []float32, length, b, i, h, c int) float64 { return float64(x[((b*length+i)*heads+h)*width+c]) }
	for b := range batch {
		for h := range heads {
			for i := range n {
				scores, total := make([]float64, m), 0.0
				for j := range m {
					var dot float64
					for c := range width {
						dot += at(q, n, b, i, h, c) * at(k, m, b, j, h, c)
					}
					scores[j] = math.Exp(dot/math.Sqrt(float64(width)) + mask(i, j))
					total += scores[j]
				}
				for c := range width {
					var sum float64
					for j := range m {
						sum += scores[j] / total * at(v, m, b, j, h, c)
					}
					out[((b*n+i)*heads+h)*width+c] = float32(sum)
				}
			}
		}
	}
	return out
}

func TestAttention(t *testing.T) {
	const batch, n, m, heads, width = 2, 3, 4, 2, 3
	q, k, v := waveTensor(1, batch, n, heads*width), waveTensor(2, batch, m, heads*width), waveTensor(3, batch, m, heads*width)
	flat := func(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }
	b := setup(t)
	got := b.run(nn.Options{}, func(_ *nn.Pass, in []*Node) []*Node {
		return []*Node{nn.Attention(in[0], in[1], in[2], heads, nil), nn.Attention(in[0], in[1], in[2], heads, in[3])}
	}, q, k, v, [][][][]float32{{{{0, 0.5, 0, -1}, {0, 0, 0, 0}, {-2, 0, 1, 0}}}})
	near(t, "without a mask", got[0], attend(flat(q), flat(k), flat(v), batch, n, m, heads, width,
		func(int, int) float64 { return 0 }), 1e-5)
	mask := [][]float64{{0, 0.5, 0, -1}, {0, 0, 0, 0}, {-2, 0, 1, 0}}
	near(t, "with a mask", got[1], attend(flat(q), flat(k), flat(v), batch, n, m, heads, width,
		func(i, j int) float64 { return mask[i][j] }), 1e-5)
}

func TestCausalMask(t *testing.T) {
	const n, heads, width = 4, 2, 2
	q, k, v := waveTensor(1, 1, n, heads*width), waveTensor(2, 1, n, heads*width), waveTensor(3, 1, n, heads*width)
	flat := func(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }
	got := setup(t).run(nn.Options{}, func(_ *nn.Pass, in []*Node) []*Node {
		mask := nn.CausalMask(in[0].Graph(), n)
		return []*Node{mask, nn.Attention(in[0], in[1], in[2], heads, mask)}
	}, q, k, v)
	for i := range n {
		for j := range n {
			if m := got[0][i*n+j]; j <= i && m != 0 || j > i && m > -1e8 {
				t.Errorf("position %d looking at %d is masked by %g", i, j, m)
			}
		}
	}
	near(t, "attention", got[1], attend(flat(q), flat(k), flat(v), 1, n, n, heads, width, func(i, j int) float64 {
		if j > i {
			return math.Inf(-1)
		}
		return 0
	}), 1e-5)
}
