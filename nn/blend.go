package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Blend is dual-path attention (Arar et al., arXiv 2307.06925): every attention
// layer, self and cross, runs twice on the same input x and is mixed,
//
//	Alpha * attn(x, soft; W + s B A) + (1 - Alpha) * attn(x, Hard; W),
//
// where the soft prompt's states are those that the model is given. The adapters of
// [Options] are the soft branch's: in the projections of attention they change it
// alone. In all other layers, which have one branch, they apply as they do without
// a blend, whatever Alpha is.
type Blend struct {
	// Hard are the text states of the hard prompt, in which real words stand for
	// placeholders: [batch, m, context].
	Hard *Node
	// Alpha is the soft branch's share, 0 to 1: a scalar or [batch].
	Alpha *Node
	// Shared are adapters that are a part of W, in both branches and in all other
	// layers: of a style, say, in which a blended subject is drawn.
	Shared []Adapter
	// HardShared stands for Shared where a layer reads Hard, whose tokens may stand in
	// other places than the soft prompt's: the same pairs with other masks. nil is
	// Shared.
	HardShared []Adapter
}

// Mix is alpha * soft + (1 - alpha) * hard, both [batch, ...]. At alpha 0 it is hard
// to the bit.
func (b *Blend) Mix(soft, hard *Node) *Node {
	if soft == hard {
		return hard
	}
	return Add(hard, b.Weigh(Sub(soft, hard)))
}

// Weigh is alpha * x of x [batch, ...].
func (b *Blend) Weigh(x *Node) *Node { return perRow(x, b.Alpha) }

// perRow is x [batch, ...] times a factor, a scalar or [batch].
func perRow(x, factor *Node) *Node {
	factor = to(x.DType(), factor)
	if factor.IsScalar() {
		return Mul(x, factor)
	}
	shape := make([]int, x.Rank())
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = factor.Shape().Dim(0)
	return Mul(x, Reshape(factor, shape...))
}

// AtHard is the pass for layers that read Hard.
func (p *Pass) AtHard() *Pass {
	if p.Blend == nil || p.Blend.HardShared == nil {
		return p
	}
	hard, blend := *p, *p.Blend
	blend.Shared = blend.HardShared
	hard.Blend = &blend
	return &hard
}

// shared are the adapters of both branches, none without a blend.
func (p *Pass) shared() []Adapter {
	if p.Blend == nil {
		return nil
	}
	return p.Blend.Shared
}
