package encoder

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// hypernetwork predicts a low-rank pair for each projection:
//
//	A_l = M_l P_l / sqrt(basis)        B_l = s_l Q_l N_l
//
// with learned bases P_l [basis, in] and Q_l [out, basis], mixing matrices M_l
// [rank, basis] and N_l [basis, rank] that depend on the features, and learned
// scales s_l that start at 0. Predicting A_l and B_l themselves would take a layer
// of width times 800,000 weights for Stable Diffusion 1.5 at rank 4; predicting
// how to mix learned directions takes a fiftieth of it.
type hypernetwork struct {
	config Config
	proj   *nn.Linear // to all M_l and N_l
	scale  *nn.Param  // [layers]
	down   []*nn.Param
	up     []*nn.Param
}

func newHypernetwork(b nn.Builder, c Config) *hypernetwork {
	h := &hypernetwork{
		config: c,
		proj:   nn.NewLinear(b.In("proj"), c.Width, 2*c.Rank*c.Basis*len(c.Layers), true),
		scale:  b.Param("scale", nn.Init{}, len(c.Layers)),
	}
	h.proj.Weight.Init = nn.Init{Kind: nn.InitNormal, Scale: 1 / math.Sqrt(float64(c.Width))}
	h.proj.Bias.Init = nn.Init{Kind: nn.InitNormal, Scale: 1}
	for _, l := range c.Layers {
		at := b.In("%s", l.Name)
		h.down = append(h.down, at.Param("down", nn.Init{Kind: nn.InitNormal, Scale: 1 / math.Sqrt(float64(l.In))}, c.Basis, l.In))
		h.up = append(h.up, at.Param("up", nn.Init{Kind: nn.InitNormal, Scale: 1 / math.Sqrt(float64(c.Basis*c.Rank))}, l.Out, c.Basis))
	}
	return h
}

// forward maps [batch, width] to the pairs of each layer, [batch, rank, in] and
// [batch, out, rank].
func (h *hypernetwork) forward(p *nn.Pass, x *Node) (down, up []*Node) {
	c, batch := h.config, x.Shape().Dim(0)
	mixing := Reshape(h.proj.Forward(p, x), batch, len(c.Layers), 2, c.Rank, c.Basis)
	scales := p.Value(x, h.scale)
	for i := range c.Layers {
		both := Squeeze(SliceAxis(mixing, 1, AxisElem(i)), 1)
		m := Squeeze(SliceAxis(both, 1, AxisElem(0)), 1) // [batch, rank, basis]
		n := Squeeze(SliceAxis(both, 1, AxisElem(1)), 1) // N_l transposed
		a := Einsum("brm,mi->bri", m, p.Value(x, h.down[i]))
		b := Einsum("om,brm->bor", p.Value(x, h.up[i]), n)
		down = append(down, MulScalar(a, 1/math.Sqrt(float64(c.Basis))))
		up = append(up, Mul(b, Reshape(SliceAxis(scales, 0, AxisElem(i)), 1, 1, 1)))
	}
	return down, up
}
