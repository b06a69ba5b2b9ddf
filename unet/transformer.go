package unet

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// feedForward is GEGLU and a projection back.
type feedForward struct{ proj, out *nn.Linear }

func newFeedForward(b nn.Builder, width int) *feedForward {
	return &feedForward{
		proj: nn.NewLinear(b.In("net.0.proj"), width, 8*width, true),
		out:  nn.NewLinear(b.In("net.2"), 4*width, width, true),
	}
}

func (f *feedForward) forward(p *nn.Pass, x *Node) *Node {
	return f.out.Forward(p, nn.GEGLU(p, f.proj.Forward(p, x)))
}

// block is BasicTransformerBlock: self-attention, cross-attention, feed-forward.
type block struct {
	norm1, norm2, norm3 *nn.LayerNorm
	attn1, attn2        *attention
	ff                  *feedForward
}

func newBlock(b nn.Builder, width, context, heads int) *block {
	const eps = 1e-5
	return &block{
		norm1: nn.NewLayerNorm(b.In("norm1"), width, eps),
		attn1: newAttention(b.In("attn1"), width, width, heads),
		norm2: nn.NewLayerNorm(b.In("norm2"), width, eps),
		attn2: newAttention(b.In("attn2"), width, context, heads),
		norm3: nn.NewLayerNorm(b.In("norm3"), width, eps),
		ff:    newFeedForward(b.In("ff"), width),
	}
}

func (t *block) forward(p *nn.Pass, x, context *Node, m *merging) *Node {
	h := t.norm1.Forward(p, x)
	x = Add(x, m.around(p, h, func(h *Node) *Node { return t.attn1.self(p, h) }))
	x = Add(x, t.attn2.cross(p, t.norm2.Forward(p, x), context))
	return Add(x, t.ff.forward(p, t.norm3.Forward(p, x)))
}

// transformer is Transformer2DModel: pixels become a sequence, pass the blocks
// and are added back to the picture.
type transformer struct {
	norm            *nn.GroupNorm
	projIn, projOut projection
	blocks          []*block
	linear          bool
}

// projection is a 1x1 convolution (SD 1) or a linear layer (SD 2).
type projection interface {
	Forward(p *nn.Pass, x *Node) *Node
}

func newTransformer(b nn.Builder, c Config, level int) *transformer {
	width, heads := c.BlockOutChannels[level], c.Heads(level)
	t := &transformer{
		norm:   nn.NewGroupNorm(b.In("norm"), c.NormNumGroups, width, 1e-6),
		projIn: newProjection(b.In("proj_in"), width, c.UseLinearProjection),
		linear: c.UseLinearProjection,
	}
	for i := range c.TransformerLayersPerBlock.At(level) {
		t.blocks = append(t.blocks, newBlock(b.In("transformer_blocks.%d", i), width, c.CrossAttentionDim.At(level), heads))
	}
	if c.UseLinearProjection {
		t.projOut = nn.NewLinear(b.In("proj_out"), width, width, true).Zeroed()
	} else {
		t.projOut = nn.NewConv2D(b.In("proj_out"), width, width, 1).Zeroed()
	}
	return t
}

func newProjection(b nn.Builder, width int, linear bool) projection {
	if linear {
		return nn.NewLinear(b, width, width, true)
	}
	return nn.NewConv2D(b, width, width, 1)
}

// forward maps x [batch, h, w, width] to the same shape.
func (t *transformer) forward(f *flow, x *Node) *Node {
	p, d := f.pass, x.Shape().Dimensions
	sequence := func(y *Node) *Node { return Reshape(y, d[0], d[1]*d[2], d[3]) }
	h := t.norm.Forward(p, x)
	if t.linear {
		h = t.projIn.Forward(p, sequence(h))
	} else {
		h = sequence(t.projIn.Forward(p, h))
	}
	for _, b := range t.blocks {
		h = b.forward(p, h, f.states, f.merging.at(x))
	}
	if t.linear {
		h = Reshape(t.projOut.Forward(p, h), d...)
	} else {
		h = t.projOut.Forward(p, Reshape(h, d...))
	}
	return Add(x, h)
}
