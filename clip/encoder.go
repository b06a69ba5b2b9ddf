package clip

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// shape is what decides an encoder's layers; both towers have one.
type shape struct {
	width, inner, layers, heads int
	act                         func(*Node) *Node
	eps                         float64
}

// encoder is CLIPEncoder: transformer layers with the norm before each branch.
type encoder struct{ layers []*layer }

func newEncoder(b nn.Builder, s shape) *encoder {
	e := &encoder{}
	for i := range s.layers {
		e.layers = append(e.layers, newLayer(b.In("layers.%d", i), s))
	}
	return e
}

// forward maps [batch, n, width] to the states before the first layer and after
// every one.
func (e *encoder) forward(p *nn.Pass, x, mask *Node) []*Node {
	states := []*Node{x}
	for _, l := range e.layers {
		x = p.Leave(l.forward(p, p.Enter(x), mask))
		states = append(states, x)
	}
	return states
}

// layer is CLIPEncoderLayer.
type layer struct {
	shape
	norm1, norm2 *nn.LayerNorm
	q, k, v, out *nn.Linear
	fc1, fc2     *nn.Linear
}

// newLayer starts as the paper's code does: deviations fall with the width, and
// those of what is added to the residual stream with the depth too.
func newLayer(b nn.Builder, s shape) *layer {
	attention, mlp := b.In("self_attn"), b.In("mlp")
	wide := math.Pow(float64(s.width), -0.5)
	deep := wide * math.Pow(float64(2*s.layers), -0.5)
	return &layer{
		shape: s,
		norm1: nn.NewLayerNorm(b.In("layer_norm1"), s.width, s.eps),
		norm2: nn.NewLayerNorm(b.In("layer_norm2"), s.width, s.eps),
		q:     newLinear(attention.In("q_proj"), s.width, s.width, wide),
		k:     newLinear(attention.In("k_proj"), s.width, s.width, wide),
		v:     newLinear(attention.In("v_proj"), s.width, s.width, wide),
		out:   newLinear(attention.In("out_proj"), s.width, s.width, deep),
		fc1:   newLinear(mlp.In("fc1"), s.width, s.inner, wide*math.Sqrt2/2),
		fc2:   newLinear(mlp.In("fc2"), s.inner, s.width, deep),
	}
}

// newLinear declares a linear layer with bias whose weights start from a normal
// of the given deviation and whose bias from 0.
func newLinear(b nn.Builder, in, out int, deviation float64) *nn.Linear {
	l := nn.NewLinear(b, in, out, true)
	l.Weight.Init, l.Bias.Init = nn.Init{Kind: nn.InitNormal, Scale: deviation}, nn.Init{}
	return l
}

// newProjection declares a linear layer without bias.
func newProjection(b nn.Builder, in, out int) *nn.Linear {
	l := nn.NewLinear(b, in, out, false)
	l.Weight.Init = nn.Init{Kind: nn.InitNormal, Scale: math.Pow(float64(in), -0.5)}
	return l
}

func (l *layer) forward(p *nn.Pass, x, mask *Node) *Node {
	h := l.norm1.Forward(p, x)
	h = nn.Attention(p, l.q.Forward(p, h), l.k.Forward(p, h), l.v.Forward(p, h), l.heads, mask)
	x = Add(x, l.out.Forward(p, h))
	h = l.act(l.fc1.Forward(p, l.norm2.Forward(p, x)))
	return Add(x, l.fc2.Forward(p, h))
}
