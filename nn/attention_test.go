package nn_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

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
	got := b.run(nn.Options{}, func(p *nn.Pass, in []*Node) []*Node {
		return []*Node{nn.Attention(p, in[0], in[1], in[2], heads, nil), nn.Attention(p, in[0], in[1], in[2], heads, in[3])}
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
	got := setup(t).run(nn.Options{}, func(p *nn.Pass, in []*Node) []*Node {
		mask := nn.CausalMask(in[0].Graph(), n)
		return []*Node{mask, nn.Attention(p, in[0], in[1], in[2], heads, mask)}
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

// Sequences this long are attended some rows at a time; the number of rows does
// not divide them.
func TestAttentionByRows(t *testing.T) {
	const batch, n, m, heads, width = 1, 2101, 2048, 2, 3
	q, k, v := waveTensor(1, batch, n, heads*width), waveTensor(2, batch, m, heads*width), waveTensor(3, batch, m, heads*width)
	flat := func(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }
	plain := func(p *nn.Pass, in []*Node) *Node { // a mask of zeros keeps the scores whole
		return nn.Attention(p, in[0], in[1], in[2], heads, Zeros(in[0].Graph(), shapes.Make(dtypes.Float32, 1, 1, 1, m)))
	}
	gradients := func(out *Node, in []*Node) []*Node { return Gradient(ReduceAllSum(Mul(out, in[3])), in[:3]...) }
	for _, checkpoint := range []bool{false, true} {
		got := setup(t).run(nn.Options{Checkpoint: checkpoint, Gradients: nn.InputGradients}, func(p *nn.Pass, in []*Node) []*Node {
			q := p.Enter(MulScalar(in[0], 1.5))
			rows := p.Leave(MulScalar(nn.Attention(p, q, in[1], in[2], heads, nil), 2))
			whole := MulScalar(plain(p, []*Node{MulScalar(in[0], 1.5), in[1], in[2]}), 2)
			return append([]*Node{rows, whole}, append(gradients(rows, in), gradients(whole, in)...)...)
		}, q, k, v, waveTensor(4, batch, n, heads*width))
		for i, what := range []string{"of queries", "of keys", "of values"} {
			near(t, "gradient "+what, got[2+i], got[5+i], 1e-5)
		}
		near(t, "output", got[0], got[1], 3e-6)
		scaled := flat(q)
		for i := range scaled {
			scaled[i] *= 1.5
		}
		want := attend(scaled, flat(k), flat(v), batch, n, m, heads, width, func(int, int) float64 { return 0 })
		for i := range want {
			want[i] *= 2
		}
		near(t, "output as the paper writes it", got[0], want, 1e-5)
	}
}
