package nn

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Linear is y = x W^T + b over the last axis.
type Linear struct {
	name   string
	Weight *Param // [out, in]
	Bias   *Param // [out], or nil
}

// NewLinear declares a linear layer NAME.weight (and NAME.bias). It starts as
// PyTorch's does: uniform within 1/sqrt(in).
func NewLinear(b Builder, in, out int, bias bool) *Linear {
	start := Init{InitUniform, 1 / math.Sqrt(float64(in))}
	l := &Linear{name: b.Name(), Weight: b.Param("weight", start, out, in)}
	if bias {
		l.Bias = b.Param("bias", start, out)
	}
	return l
}

// Zeroed makes the layer start at 0 and returns it: for the last layer of a
// residual branch.
func (l *Linear) Zeroed() *Linear {
	l.Weight.Init = Init{}
	if l.Bias != nil {
		l.Bias.Init = Init{}
	}
	return l
}

// Name is the layer's checkpoint name, by which adapters find it.
func (l *Linear) Name() string { return l.name }

// Forward maps [..., in] to [..., out].
func (l *Linear) Forward(p *Pass, x *Node) *Node {
	return p.adaptLinear(p.Adapters, l.name, x, l.Base(p, x))
}

// Base is W x + b, without the adapters of [Options]; a blend's shared ones are a
// part of W.
func (l *Linear) Base(p *Pass, x *Node) *Node {
	y := p.linear(x, p.factor(x, l.Weight), p.Gradients != AllGradients)
	if l.Bias != nil {
		y = Add(y, ExpandLeftToRank(p.Value(x, l.Bias), y.Rank()))
	}
	return p.adaptLinear(p.shared(), l.name, x, y)
}

// Offset is what the adapters of [Options] add to Base, or nil where none knows the
// layer: Base + Offset is Forward.
func (l *Linear) Offset(p *Pass, x *Node) *Node {
	return p.adaptLinear(p.Adapters, l.name, x, nil)
}

// linear is x W^T with W [out, in], flattened to one matrix product. A frozen W has
// no gradient.
func (p *Pass) linear(x, w *Node, frozen bool) *Node {
	dims := x.Shape().Dimensions
	in, out := dims[len(dims)-1], w.Shape().Dim(0)
	flat := Reshape(x, x.Shape().Size()/in, in)
	y := p.product("ni,oi->no", flat, w, frozen)
	shape := append(append([]int{}, dims[:len(dims)-1]...), out)
	return Reshape(y, shape...)
}
