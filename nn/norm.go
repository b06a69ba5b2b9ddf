package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// GroupNorm normalises each group of channels of a picture over its pixels
// (Wu and He, arXiv 1803.08494), in float32 whatever the pass's precision.
type GroupNorm struct {
	Weight, Bias *Param // [channels]
	Groups       int
	Eps          float64
}

// NewGroupNorm declares NAME.weight and NAME.bias.
func NewGroupNorm(b Builder, groups, channels int, eps float64) *GroupNorm {
	return &GroupNorm{
		Weight: b.Param("weight", Init{Kind: InitOnes}, channels),
		Bias:   b.Param("bias", Init{}, channels),
		Groups: groups, Eps: eps,
	}
}

// Forward maps [batch, height, width, channels] to the same shape.
func (n *GroupNorm) Forward(p *Pass, x *Node) *Node {
	return n.Activate(p, x, func(x *Node) *Node { return x })
}

// Activate is an activation behind the norm. For the gradient of a large picture
// only the picture itself is kept.
func (n *GroupNorm) Activate(p *Pass, x *Node, activation func(*Node) *Node) *Node {
	return p.normalise(x, n.Weight, n.Bias, func(x, weight, bias *Node) *Node {
		d := x.Shape().Dimensions
		y := Reshape(x, d[0], d[1]*d[2], n.Groups, d[3]/n.Groups)
		y = Reshape(standardise(y, n.Eps, 1, 3), d...)
		return activation(affine(y, weight, bias))
	})
}

// LayerNorm normalises the last axis (Ba et al., arXiv 1607.06450), in float32.
type LayerNorm struct {
	Weight, Bias *Param // [channels]
	Eps          float64
}

// NewLayerNorm declares NAME.weight and NAME.bias.
func NewLayerNorm(b Builder, channels int, eps float64) *LayerNorm {
	return &LayerNorm{
		Weight: b.Param("weight", Init{Kind: InitOnes}, channels),
		Bias:   b.Param("bias", Init{}, channels),
		Eps:    eps,
	}
}

// Forward maps [..., channels] to the same shape.
func (n *LayerNorm) Forward(p *Pass, x *Node) *Node {
	return p.normalise(x, n.Weight, n.Bias, func(x, weight, bias *Node) *Node {
		return affine(standardise(x, n.Eps, -1), weight, bias)
	})
}

// standardise subtracts the mean and divides by sqrt(variance + eps). The
// reciprocal of a square root is written out because GoMLX's Rsqrt has no
// gradient.
func standardise(x *Node, eps float64, axes ...int) *Node {
	x = Sub(x, ReduceAndKeep(x, ReduceMean, axes...))
	variance := ReduceAndKeep(Square(x), ReduceMean, axes...)
	return Mul(x, Reciprocal(Sqrt(AddScalar(variance, eps))))
}

// affine scales and shifts the last axis.
func affine(x, weight, bias *Node) *Node {
	return Add(Mul(x, ExpandLeftToRank(weight, x.Rank())), ExpandLeftToRank(bias, x.Rank()))
}

// normalise applies a norm.
func (p *Pass) normalise(x *Node, weight, bias *Param, norm func(x, weight, bias *Node) *Node) *Node {
	return p.lightly(func(in []*Node) *Node { return norm(in[0], in[1], in[2]) }, x, p.Value(x, weight), p.Value(x, bias))
}
