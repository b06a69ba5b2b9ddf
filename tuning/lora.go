package tuning

import (
	"fmt"
	"math/rand/v2"
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

// lowRank is the set of low-rank pairs of one component that learn, all in one
// variable.
type lowRank struct {
	nn.FlatPairs
	component string // weights.UNet or weights.TextEncoder
	vars      *variables
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
	l := &lowRank{FlatPairs: nn.FlatPairs{Layers: layers, Rank: rank}, component: component, vars: v, alpha: alpha}
	return l, l.set(make([]float32, l.Size()))
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

// start gives the pairs the values from which their offsets are 0. Each layer has
// a generator of its own.
func (l *lowRank) start(seed uint64) error {
	return l.set(l.Start(func(layer int) *rand.Rand { return stream(seed, l.purpose(), uint64(layer)) }))
}

// predicted gives the pairs the values that an encoder predicts.
func (l *lowRank) predicted(pairs []float32) error {
	if len(pairs) != l.Size() {
		return fmt.Errorf("start LoRA: the encoder predicts %d numbers for pairs of %d", len(pairs), l.Size())
	}
	return l.set(pairs)
}

// purpose keeps the draws of the two components apart.
func (l *lowRank) purpose() purpose {
	if l.component == weights.TextEncoder {
		return forTextLoRA
	}
	return forLoRA
}

// in are the values of each parameter in a graph, the same nodes at each call.
func (l *lowRank) in(g *Graph) []*Node {
	if l.graph != g {
		l.graph, l.leaves = g, l.Leaves(l.variable().NodeValue(g))
	}
	return l.leaves
}

// adapter gives the layers of a forward pass their pairs.
func (l *lowRank) adapter(g *Graph) nn.Adapter {
	return l.Adapter(l.in(g), Scalar(g, dtypes.Float32, l.alpha/float64(l.Rank)))
}

// export reads the pairs back from where w keeps them.
func (l *lowRank) export(w *nn.Weights) ([]weights.LoRALayer, error) {
	flat, err := flatOf(w.Variable(pairsName))
	if err != nil {
		return nil, err
	}
	parts := l.Cut(flat)
	var out []weights.LoRALayer
	for i, layer := range l.Layers {
		down, up := l.Pair(layer)
		out = append(out, weights.LoRALayer{
			Component: l.component, Layer: nn.LayerOf(layer), Alpha: l.alpha, Rank: l.Rank,
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
