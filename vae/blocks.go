package vae

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

const eps = 1e-6

// resnet is ResnetBlock2D without a time embedding.
type resnet struct {
	norm1, norm2 *nn.GroupNorm
	conv1, conv2 *nn.Conv2D
	shortcut     *nn.Conv2D // nil where in == out
}

func newResnet(b nn.Builder, groups, in, out int) *resnet {
	r := &resnet{
		norm1: nn.NewGroupNorm(b.In("norm1"), groups, in, eps),
		conv1: nn.NewConv2D(b.In("conv1"), in, out, 3),
		norm2: nn.NewGroupNorm(b.In("norm2"), groups, out, eps),
		conv2: nn.NewConv2D(b.In("conv2"), out, out, 3).Zeroed(),
	}
	if in != out {
		r.shortcut = nn.NewConv2D(b.In("conv_shortcut"), in, out, 1).Preserving()
	}
	return r
}

func (r *resnet) forward(p *nn.Pass, x *Node, act func(*Node) *Node) *Node {
	h := r.conv1.Forward(p, r.norm1.Activate(p, x, act))
	h = r.conv2.Forward(p, r.norm2.Activate(p, h, act))
	if r.shortcut != nil {
		x = r.shortcut.Forward(p, x)
	}
	return Add(x, h)
}

// attention is the middle block's single-head attention over all pixels.
type attention struct {
	norm                 *nn.GroupNorm
	toQ, toK, toV, toOut *nn.Linear
}

func newAttention(b nn.Builder, groups, width int) *attention {
	return &attention{
		norm:  nn.NewGroupNorm(b.In("group_norm"), groups, width, eps),
		toQ:   nn.NewLinear(b.In("to_q"), width, width, true),
		toK:   nn.NewLinear(b.In("to_k"), width, width, true),
		toV:   nn.NewLinear(b.In("to_v"), width, width, true),
		toOut: nn.NewLinear(b.In("to_out.0"), width, width, true).Zeroed(),
	}
}

func (a *attention) forward(p *nn.Pass, x *Node) *Node {
	d := x.Shape().Dimensions
	h := Reshape(a.norm.Forward(p, x), d[0], d[1]*d[2], d[3])
	h = nn.Attention(p, a.toQ.Forward(p, h), a.toK.Forward(p, h), a.toV.Forward(p, h), 1, nil)
	return Add(x, Reshape(a.toOut.Forward(p, h), d...))
}

// middle is UNetMidBlock2D: resnet, attention, resnet.
type middle struct {
	first, second *resnet
	attention     *attention // nil where the config leaves it out
}

func newMiddle(b nn.Builder, c Config) *middle {
	width := c.BlockOutChannels[len(c.BlockOutChannels)-1]
	m := &middle{first: newResnet(b.In("resnets.0"), c.NormNumGroups, width, width)}
	if c.MidBlockAddAttention {
		m.attention = newAttention(b.In("attentions.0"), c.NormNumGroups, width)
	}
	m.second = newResnet(b.In("resnets.1"), c.NormNumGroups, width, width)
	return m
}

func (m *middle) forward(p *nn.Pass, x *Node, act func(*Node) *Node) *Node {
	x = m.first.forward(p, p.Enter(x), act)
	if m.attention != nil {
		x = m.attention.forward(p, x)
	}
	return p.Leave(m.second.forward(p, x, act))
}

// level is one resolution: resnets, then a change of size.
type level struct {
	resnets []*resnet
	resize  *nn.Conv2D // nil on the last level
}

func newLevel(b nn.Builder, groups, layers, in, out int) *level {
	l := &level{}
	for j := range layers {
		l.resnets = append(l.resnets, newResnet(b.In("resnets.%d", j), groups, in, out))
		in = out
	}
	return l
}

func (l *level) forward(p *nn.Pass, x *Node, act func(*Node) *Node) *Node {
	for _, r := range l.resnets {
		x = p.Leave(r.forward(p, p.Enter(x), act))
	}
	return x
}
