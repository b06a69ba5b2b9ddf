package pretrain

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapeinference"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// tally is a backend that computes nothing: it takes down what products and
// convolutions it is asked for. GoMLX tells a node's type and shapes but not which
// of its axes are summed over; building the node once more says that. Its values
// are shapes.
type tally struct {
	notimplemented.Backend
	graph *Graph
	work  Work
}

func newTally() *tally {
	t := &tally{work: Work{}}
	t.graph = NewGraph(t, "work of a training step")
	return t
}

// ask has a node of another graph built here, of inputs of the same shapes.
func (t *tally) ask(n *Node) {
	var inputs []*Node
	for _, in := range n.Inputs() {
		inputs = append(inputs, Parameter(t.graph, "", in.Shape()))
	}
	n.CloneWithInputs(inputs...)
}

// Builder implements [compute.Backend].
func (t *tally) Builder(string) compute.Builder { return tallyBuilder{tally: t} }

type tallyBuilder struct {
	notimplemented.Builder
	tally *tally
}

func (b tallyBuilder) Main() compute.Function { return tallyFunction{tally: b.tally} }

func (tallyBuilder) OpShape(op compute.Value) (shapes.Shape, error) { return op.(shapes.Shape), nil }

type tallyFunction struct {
	notimplemented.Function
	tally *tally
}

func (tallyFunction) Parameter(_ string, shape shapes.Shape, _ *compute.ShardingSpec) (compute.Value, error) {
	return shape, nil
}

// DotGeneral counts, for each element of the output, a multiply-add for each that is
// summed over.
func (f tallyFunction) DotGeneral(lhs compute.Value, lhsContracting, lhsBatch []int, rhs compute.Value, rhsContracting, rhsBatch []int, config compute.DotGeneralConfig) (compute.Value, error) {
	a := lhs.(shapes.Shape)
	out, err := shapeinference.DotGeneral(a, lhsContracting, lhsBatch, rhs.(shapes.Shape), rhsContracting, rhsBatch, config)
	if err != nil {
		return nil, err
	}
	operations := 2 * float64(out.Size())
	for _, axis := range lhsContracting {
		operations *= float64(a.Dim(axis))
	}
	f.tally.work[a.DType] += operations
	return out, nil
}

// ConvGeneral counts, for each output channel of each picture and each input channel
// of its group, the pairs of an output's place and a kernel's that meet an input.
func (f tallyFunction) ConvGeneral(input, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int, inputDilations, kernelDilations []int, channelGroups, batchGroups int) (compute.Value, error) {
	x, k := input.(shapes.Shape), kernel.(shapes.Shape)
	out, err := shapeinference.ConvGeneral(x, k, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups)
	if err != nil {
		return nil, err
	}
	operations := 2 * float64(out.Dim(axes.OutputBatch)) * float64(out.Dim(axes.OutputChannels)) * float64(k.Dim(axes.KernelInputChannels))
	for i := range axes.InputSpatial {
		w := window{
			input: x.Dim(axes.InputSpatial[i]), kernel: k.Dim(axes.KernelSpatial[i]), output: out.Dim(axes.OutputSpatial[i]),
			stride: along(strides, i), inputDilation: along(inputDilations, i), kernelDilation: along(kernelDilations, i),
		}
		if len(paddings) > 0 {
			w.before = paddings[i][0]
		}
		operations *= float64(w.meetings())
	}
	f.tally.work[x.DType] += operations
	return out, nil
}

// along is a setting of an axis, 1 where there is none.
func along(settings []int, axis int) int {
	if len(settings) == 0 {
		return 1
	}
	return settings[axis]
}

// window is one axis of a convolution, in elements.
type window struct {
	input, kernel, output                 int
	stride, inputDilation, kernelDilation int
	before                                int // padding ahead of the input; negative where it is cut
}

// meetings counts the pairs of a place in the output and one in the kernel between
// which is an element of the input, and not padding or a zero that dilates it.
func (w window) meetings() (n int) {
	for o := range w.output {
		for k := range w.kernel {
			place := o*w.stride + k*w.kernelDilation - w.before
			if place >= 0 && place%w.inputDilation == 0 && place/w.inputDilation < w.input {
				n++
			}
		}
	}
	return n
}
