package unet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// resnet is ResnetBlock2D: two convolutions around the time embedding.
type resnet struct {
	norm1, norm2 *nn.GroupNorm
	conv1, conv2 *nn.Conv2D
	time         *nn.Linear
	scales       bool       // the time embedding scales and shifts instead of being added
	shortcut     *nn.Conv2D // nil where in == out
}

func newResnet(b nn.Builder, c Config, in, out int) *resnet {
	scales, time := c.ResnetTimeScaleShift == timeScales, out
	if scales {
		time *= 2
	}
	r := &resnet{
		norm1:  nn.NewGroupNorm(b.In("norm1"), c.NormNumGroups, in, c.NormEps),
		conv1:  nn.NewConv2D(b.In("conv1"), in, out, 3),
		time:   nn.NewLinear(b.In("time_emb_proj"), c.BlockOutChannels[0]*4, time, true),
		norm2:  nn.NewGroupNorm(b.In("norm2"), c.NormNumGroups, out, c.NormEps),
		conv2:  nn.NewConv2D(b.In("conv2"), out, out, 3).Zeroed(),
		scales: scales,
	}
	if in != out {
		r.shortcut = nn.NewConv2D(b.In("conv_shortcut"), in, out, 1).Preserving()
	}
	return r
}

// forward maps x [batch, h, w, in] and the activated time embedding
// [batch, width] to [batch, h, w, out].
func (r *resnet) forward(p *nn.Pass, x, time *Node, act func(*Node) *Node) *Node {
	h := r.conv1.Forward(p, r.norm1.Activate(p, x, act))
	h = r.conv2.Forward(p, r.modulate(p, h, InsertAxes(r.time.Forward(p, time), 1, 1), act))
	if r.shortcut != nil {
		x = r.shortcut.Forward(p, x)
	}
	return Add(x, h)
}

// modulate is the activated norm2 of h [batch, h, w, out] with the projected time embedding
// [batch, 1, 1, out or 2*out]: added before it, or scaling and shifting behind
// it (Dhariwal and Nichol, arXiv 2105.05233, section 4.2).
func (r *resnet) modulate(p *nn.Pass, h, time *Node, act func(*Node) *Node) *Node {
	if !r.scales {
		return r.norm2.Activate(p, Add(h, time), act)
	}
	halves := Split(time, -1, 2)
	return act(Add(Mul(r.norm2.Forward(p, h), AddScalar(halves[0], 1)), halves[1]))
}
