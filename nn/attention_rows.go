package nn

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Scores up to wholeScores bytes are held whole. Larger ones are made in parts
// of about so many bytes, small enough for a processor's last cache, but in no
// more parts than that: each is compiled by itself, for go-xla has no sums and
// maxima inside loops. The gradient holds more arrays of a part's size at once.
const (
	wholeScores       = 16 << 20
	forwardPart       = 16 << 20
	gradientPart      = 16 << 20
	mostForwardParts  = 32
	mostGradientParts = 32
	addedAtOnce       = 8 // shares of the gradients for k and v
)

// scoreBytes is the size of the scores [batch, heads, n, m] in float32.
func scoreBytes(q, k *Node, heads int) int {
	return 4 * q.Shape().Dim(0) * heads * q.Shape().Dim(1) * k.Shape().Dim(1)
}

// rowsAtOnce is how many of n queries attend at a time, so that their share of
// the scores is about part bytes.
func rowsAtOnce(n, scores, part, most int) int {
	parts := min((scores+part-1)/part, most)
	return (n + parts - 1) / parts
}

// attendByRows is attention of scaled queries that holds the scores of some
// rows at a time. Its gradient is computed in the same manner from q, k and v
// alone (Dao et al., arXiv 2205.14135, without tiles along the keys).
func attendByRows(p *Pass, q, k, v *Node, heads int) *Node {
	batch, n, scores := q.Shape().Dim(0), q.Shape().Dim(1), scoreBytes(q, k, heads)
	q, k, v = byHead(q, heads), byHead(k, heads), byHead(v, heads)
	rows := rowsAtOnce(n, scores, forwardPart, mostForwardParts)
	if p.Gradients == NoGradients {
		return fromHead(p.attendForward(q, k, v, rows), batch, heads)
	}
	forward := p.attendForward(StopGradient(q), StopGradient(k), StopGradient(v), rows)
	out := withGradient(forward, []*Node{q, k, v}, func(in []*Node, y *Node) []*Node {
		return p.attendGradient(in[0], in[1], in[2], y, rowsAtOnce(n, scores, gradientPart, mostGradientParts))
	})
	return fromHead(out, batch, heads)
}

// attendForward maps q [batch*heads, n, d], k and v [batch*heads, m, d] to
// [batch*heads, n, d]. Softmax's sums are one more column of the product with v,
// and its division is done there, on d columns in place of m.
func (p *Pass) attendForward(q, k, v *Node, rows int) *Node {
	n, d := q.Shape().Dim(1), v.Shape().Dim(2)
	v = Concatenate([]*Node{v, OnesLike(Slice(v, AxisRange(), AxisRange(), AxisRange(0, 1)))}, 2)
	var parts []*Node
	for at := 0; at < n; at += rows {
		query := after(rowsOf(q, at, min(rows, n-at)), last(parts)...)
		scores := multiply(p.DType, "bqd,bkd->bqk", query, k)
		weights := Exp(Sub(scores, ReduceAndKeep(scores, ReduceMax, -1)))
		sums := multiply(p.DType, "bqk,bkd->bqd", weights, v)
		parts = append(parts, Div(sliceOf(sums, 0, d), sliceOf(sums, d, d+1)))
	}
	return Concatenate(parts, 1)
}

// sliceOf are the columns from and on, up to to, of [batch, n, d].
func sliceOf(x *Node, from, to int) *Node {
	return Slice(x, AxisRange(), AxisRange(), AxisRange(from, to))
}

// attendGradient are the gradients for q, k and v, where out [batch*heads, n, d]
// is the one for the output. The scores stand on their side, [batch*heads, m,
// rows]: XLA's products over the last axis are the fast ones, and k and v take
// most of the products.
func (p *Pass) attendGradient(q, k, v, out *Node, rows int) []*Node {
	n := out.Shape().Dim(1)
	var parts, forK, forV []*Node
	var done []*Node // what the next part waits for
	for at := 0; at < n; at += rows {
		count := min(rows, n-at)
		query, back := after(rowsOf(q, at, count), done...), rowsOf(out, at, count)
		weights := Softmax(multiply(p.DType, "bkd,bqd->bkq", k, query), 1)
		scores := multiply(p.DType, "bkd,bqd->bkq", v, back)
		scores = Mul(weights, Sub(scores, ReduceAndKeep(Mul(weights, scores), ReduceSum, 1)))
		forK = append(forK, multiply(p.DType, "bkq,bqd->bkd", scores, query))
		forV = append(forV, multiply(p.DType, "bkq,bqd->bkd", weights, back))
		parts = append(parts, TransposeAllAxes(multiply(p.DType, "bkd,bkq->bdq", k, scores), 0, 2, 1))
		done = []*Node{last(parts)[0], last(forK)[0], last(forV)[0]}
		if len(forK) == addedAtOnce || at+rows >= n {
			forK, forV = []*Node{total(forK)}, []*Node{total(forV)}
			done = append(done, settled(forK[0]), settled(forV[0]))
		}
	}
	// The last part's scores would otherwise be kept until the others are asked for.
	return []*Node{after(Concatenate(parts, 1), done...), forK[0], forV[0]}
}

// total is the sum of a list.
func total(list []*Node) *Node {
	sum := list[0]
	for _, x := range list[1:] {
		sum = Add(sum, x)
	}
	return sum
}

// settled waits for x to be there: XLA fuses no sum into a product, so x is made
// in its own place, and what it was made of can go. Without it all sums of the
// same array would become one, made at the end from all that was ever added.
func settled(x *Node) *Node {
	return Einsum("bmd,d->bm", x, Ones(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(-1))))
}

// last is the last part, if any: what the next one waits for, so that parts are
// computed one after the other and their scores take each other's place in memory.
func last(parts []*Node) []*Node {
	if len(parts) == 0 {
		return nil
	}
	return parts[len(parts)-1:]
}

// rowsOf are count rows of [batch, n, d].
func rowsOf(x *Node, from, count int) *Node {
	return Slice(x, AxisRange(), AxisRange(from, from+count), AxisRange())
}

// byHead maps [batch, n, heads*d] to [batch*heads, n, d].
func byHead(x *Node, heads int) *Node {
	d := x.Shape().Dimensions
	x = TransposeAllAxes(Reshape(x, d[0], d[1], heads, d[2]/heads), 0, 2, 1, 3)
	return Reshape(x, d[0]*heads, d[1], d[2]/heads)
}

// fromHead is the reverse of byHead.
func fromHead(x *Node, batch, heads int) *Node {
	d := x.Shape().Dimensions
	x = TransposeAllAxes(Reshape(x, batch, heads, d[1], d[2]), 0, 2, 1, 3)
	return Reshape(x, batch, d[1], heads*d[2])
}
