package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Attention is scaled dot-product attention of several heads (Vaswani et al.,
// arXiv 1706.03762, eq. 1): q [batch, n, heads*d], k and v [batch, m, heads*d]
// to [batch, n, heads*d]. mask, if not nil, is added to the scores and
// broadcasts to [batch, heads, n, m]. Without a mask, scores of some size are not
// kept for the gradient, and large ones are never held whole.
func Attention(p *Pass, q, k, v *Node, heads int, mask *Node) *Node {
	d := q.Shape().Dimensions
	width := d[2] / heads
	split := func(x *Node) *Node { return Reshape(x, x.Shape().Dim(0), x.Shape().Dim(1), heads, width) }
	q = MulScalar(q, 1/math.Sqrt(float64(width)))
	if mask == nil && scoreBytes(q, k, heads) > wholeScores {
		return attendByRows(p, q, k, v, heads)
	}
	attend := func(in []*Node) *Node {
		scores := p.product("bqhd,bkhd->bhqk", split(in[0]), split(in[1]), false)
		if mask != nil {
			scores = Add(scores, mask)
		}
		return Reshape(p.product("bhqk,bkhd->bqhd", Softmax(scores, -1), split(in[2]), false), d[0], d[1], d[2])
	}
	if mask != nil {
		return attend([]*Node{q, k, v})
	}
	return p.recompute(scoreBytes(q, k, heads), attend, q, k, v)
}

// CausalMask is [1, 1, n, n]: 0 where a position may look (itself and before)
// and a large negative number elsewhere.
func CausalMask(g *Graph, n int) *Node {
	allowed := LowerTriangular(g, n)
	zero, low := Scalar(g, dtypes.Float32, 0.0), Scalar(g, dtypes.Float32, -1e9)
	mask := Where(allowed, BroadcastToDims(zero, n, n), BroadcastToDims(low, n, n))
	return Reshape(mask, 1, 1, n, n)
}
