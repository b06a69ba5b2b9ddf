package nn

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// withGradient is forward, a node made of operands without their gradients, with
// a gradient of its own: from the operands and the output's gradient, in forward's
// shape, gradient makes one for each operand.
//
// GoMLX lets an identity have a gradient of its own, no other operation. So the
// operands and zeros in the output's place pass one as a single array: what comes
// back to the zeros is the output's gradient. XLA sees through the joining and
// taking apart and does none of it.
func withGradient(forward *Node, operands []*Node, gradient func(operands []*Node, y *Node) []*Node) *Node {
	parts := append(append([]*Node{}, operands...), ZerosLike(forward))
	last := len(operands)
	all := IdentityWithCustomGradient(joinFlat(parts), func(all, back *Node) *Node {
		y := takeFlat(back, parts, last)
		of := make([]*Node, last)
		for i := range of {
			of[i] = takeFlat(all, parts, i)
		}
		return joinFlat(append(gradient(of, y), y))
	})
	return Add(StopGradient(forward), takeFlat(all, parts, last))
}

// recomputed is f of operands. What it computes on the way is not kept for the
// gradient but computed again.
func recomputed(f func(operands []*Node) *Node, operands ...*Node) *Node {
	stopped := make([]*Node, len(operands))
	for i, x := range operands {
		stopped[i] = StopGradient(x)
	}
	return withGradient(f(stopped), operands, func(operands []*Node, y *Node) []*Node {
		y = StopGradient(y)
		for i, x := range operands {
			operands[i] = after(x, y) // or XLA would find that it was all computed before, and keep it
		}
		return Gradient(ReduceAllSum(Mul(f(operands), y)), operands...)
	})
}

// worthRecomputing is the size in bytes from which on cheap layers are recomputed.
const worthRecomputing = 512 << 10

// lightly is f of operands, of which the first is large: recomputed for the
// gradient where that saves memory worth the time.
func (p *Pass) lightly(f func(operands []*Node) *Node, operands ...*Node) *Node {
	return p.recompute(int(operands[0].Shape().ByteSize()), f, operands...)
}

// recompute is f of operands, recomputed for the gradient where what it would keep
// has so many bytes, unless the whole block is.
func (p *Pass) recompute(bytes int, f func(operands []*Node) *Node, operands ...*Node) *Node {
	if p.Gradients == NoGradients || p.Checkpoint || bytes < worthRecomputing {
		return f(operands)
	}
	return recomputed(f, operands...)
}

// joinFlat lays arrays out one behind the other, in float32.
func joinFlat(parts []*Node) *Node {
	flat := make([]*Node, len(parts))
	for i, p := range parts {
		flat[i] = ConvertDType(Reshape(p, p.Shape().Size()), dtypes.Float32)
	}
	return Concatenate(flat, 0)
}

// takeFlat takes the i-th of parts out of what joinFlat made of arrays of their
// shapes.
func takeFlat(all *Node, parts []*Node, i int) *Node {
	from := 0
	for _, p := range parts[:i] {
		from += p.Shape().Size()
	}
	part := Reshape(Slice(all, AxisRange(from, from+parts[i].Shape().Size())), parts[i].Shape().Dimensions...)
	return ConvertDType(part, parts[i].DType())
}
