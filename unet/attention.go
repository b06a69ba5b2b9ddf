package unet

import (
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// attention is one attention layer with its four projections. Adapters reach
// it through them.
type attention struct {
	toQ, toK, toV, toOut *nn.Linear
	heads                int
}

func newAttention(b nn.Builder, width, context, heads int) *attention {
	return &attention{
		toQ:   nn.NewLinear(b.In("to_q"), width, width, false),
		toK:   nn.NewLinear(b.In("to_k"), context, width, false),
		toV:   nn.NewLinear(b.In("to_v"), context, width, false),
		toOut: nn.NewLinear(b.In("to_out.0"), width, width, true),
		heads: heads,
	}
}

// ReadsText says whether a layer, named as in the checkpoint, makes keys or values of
// text states, one for each token.
func ReadsText(layer string) bool {
	return strings.HasSuffix(layer, ".attn2.to_k") || strings.HasSuffix(layer, ".attn2.to_v")
}

// self lets x [batch, n, width] look at itself. Both branches of a blend do.
func (a *attention) self(p *nn.Pass, x *Node) *Node {
	if p.Blend != nil {
		return a.blend(p, x, x, x)
	}
	return a.plain(p, x, x)
}

// cross lets x [batch, n, width] look at text states [batch, m, contextWidth],
// and in the hard branch of a blend at its own.
func (a *attention) cross(p *nn.Pass, x, states *Node) *Node {
	if p.Blend != nil {
		return a.blend(p, x, states, p.Blend.Hard)
	}
	return a.plain(p, x, states)
}

func (a *attention) plain(p *nn.Pass, x, context *Node) *Node {
	q, k, v := a.toQ.Forward(p, x), a.toK.Forward(p, context), a.toV.Forward(p, context)
	return a.toOut.Forward(p, nn.Attention(p, q, k, v, a.heads, nil))
}

// blend is the layer of [nn.Blend], for x that looks at soft in one branch and at
// hard in the other. What both compute is computed once: W x where they share x,
// all of it where nothing is added to W, and the projection out, which is linear and
// so can be taken of the mixture.
func (a *attention) blend(p *nn.Pass, x, soft, hard *Node) *Node {
	atHard := p
	if soft != hard {
		atHard = p.AtHard()
	}
	q, k, v := a.toQ.Base(p, x), a.toK.Base(atHard, hard), a.toV.Base(atHard, hard)
	softK, softV := k, v
	if soft != hard {
		softK, softV = a.toK.Base(p, soft), a.toV.Base(p, soft)
	}
	softQ := adapted(p, a.toQ, x, q)
	softK, softV = adapted(p, a.toK, soft, softK), adapted(p, a.toV, soft, softV)
	hardOut := nn.Attention(p, q, k, v, a.heads, nil)
	softOut := hardOut
	if softQ != q || softK != k || softV != v {
		softOut = nn.Attention(p, softQ, softK, softV, a.heads, nil)
	}
	out := a.toOut.Base(p, p.Blend.Mix(softOut, hardOut))
	if offset := a.toOut.Offset(p, softOut); offset != nil {
		out = Add(out, p.Blend.Weigh(offset))
	}
	return out
}

// adapted is a layer's base with what adapters add to it for x.
func adapted(p *nn.Pass, l *nn.Linear, x, base *Node) *Node {
	if offset := l.Offset(p, x); offset != nil {
		return Add(base, offset)
	}
	return base
}
