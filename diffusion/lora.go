package diffusion

import (
	"crypto/sha256"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// lora is the low-rank change of one component by one concept. Its pairs are
// arguments of the graph rather than variables in it, so that concepts with
// the same layers and ranks share one compiled program, and so that its scales,
// which hold the user's dial, need no new compilation.
type lora struct {
	component string
	layers    []string
	shapes    []string          // of the pairs, in graph layout
	pairs     []*tensors.Tensor // down and up of each layer in turn
	scales    []float32         // weight * alpha / rank of each layer
	dual      bool              // the concept has a fidelity: it is not on the hard path
	guided    bool              // guidance leads towards it
	texts     []float32         // a factor of the scales for each text that is run; nil is 1 for all
	own       []int32           // the placeholder's tokens, as the text encoder reads them
	mask      *tensors.Tensor   // [texts, tokens, 1], where layers that read text change; nil is everywhere
}

// loras are the changes of one component by all concepts in use.
type loras []*lora

// of are the changes by concepts with a fidelity, or by the others.
func (ls loras) of(dual bool) loras {
	return slices.DeleteFunc(slices.Clone(ls), func(l *lora) bool { return l.dual != dual })
}

// signature says what a graph depends on: layers and shapes, not values.
func (ls loras) signature() string {
	sum := sha256.New()
	for _, l := range ls {
		fmt.Fprintln(sum, l.layers, l.shapes)
		if l.mask != nil {
			fmt.Fprintln(sum, "masked")
		}
		if l.texts != nil {
			fmt.Fprintln(sum, "by text")
		}
	}
	return fmt.Sprintf("lora=%d:%x", len(ls), sum.Sum(nil))
}

// args are the graph's arguments: of each LoRA the scales, then the pairs, then the
// mask and the factors by text if it has them.
func (ls loras) args() []any {
	var args []any
	for _, l := range ls {
		args = append(args, tensors.FromFlatDataAndDimensions(l.scales, len(l.scales)))
		for _, t := range l.pairs {
			args = append(args, t)
		}
		if l.mask != nil {
			args = append(args, l.mask)
		}
		if l.texts != nil {
			args = append(args, tensors.FromFlatDataAndDimensions(l.texts, len(l.texts)))
		}
	}
	return args
}

// adapters reads the arguments back inside the graph; rest are those behind them.
func (ls loras) adapters(in []*Node, n int) (out []nn.Adapter, rest []*Node) {
	for _, l := range ls {
		var adapter nn.Adapter
		adapter, in = l.adapter(in, n)
		out = append(out, adapter)
	}
	return out, in
}

func (l *lora) adapter(in []*Node, n int) (adapter nn.Adapter, rest []*Node) {
	scales, pairs, rest := in[0], in[1:1+len(l.pairs)], in[1+len(l.pairs):]
	var mask, texts *Node
	if l.mask != nil {
		mask, rest = ofEach(rest[0], n), rest[1:]
	}
	if l.texts != nil {
		texts, rest = ofEach(rest[0], n), rest[1:]
	}
	offsets := offsets{}
	for i, layer := range l.layers {
		o := nn.Offset{Down: pairs[2*i], Up: pairs[2*i+1], Scale: Reshape(Slice(scales, AxisElem(i)))}
		if texts != nil {
			o.Scale = Mul(o.Scale, texts)
		}
		if l.readsText(layer) {
			o.Mask = mask
		}
		offsets[layer] = o
	}
	return offsets, rest
}

// offsets are the pairs of each layer as nodes of one graph.
type offsets map[string]nn.Offset

// Offset implements [nn.Adapter].
func (o offsets) Offset(_ *Graph, layer string) (nn.Offset, bool) {
	offset, ok := o[layer]
	return offset, ok
}
