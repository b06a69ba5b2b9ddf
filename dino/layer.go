package dino

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// layer is Dinov2Layer or ViTLayer: attention and an MLP, each with the norm
// before it.
type layer struct {
	norm1, norm2   *nn.LayerNorm
	q, k, v, out   *nn.Linear
	fc1, fc2       *nn.Linear
	scale1, scale2 *nn.Param // [hidden_size]; nil in ViT
	heads          int
	act            func(*Node) *Node
}

func newLayer(b nn.Builder, c Config, act func(*Node) *Node) *layer {
	norm1, norm2 := "layernorm_before", "layernorm_after"
	if c.ModelType == TypeDINOv2 {
		norm1, norm2 = "norm1", "norm2"
	}
	attention, width := b.In("attention"), c.HiddenSize
	l := &layer{
		norm1: nn.NewLayerNorm(b.In("%s", norm1), width, c.LayerNormEps),
		q:     newLinear(attention.In("q_proj"), width, width, c.QKVBias),
		k:     newLinear(attention.In("k_proj"), width, width, c.QKVBias),
		v:     newLinear(attention.In("v_proj"), width, width, c.QKVBias),
		out:   newLinear(attention.In("o_proj"), width, width, true),
		norm2: nn.NewLayerNorm(b.In("%s", norm2), width, c.LayerNormEps),
		fc1:   newLinear(b.In("mlp.fc1"), width, c.inner(), true),
		fc2:   newLinear(b.In("mlp.fc2"), c.inner(), width, true),
		heads: c.NumAttentionHeads, act: act,
	}
	if c.ModelType == TypeDINOv2 {
		l.scale1 = b.Param("layer_scale1.lambda1", nn.Init{Kind: nn.InitOnes}, width)
		l.scale2 = b.Param("layer_scale2.lambda1", nn.Init{Kind: nn.InitOnes}, width)
	}
	return l
}

// start is the deviation that transformers starts all weights with.
var start = nn.Init{Kind: nn.InitNormal, Scale: 0.02}

func newLinear(b nn.Builder, in, out int, bias bool) *nn.Linear {
	l := nn.NewLinear(b, in, out, bias)
	l.Weight.Init = start
	if bias {
		l.Bias.Init = nn.Init{}
	}
	return l
}

// forward maps [batch, n, hidden_size] to the same shape.
func (l *layer) forward(p *nn.Pass, x *Node) *Node {
	h := l.norm1.Forward(p, x)
	h = nn.Attention(p, l.q.Forward(p, h), l.k.Forward(p, h), l.v.Forward(p, h), l.heads, nil)
	x = Add(x, scaled(p, l.out.Forward(p, h), l.scale1))
	h = l.act(l.fc1.Forward(p, l.norm2.Forward(p, x)))
	return Add(x, scaled(p, l.fc2.Forward(p, h), l.scale2))
}

// scaled is LayerScale (Touvron et al., arXiv 2103.17239).
func scaled(p *nn.Pass, x *Node, scale *nn.Param) *Node {
	if scale == nil {
		return x
	}
	return Mul(x, ExpandLeftToRank(p.Value(x, scale), x.Rank()))
}
