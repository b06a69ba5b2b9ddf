package encoder

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// towerGrid is how many patches lie along a side of the latents at most.
const towerGrid = 8

// tower is a vision transformer (Dosovitskiy et al., arXiv 2010.11929) of the
// encoder's own over the scaled latents of a picture. CLIP's class token and the
// denoiser's means say what a picture shows and in which colours; where in it what
// lies, and so a thing's outline, is only in what has places.
type tower struct {
	shape    []int // of one picture's latents: height, width, channels
	patch    int   // side of a patch
	patches  *nn.Linear
	class    *nn.Param // [1, width]
	position *nn.Param // [patches + 1, width]
	layers   []*towerLayer
	norm     *nn.LayerNorm
	out      *nn.Linear // to the trunk; starts at 0, so that a tower can be added to a trained encoder
}

// towerLayer is attention and an MLP, each with its norm before it.
type towerLayer struct {
	norm1, norm2 *nn.LayerNorm
	q, k, v, out *nn.Linear
	fc1, fc2     *nn.Linear
}

// towerHead is the width of an attention head.
const towerHead = 32

// start is the deviation that transformers' weights begin with.
var start = nn.Init{Kind: nn.InitNormal, Scale: 0.02}

func startedLinear(b nn.Builder, in, out int) *nn.Linear {
	l := nn.NewLinear(b, in, out, true)
	l.Weight.Init, l.Bias.Init = start, nn.Init{}
	return l
}

func newTower(b nn.Builder, c Config) *tower {
	h, w, channels := c.LatentsShape[0], c.LatentsShape[1], c.LatentsShape[2]
	t := &tower{shape: c.LatentsShape, patch: towerPatch(c.LatentsShape)}
	n, width := h/t.patch*(w/t.patch), c.TowerWidth
	t.patches = startedLinear(b.In("patches"), t.patch*t.patch*channels, width)
	t.class = b.Param("class", start, 1, width)
	t.position = b.Param("position", start, n+1, width)
	for i := range c.TowerBlocks {
		at := b.In("blocks.%d", i)
		t.layers = append(t.layers, &towerLayer{
			norm1: nn.NewLayerNorm(at.In("norm1"), width, eps),
			q:     startedLinear(at.In("to_q"), width, width), k: startedLinear(at.In("to_k"), width, width),
			v: startedLinear(at.In("to_v"), width, width), out: startedLinear(at.In("to_out"), width, width),
			norm2: nn.NewLayerNorm(at.In("norm2"), width, eps),
			fc1:   startedLinear(at.In("fc1"), width, 4*width), fc2: startedLinear(at.In("fc2"), 4*width, width),
		})
	}
	t.norm = nn.NewLayerNorm(b.In("norm"), width, eps)
	t.out = startedLinear(b.In("out"), width, c.Width)
	t.out.Weight.Init = nn.Init{}
	return t
}

// towerPatch is the side of a patch of latents of a shape.
func towerPatch(shape []int) int { return max(max(shape[0], shape[1])/towerGrid, 1) }

// forward maps flat latents [batch, h * w * channels] to [batch, trunk's width].
func (t *tower) forward(p *nn.Pass, latents *Node) *Node {
	batch, width := latents.Shape().Dim(0), t.class.Shape[1]
	h, w, c := t.shape[0]/t.patch, t.shape[1]/t.patch, t.shape[2]
	x := Reshape(latents, batch, h, t.patch, w, t.patch, c)
	x = Reshape(TransposeAllAxes(x, 0, 1, 3, 2, 4, 5), batch, h*w, t.patch*t.patch*c)
	class := BroadcastToDims(InsertAxes(p.Value(latents, t.class), 0), batch, 1, width)
	x = Concatenate([]*Node{class, t.patches.Forward(p, x)}, 1)
	x = Add(x, InsertAxes(p.Value(latents, t.position), 0))
	for _, l := range t.layers {
		x = l.forward(p, x)
	}
	x = Squeeze(SliceAxis(t.norm.Forward(p, x), 1, AxisElem(0)), 1)
	return t.out.Forward(p, x)
}

func (l *towerLayer) forward(p *nn.Pass, x *Node) *Node {
	h := l.norm1.Forward(p, x)
	heads := max(h.Shape().Dim(2)/towerHead, 1)
	h = nn.Attention(p, l.q.Forward(p, h), l.k.Forward(p, h), l.v.Forward(p, h), heads, nil)
	x = Add(x, l.out.Forward(p, h))
	return Add(x, l.fc2.Forward(p, nn.GELU(l.fc1.Forward(p, l.norm2.Forward(p, x)))))
}
