package nn

import (
	"github.com/gomlx/compute/dtypes"
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
	d := x.Shape().Dimensions
	c := d[3]
	y := Reshape(p.as(x, dtypes.Float32), d[0], d[1]*d[2], n.Groups, c/n.Groups)
	y = Reshape(standardise(y, n.Eps, 1, 3), d...)
	return p.Cast(p.affine(y, n.Weight, n.Bias))
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
	y := standardise(p.as(x, dtypes.Float32), n.Eps, -1)
	return p.Cast(p.affine(y, n.Weight, n.Bias))
}

// standardise subtracts the mean and divides by sqrt(variance + eps). The
// reciprocal of a square root is written out because GoMLX's Rsqrt has no
// gradient.
func standardise(x *Node, eps float64, axes ...int) *Node {
	x = Sub(x, ReduceAndKeep(x, ReduceMean, axes...))
	variance := ReduceAndKeep(Square(x), ReduceMean, axes...)
	return Mul(x, Reciprocal(Sqrt(AddScalar(variance, eps))))
}

// affine scales and shifts the last axis in x's own precision.
func (p *Pass) affine(x *Node, weight, bias *Param) *Node {
	w := p.as(p.Stored(x, weight), x.DType())
	b := p.as(p.Stored(x, bias), x.DType())
	return Add(Mul(x, ExpandLeftToRank(w, x.Rank())), ExpandLeftToRank(b, x.Rank()))
}
