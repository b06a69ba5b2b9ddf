package nn

import (
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
// [rank, in] and Up [out, rank]; for a convolution Down is the kernel
// [height, width, in, rank] and Up [1, 1, rank, out].
type Offset struct {
	Down, Up *Node
	// Scale multiplies the offset: a scalar, usually weight * alpha / rank.
	Scale *Node
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

// adaptLinear adds every adapter's offset of a linear layer to y.
func (p *Pass) adaptLinear(layer string, x, y *Node) *Node {
	for _, a := range p.Adapters {
		o, ok := a.Offset(x.Graph(), layer)
		if !ok {
			continue
		}
		low := p.linear(x, o.Down, false)
		y = Add(y, Mul(p.linear(low, o.Up, false), o.Scale))
	}
	return y
}

// adaptConv adds every adapter's offset of a convolution to y. The down kernel
// has the layer's own stride and padding; the up kernel is 1x1 (as kohya and
// peft define LoRA on convolutions).
func (p *Pass) adaptConv(c *Conv2D, x, y *Node) *Node {
	for _, a := range p.Adapters {
		o, ok := a.Offset(x.Graph(), c.name)
		if !ok {
			continue
		}
		low := p.convolve(x, o.Down, c.Stride, c.Padding, false)
		up := p.convolve(low, o.Up, 1, Padding{}, false)
		y = Add(y, Mul(up, o.Scale))
	}
	return y
}
