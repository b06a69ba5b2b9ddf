package diffusion

import (
	"crypto/sha256"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// lora is the low-rank change of one component by one concept. Its pairs are
// arguments of the graph rather than variables in it, so that concepts with
// the same layers and ranks share one compiled program, and so that its scales,
// which hold the user's dial, need no new compilation.
type lora struct {
	layers []string
	shapes []string          // of the pairs, in graph layout
	pairs  []*tensors.Tensor // down and up of each layer in turn
	scales []float32         // weight * alpha / rank of each layer
}

// loras are the changes of one component by all concepts in use.
type loras []*lora

// signature says what a graph depends on: layers and shapes, not values.
func (ls loras) signature() string {
	sum := sha256.New()
	for _, l := range ls {
		fmt.Fprintln(sum, l.layers, l.shapes)
	}
	return fmt.Sprintf("lora=%d:%x", len(ls), sum.Sum(nil))
}

// args are the graph's arguments: of each LoRA the scales, then the pairs.
func (ls loras) args() []any {
	var args []any
	for _, l := range ls {
		args = append(args, tensors.FromFlatDataAndDimensions(l.scales, len(l.scales)))
		for _, t := range l.pairs {
			args = append(args, t)
		}
	}
	return args
}

// adapters reads the arguments back inside the graph.
func (ls loras) adapters(in []*Node) []nn.Adapter {
	var out []nn.Adapter
	for _, l := range ls {
		scales, pairs := in[0], in[1:1+len(l.pairs)]
		in = in[1+len(l.pairs):]
		offsets := offsets{}
		for i, layer := range l.layers {
			scale := Reshape(Slice(scales, AxisElem(i)))
			offsets[layer] = nn.Offset{Down: pairs[2*i], Up: pairs[2*i+1], Scale: scale}
		}
		out = append(out, offsets)
	}
	return out
}

// offsets are the pairs of each layer as nodes of one graph.
type offsets map[string]nn.Offset

// Offset implements [nn.Adapter].
func (o offsets) Offset(_ *Graph, layer string) (nn.Offset, bool) {
	offset, ok := o[layer]
	return offset, ok
}
