package tuning

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// lowRank is the set of low-rank pairs of one component that learn.
type lowRank struct {
	component string // weights.UNet or weights.TextEncoder
	vars      *variables
	layers    []*nn.Param // the weights that the pairs are added to
	rank      int
	alpha     float64
}

// newLowRank makes the variables of a pair for each layer; they are 0 until
// start or load fills them.
func newLowRank(v *variables, component string, layers []*nn.Param, rank int, alpha float64) (*lowRank, error) {
	l := &lowRank{component: component, vars: v, layers: layers, rank: rank, alpha: alpha}
	for _, p := range l.params() {
		zero := nn.GraphTensor(p, make([]float32, p.Size()))
		if err := v.of(component).Set(p.Name, zero); err != nil {
			return nil, fmt.Errorf("start LoRA: %w", err)
		}
	}
	return l, nil
}

// params are the pairs' parameters, down and up of each layer in turn.
func (l *lowRank) params() []*nn.Param {
	var params []*nn.Param
	for _, layer := range l.layers {
		down, up := pairOf(layer, l.rank)
		params = append(params, down, up)
	}
	return params
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
	for i, layer := range l.layers {
		down, _ := pairOf(layer, l.rank)
		r := stream(seed, l.purpose(), uint64(i))
		bound := 1 / math.Sqrt(float64(down.Size()/l.rank))
		flat := make([]float32, down.Size())
		for j := range flat {
			flat[j] = float32((2*r.Float64() - 1) * bound)
		}
		if err := l.vars.of(l.component).Set(down.Name, nn.GraphTensor(down, flat)); err != nil {
			return fmt.Errorf("start LoRA: %w", err)
		}
	}
	return nil
}

// purpose keeps the draws of the two components apart.
func (l *lowRank) purpose() purpose {
	if l.component == weights.TextEncoder {
		return forTextLoRA
	}
	return forLoRA
}

// adapter reads the pairs in a forward pass.
func (l *lowRank) adapter() nn.Adapter {
	return &nn.LoRA{Weights: l.vars.of(l.component), Scale: l.alpha / float64(l.rank)}
}

func (l *lowRank) variables() ([]*model.Variable, error) {
	return l.vars.of(l.component).Variables(l.params())
}

// export reads the pairs back from w in checkpoint layout.
func (l *lowRank) export(w *nn.Weights) ([]weights.LoRALayer, error) {
	var out []weights.LoRALayer
	for _, layer := range l.layers {
		down, up := pairOf(layer, l.rank)
		downFlat, err := w.Float32(down)
		if err != nil {
			return nil, err
		}
		upFlat, err := w.Float32(up)
		if err != nil {
			return nil, err
		}
		out = append(out, weights.LoRALayer{
			Component: l.component, Layer: moduleOf(layer), Alpha: l.alpha, Rank: l.rank,
			Down: downFlat, DownShape: down.Shape, Up: upFlat, UpShape: up.Shape,
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
