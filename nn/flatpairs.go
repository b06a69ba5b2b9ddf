package nn

import (
	"math"
	"math/rand/v2"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// FlatPairs lays the low-rank pairs of some layers out one after another in one
// vector, down and up of each layer in turn, in checkpoint layout. In one
// variable an optimiser's graph does for all pairs what it would else do for each
// of hundreds, which takes most of the time that XLA needs to compile a step.
type FlatPairs struct {
	Layers []*Param // the weights that the pairs are added to
	Rank   int
}

// Pair are the parameters of a layer's pair in checkpoint layout: down [rank, in]
// or [rank, in, h, w], up [out, rank] or [out, rank, 1, 1].
func (f FlatPairs) Pair(layer *Param) (down, up *Param) {
	name := LayerOf(layer)
	downShape := append([]int{f.Rank}, layer.Shape[1:]...)
	upShape := []int{layer.Shape[0], f.Rank}
	if layer.IsKernel() {
		upShape = append(upShape, 1, 1)
	}
	return &Param{Name: name + "." + LoRADown, Shape: downShape}, &Param{Name: name + "." + LoRAUp, Shape: upShape}
}

// LayerOf is a layer's name: its weight's without the ending.
func LayerOf(weight *Param) string { return strings.TrimSuffix(weight.Name, ".weight") }

// Params are the pairs' parameters in their order.
func (f FlatPairs) Params() []*Param {
	var params []*Param
	for _, layer := range f.Layers {
		down, up := f.Pair(layer)
		params = append(params, down, up)
	}
	return params
}

// Size is the length of the vector.
func (f FlatPairs) Size() int {
	n := 0
	for _, p := range f.Params() {
		n += p.Size()
	}
	return n
}

// Cut is the vector's part of each parameter.
func (f FlatPairs) Cut(flat []float32) [][]float32 {
	var parts [][]float32
	for _, p := range f.Params() {
		parts = append(parts, flat[:p.Size():p.Size()])
		flat = flat[p.Size():]
	}
	return parts
}

// Start is a vector whose offsets are 0: ups are 0, and downs are drawn as
// PyTorch's kaiming_uniform(a=sqrt 5) does, uniform within 1/sqrt(inputs), which
// is peft's default. random gives the generator of each layer.
func (f FlatPairs) Start(random func(layer int) *rand.Rand) []float32 {
	flat := make([]float32, f.Size())
	for i, part := range f.Cut(flat) {
		if i%2 == 1 {
			continue // up
		}
		r := random(i / 2)
		bound := 1 / math.Sqrt(float64(len(part)/f.Rank))
		for j := range part {
			part[j] = float32((2*r.Float64() - 1) * bound)
		}
	}
	return flat
}

// Leaves are the values of each parameter, [size] each, of a vector in a graph.
// Gradients are taken with respect to these and joined: with respect to the whole
// vector each would be a sum of vectors as long as that, one a parameter.
func (f FlatPairs) Leaves(whole *Node) []*Node {
	var leaves []*Node
	at := 0
	for _, p := range f.Params() {
		leaves = append(leaves, Slice(whole, AxisRange(at, at+p.Size())))
		at += p.Size()
	}
	return leaves
}

// Adapter gives the layers of a forward pass the pairs of leaves; scale is a
// scalar.
func (f FlatPairs) Adapter(leaves []*Node, scale *Node) Adapter {
	a := offsets{}
	for i, layer := range f.Layers {
		down, up := f.Pair(layer)
		a[LayerOf(layer)] = Offset{Down: pairToGraph(leaves[2*i], down), Up: pairToGraph(leaves[2*i+1], up), Scale: scale}
	}
	return a
}

// pairToGraph gives a parameter's values their shape in graphs: kernels turn from
// [out, in, h, w] to [h, w, in, out].
func pairToGraph(flat *Node, p *Param) *Node {
	x := Reshape(flat, p.Shape...)
	if p.IsKernel() {
		return TransposeAllAxes(x, 2, 3, 1, 0)
	}
	return x
}

// offsets are pairs by the layer's name.
type offsets map[string]Offset

// Offset implements [Adapter].
func (a offsets) Offset(_ *Graph, layer string) (Offset, bool) {
	o, ok := a[layer]
	return o, ok
}
