package nn

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Adapter gives a layer its low-rank offset (LoRA, Hu et al., arXiv
// 2106.09685): y = W x + scale * up(down(x)).
type Adapter interface {
	// Offset returns the offset of a layer, named as in the checkpoint without
	// ".weight", and whether there is one.
	Offset(g *Graph, layer string) (Offset, bool)
}

// Offset is one low-rank pair in graph layout. For a linear layer Down is
// [rank, in] and Up [out, rank], or, where each row of a batch [batch, ..., in] has
// a pair of its own, [batch, rank, in] and [batch, out, rank]; for a convolution Down
// is the kernel [height, width, in, rank] and Up [1, 1, rank, out].
type Offset struct {
	Down, Up *Node
	// Scale multiplies the offset, usually weight * alpha / rank: a scalar, or
	// [batch] for a factor of each row's own.
	Scale *Node
	// Mask, if set, multiplies a linear layer's offset at each position of x [batch,
	// positions, in]: [batch or 1, positions, 1], 1 where the offset holds and 0 where
	// it does not. Convolutions have none.
	Mask *Node
}

// LoRA is an adapter whose pairs are variables named LAYER.lora_down.weight and
// LAYER.lora_up.weight; layers without them are left as they are.
type LoRA struct {
	// Weights is where the pairs are; it must share the model's store.
	Weights *Weights
	// Scale is alpha / rank times the strength that the user chose, used where
	// ScaleOf is nil.
	Scale float64
	// ScaleOf is the scale of each layer where they differ, as when a file
	// gives every layer its own alpha or rank.
	ScaleOf map[string]float64
	// Strength, if set, multiplies every scale: a scalar node of the graph, so
	// that a dial needs no new compilation.
	Strength *Node
}

// Names of a pair's two variables under the layer's name.
const (
	LoRADown = "lora_down.weight"
	LoRAUp   = "lora_up.weight"
)

// Offset implements [Adapter].
func (l *LoRA) Offset(g *Graph, layer string) (Offset, bool) {
	down, up := l.variable(layer, LoRADown), l.variable(layer, LoRAUp)
	if down == nil || up == nil {
		return Offset{}, false
	}
	factor := l.Scale
	if s, ok := l.ScaleOf[layer]; ok {
		factor = s
	}
	scale := Scalar(g, down.DType(), factor)
	if l.Strength != nil {
		scale = Mul(scale, ConvertDType(l.Strength, down.DType()))
	}
	return Offset{Down: down.NodeValue(g), Up: up.NodeValue(g), Scale: scale}, true
}

func (l *LoRA) variable(layer, name string) *model.Variable {
	return l.Weights.Variable(layer + "." + name)
}

// adaptLinear adds every adapter's offset of a linear layer to y, which may be nil
// for the offsets alone: the result is nil where there are none either.
func (p *Pass) adaptLinear(adapters []Adapter, layer string, x, y *Node) *Node {
	for _, a := range adapters {
		o, ok := a.Offset(x.Graph(), layer)
		if !ok {
			continue
		}
		offset := p.offset(o, x)
		if y == nil {
			y = offset
			continue
		}
		y = Add(y, offset)
	}
	return y
}

// offset is what a pair adds to a linear layer of x [batch, ..., in]. The mask is
// taken to the few numbers between both matrices.
func (p *Pass) offset(o Offset, x *Node) *Node {
	low := p.lowRank(x, o.Down) // [batch, ..., rank]
	if o.Mask != nil {
		low = Mul(low, to(low.DType(), o.Mask))
	}
	return perRow(p.lowRank(low, o.Up), o.Scale)
}

// lowRank is x W^T of x [batch, ..., in] with W [out, in], or with W
// [batch, out, in] of each row's own.
func (p *Pass) lowRank(x, w *Node) *Node {
	if w.Rank() == 2 {
		return p.linear(x, w, false)
	}
	dims := x.Shape().Dimensions
	batch, in, out := dims[0], dims[len(dims)-1], w.Shape().Dim(1)
	y := p.product("bni,boi->bno", Reshape(x, batch, -1, in), w, false)
	return Reshape(y, append(append([]int{}, dims[:len(dims)-1]...), out)...)
}

// adaptConv adds every adapter's offset of a convolution to y. The down kernel
// has the layer's own stride and padding; the up kernel is 1x1 (as kohya and
// peft define LoRA on convolutions).
func (p *Pass) adaptConv(c *Conv2D, x, y *Node) *Node {
	for _, a := range slices.Concat(p.shared(), p.Adapters) {
		o, ok := a.Offset(x.Graph(), c.name)
		if !ok {
			continue
		}
		low := p.convolve(x, o.Down, c.Stride, c.Padding, false)
		up := p.convolve(low, o.Up, 1, Padding{}, false)
		y = Add(y, perRow(up, o.Scale))
	}
	return y
}
