package unet_test

import (
	"log/slog"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// smallConfig is the smallest model that has every kind of block.
func smallConfig() unet.Config {
	c := unet.DefaultConfig()
	c.BlockOutChannels = []int{4, 8}
	c.DownBlockTypes = []string{"CrossAttnDownBlock2D", "DownBlock2D"}
	c.UpBlockTypes = []string{"UpBlock2D", "CrossAttnUpBlock2D"}
	c.LayersPerBlock, c.CrossAttentionDim, c.AttentionHeadDim = unet.PerBlock{1}, unet.PerBlock{6}, unet.PerBlock{2}
	c.NormNumGroups = 2
	return c
}

// Encoders read the features and leave the way up unused; every backend must
// run such a graph, the pure-Go one too.
func TestFeaturesAlone(t *testing.T) {
	m, err := unet.New(smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Config{Device: engine.DeviceGo, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	store := model.NewStore()
	w := nn.NewWeights(store, "unet")
	if err := w.Initialise(m.Params, 1); err != nil {
		t.Fatal(err)
	}
	results, err := model.CallOnceN(e.Backend(), store, func(_ *model.Scope, x, at, states *Node) []*Node {
		out := m.Forward(nn.NewPass(w, nn.Options{}), x, at, states)
		return append([]*Node{out.Mid}, out.Down...)
	}, numbers(1, 5, 4, 4), int32(3), numbers(1, 2, 6))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int{{1, 3, 2, 8}, {1, 3, 2, 4}, {1, 3, 2, 8}} {
		if got := results[i].Shape().Dimensions; !slices.Equal(got, want) {
			t.Errorf("result %d has shape %v, want %v", i, got, want)
		}
	}
}

// With the deep features of the same call, the outermost layer alone gives what
// the whole UNet gives; with those of another time it does not.
func TestShallow(t *testing.T) {
	m, err := unet.New(smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	w := nn.NewWeights(store, "unet")
	if err := w.Initialise(m.Params, 1); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params { // what starts at 0 would hide a missing layer
		if err := w.Set(p.Name, nn.GraphTensor(p, waves(p.Size()))); err != nil {
			t.Fatal(err)
		}
	}
	results, err := model.CallOnceN(enginetest.Open(t).Backend(), store, func(_ *model.Scope, x, at, states *Node) []*Node {
		pass := nn.NewPass(w, nn.Options{})
		now := m.Forward(pass, x, at, states)
		earlier := m.Forward(pass, x, AddScalar(at, 400), states)
		return []*Node{now.Sample, m.Shallow(pass, x, at, states, now.Deep), m.Shallow(pass, x, at, states, earlier.Deep)}
	}, numbers(1, 5, 4, 4), int32(3), numbers(1, 2, 6))
	if err != nil {
		t.Fatal(err)
	}
	whole, same, old := golden.Flat(t, results[0]), golden.Flat(t, results[1]), golden.Flat(t, results[2])
	if slices.Equal(whole, make([]float32, len(whole))) || !slices.Equal(whole, same) {
		t.Errorf("the whole UNet gives %v, its outermost layer %v", whole[:4], same[:4])
	}
	if slices.Equal(whole, old) {
		t.Error("deep features of another time change nothing")
	}
}

func waves(n int) []float32 {
	flat := make([]float32, n)
	for i := range flat {
		flat[i] = float32(math.Sin(float64(i))) / 2
	}
	return flat
}

// numbers are 0, 1, 2, 3 ... thousandths in a shape.
func numbers(shape ...int) *tensors.Tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	flat := make([]float32, n)
	for i := range flat {
		flat[i] = float32(i) / 1000
	}
	return tensors.FromFlatDataAndDimensions(flat, shape...)
}
