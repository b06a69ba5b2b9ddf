package nn_test

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
)

// bundle is a model under test: declare layers on Builder, set their weights,
// then run graphs.
type bundle struct {
	nn.Builder
	t       *testing.T
	store   *model.Store
	weights *nn.Weights
}

func setup(t *testing.T) *bundle {
	store := model.NewStore()
	return &bundle{nn.NewBuilder(), t, store, nn.NewWeights(store, "net")}
}

// set gives a parameter its values, in checkpoint layout.
func (b *bundle) set(p *nn.Param, values ...float32) {
	b.t.Helper()
	if err := b.weights.Set(p.Name, nn.GraphTensor(p, values)); err != nil {
		b.t.Fatal(err)
	}
}

// random gives all declared parameters values that are neither 0 nor 1.
func (b *bundle) random() {
	b.t.Helper()
	for i, p := range b.Params() {
		b.set(p, waves(p.Size(), float64(i+1))...)
	}
}

// run builds and runs a graph and returns its results, flat, as float32.
func (b *bundle) run(options nn.Options, build func(p *nn.Pass, in []*Node) []*Node, args ...any) [][]float32 {
	b.t.Helper()
	out, err := b.try(options, build, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bundle) try(options nn.Options, build func(p *nn.Pass, in []*Node) []*Node, args ...any) (out [][]float32, err error) {
	err = engine.Try(func() error {
		results, err := model.CallOnceN(enginetest.Open(b.t).Backend(), b.store, func(_ *model.Scope, in []*Node) []*Node {
			return build(nn.NewPass(b.weights, options), in)
		}, args...)
		if err != nil {
			return err
		}
		for _, r := range results {
			out = append(out, slices.Clone(tensors.MustCopyFlatData[float32](r)))
		}
		return nil
	})
	return out, err
}

// forward runs a graph of one argument and one result.
func (b *bundle) forward(layer func(p *nn.Pass, x *Node) *Node, x any) []float32 {
	b.t.Helper()
	return b.run(nn.Options{}, func(p *nn.Pass, in []*Node) []*Node { return []*Node{layer(p, in[0])} }, x)[0]
}

// waves are n smooth numbers between -1 and 1 that do not repeat.
func waves(n int, phase float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(math.Sin(phase + 1.7*float64(i)))
	}
	return v
}

func waveTensor(phase float64, shape ...int) *tensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return tensors.FromFlatDataAndDimensions(waves(n, phase), shape...)
}

// near compares to a share of the largest expected magnitude.
func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d\ngot  %v\nwant %v", what, len(got), len(want), got, want)
	}
	var scale, worst float64
	for i := range want {
		scale = max(scale, math.Abs(float64(want[i])))
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= worst) {
			worst = d // also where it is not a number
		}
	}
	if !(worst <= tolerance*max(scale, 1e-3)) {
		t.Errorf("%s: differs by %g\ngot  %v\nwant %v", what, worst, got, want)
	}
}
