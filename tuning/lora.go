package tuning

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/optim"
	"github.com/ichimai/ichimai/weights"
)

// lowRank is the set of low-rank pairs of one component that learn. All are in
// one variable, one after another in checkpoint layout: an optimiser's graph
// then does for all what it would else do for each of hundreds, which takes
// most of the time that XLA needs to compile a step.
type lowRank struct {
	component string // weights.UNet or weights.TextEncoder
	vars      *variables
	layers    []*nn.Param // the weights that the pairs are added to
	rank      int
	alpha     float64

	// leaves are the pairs' values in graph, see [lowRank.in].
	graph  *Graph
	leaves []*Node
}

// pairsName is the name of the variable.
const pairsName = "pairs"

// newLowRank makes the pairs of layers; they are 0 until start or a state
// fills them.
func newLowRank(v *variables, component string, layers []*nn.Param, rank int, alpha float64) (*lowRank, error) {
	l := &lowRank{component: component, vars: v, layers: layers, rank: rank, alpha: alpha}
	return l, l.set(make([]float32, l.size()))
}

func (l *lowRank) set(flat []float32) error {
	if err := l.vars.of(l.component).Set(pairsName, tensors.FromFlatDataAndDimensions(flat, len(flat))); err != nil {
		return fmt.Errorf("start LoRA: %w", err)
	}
	return nil
}

func (l *lowRank) variable() *model.Variable { return l.vars.of(l.component).Variable(pairsName) }

func (l *lowRank) group(rate optim.Schedule) group {
	return group{name: l.component, vars: []*model.Variable{l.variable()}, rate: rate, leaves: l.in}
}

// params are the pairs' parameters in their order, down and up of each layer in
// turn.
func (l *lowRank) params() []*nn.Param {
	var params []*nn.Param
	for _, layer := range l.layers {
		down, up := pairOf(layer, l.rank)
		params = append(params, down, up)
	}
	return params
}

// size is the number of values of all pairs.
func (l *lowRank) size() int {
	n := 0
	for _, p := range l.params() {
		n += p.Size()
	}
	return n
}

// cut is flat's part of each parameter.
func (l *lowRank) cut(flat []float32) [][]float32 {
	var parts [][]float32
	for _, p := range l.params() {
		parts = append(parts, flat[:p.Size():p.Size()])
		flat = flat[p.Size():]
	}
	return parts
}

// pairOf are the parameters of a layer's pair in checkpoint layout: down
// [rank, in] or [rank, in, h, w], up [out, rank] or [out, rank, 1, 1].
func pairOf(layer *nn.Param, rank int) (down, up *nn.Param) {
	name := moduleOf(layer)
	downShape := append([]int{rank}, layer.Shape[1:]...)
	upShape := []int{layer.Shape[0], rank}
	if layer.IsKernel() {
		upShape = append(upShape, 1, 1)
	}
	return &nn.Param{Name: name + "." + nn.LoRADown, Shape: downShape},
		&nn.Param{Name: name + "." + nn.LoRAUp, Shape: upShape}
}

// moduleOf is a layer's name: its weight's without the ending.
func moduleOf(p *nn.Param) string { return strings.TrimSuffix(p.Name, ".weight") }

// start sets up to 0 and draws down as PyTorch's kaiming_uniform(a=sqrt 5)
// does, uniform within 1/sqrt(inputs), which is peft's default; the offsets
// start at 0. Each layer has a generator of its own.
func (l *lowRank) start(seed uint64) error {
	flat := make([]float32, l.size())
	for i, part := range l.cut(flat) {
		if i%2 == 1 {
			continue // up
		}
		r := stream(seed, l.purpose(), uint64(i/2))
		bound := 1 / math.Sqrt(float64(len(part)/l.rank))
		for j := range part {
			part[j] = float32((2*r.Float64() - 1) * bound)
		}
	}
	return l.set(flat)
}

// purpose keeps the draws of the two components apart.
func (l *lowRank) purpose() purpose {
	if l.component == weights.TextEncoder {
		return forTextLoRA
	}
	return forLoRA
}

// in are the values of each parameter in a graph, [size] each. The gradient is
// taken with respect to these and joined: with respect to the whole variable
// it would be a sum of vectors as long as that, one a parameter.
func (l *lowRank) in(g *Graph) []*Node {
	if l.graph == g {
		return l.leaves
	}
	l.graph, l.leaves = g, nil
	whole, at := l.variable().NodeValue(g), 0
	for _, p := range l.params() {
		l.leaves = append(l.leaves, Slice(whole, AxisRange(at, at+p.Size())))
		at += p.Size()
	}
	return l.leaves
}

// adapter gives the layers of a forward pass their pairs.
func (l *lowRank) adapter(g *Graph) nn.Adapter {
	a := offsets{}
	leaves := l.in(g)
	scale := Scalar(g, dtypes.Float32, l.alpha/float64(l.rank))
	for i, layer := range l.layers {
		down, up := pairOf(layer, l.rank)
		a[moduleOf(layer)] = nn.Offset{Down: toGraph(leaves[2*i], down), Up: toGraph(leaves[2*i+1], up), Scale: scale}
	}
	return a
}

// toGraph gives a parameter's values their shape in graphs: kernels turn from
// [out, in, h, w] to [h, w, in, out].
func toGraph(flat *Node, p *nn.Param) *Node {
	x := Reshape(flat, p.Shape...)
	if p.IsKernel() {
		return TransposeAllAxes(x, 2, 3, 1, 0)
	}
	return x
}

// offsets are pairs by the layer's name.
type offsets map[string]nn.Offset

// Offset implements [nn.Adapter].
func (a offsets) Offset(_ *Graph, layer string) (nn.Offset, bool) {
	o, ok := a[layer]
	return o, ok
}

// export reads the pairs back from where w keeps them.
func (l *lowRank) export(w *nn.Weights) ([]weights.LoRALayer, error) {
	flat, err := flatOf(w.Variable(pairsName))
	if err != nil {
		return nil, err
	}
	parts := l.cut(flat)
	var out []weights.LoRALayer
	for i, layer := range l.layers {
		down, up := pairOf(layer, l.rank)
		out = append(out, weights.LoRALayer{
			Component: l.component, Layer: moduleOf(layer), Alpha: l.alpha, Rank: l.rank,
			Down: parts[2*i], DownShape: down.Shape, Up: parts[2*i+1], UpShape: up.Shape,
		})
	}
	return out, nil
}

// exportAll puts the pairs of several components together in the order that
// [weights.LoRA] promises; nil where there are none.
func exportAll(v *variables, averaged bool, sets []*lowRank) (*weights.LoRA, error) {
	all := &weights.LoRA{}
	for _, l := range sets {
		w := v.of(l.component)
		if averaged {
			w = v.averaged(l.component)
		}
		layers, err := l.export(w)
		if err != nil {
			return nil, err
		}
		all.Layers = append(all.Layers, layers...)
	}
	if len(all.Layers) == 0 {
		return nil, nil
	}
	slices.SortFunc(all.Layers, func(a, b weights.LoRALayer) int {
		return strings.Compare(a.Component+"\x00"+a.Layer, b.Component+"\x00"+b.Layer)
	})
	return all, nil
}
