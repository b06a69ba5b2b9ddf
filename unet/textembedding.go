package unet

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// textEmbedding is diffusers' TextTimeEmbedding, of DeepFloyd IF: the text states
// pooled into one vector that is added to the time embedding, so that every
// resnet knows what is to be drawn and not only the attention layers.
type textEmbedding struct {
	norm1, norm2  *nn.LayerNorm
	position      *nn.Param // [1, context], of the pooling query
	toQ, toK, toV *nn.Linear
	proj          *nn.Linear
	heads         int
}

func newTextEmbedding(b nn.Builder, context, width, heads int) *textEmbedding {
	const eps = 1e-5
	pool := b.In("pool")
	return &textEmbedding{
		norm1:    nn.NewLayerNorm(b.In("norm1"), context, eps),
		position: pool.Param("positional_embedding", nn.Init{Kind: nn.InitNormal, Scale: 1 / math.Sqrt(float64(context))}, 1, context),
		toK:      nn.NewLinear(pool.In("k_proj"), context, context, true),
		toQ:      nn.NewLinear(pool.In("q_proj"), context, context, true),
		toV:      nn.NewLinear(pool.In("v_proj"), context, context, true),
		proj:     nn.NewLinear(b.In("proj"), context, width, true),
		norm2:    nn.NewLayerNorm(b.In("norm2"), width, eps),
		heads:    heads,
	}
}

// forward maps text states [batch, m, context] to [batch, width]: their mean
// attends to itself and to all of them.
func (t *textEmbedding) forward(p *nn.Pass, states *Node) *Node {
	x := t.norm1.Forward(p, states)
	query := Add(ReduceAndKeep(x, ReduceMean, 1), InsertAxes(p.Value(x, t.position), 0))
	x = Concatenate([]*Node{query, x}, 1)
	pooled := nn.Attention(p, t.toQ.Forward(p, query), t.toK.Forward(p, x), t.toV.Forward(p, x), t.heads, nil)
	return t.norm2.Forward(p, t.proj.Forward(p, Squeeze(pooled, 1)))
}
