package vae_test

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
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
)

// smallConfig halves pictures once.
func smallConfig() vae.Config {
	c := vae.DefaultConfig()
	c.BlockOutChannels, c.NormNumGroups, c.LatentChannels = []int{4, 8}, 2, 3
	c.DownBlockTypes = []string{"DownEncoderBlock2D", "DownEncoderBlock2D"}
	c.UpBlockTypes = []string{"UpDecoderBlock2D", "UpDecoderBlock2D"}
	return c
}

// bundle is a small model with starting values.
type bundle struct {
	*vae.Model
	store   *model.Store
	weights *nn.Weights
}

func newBundle(t *testing.T) *bundle {
	t.Helper()
	m, err := vae.New(smallConfig())
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	w := nn.NewWeights(store, "vae")
	if err := w.Initialise(m.Params, 1); err != nil {
		t.Fatal(err)
	}
	return &bundle{m, store, w}
}

// Each half runs alone, also on the pure-Go backend, which is particular about
// what is left unused.
func TestHalvesAlone(t *testing.T) {
	e, err := engine.Open(t.Context(), engine.Config{Device: engine.DeviceGo, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	b := newBundle(t)
	picture := tensors.FromFlatDataAndDimensions(make([]float32, 4*6*3), 1, 4, 6, 3)
	latents := tensors.FromFlatDataAndDimensions(make([]float32, 2*3*3), 1, 2, 3, 3)
	for _, c := range []struct {
		name string
		half func(p *nn.Pass, x *Node) *Node
		in   *tensors.Tensor
		want []int
	}{
		{"Mean", func(p *nn.Pass, x *Node) *Node { return b.Encode(p, x).Mean }, picture, []int{1, 2, 3, 3}},
		{"LogVar", func(p *nn.Pass, x *Node) *Node { return b.Encode(p, x).LogVar }, picture, []int{1, 2, 3, 3}},
		{"Decode", b.Decode, latents, []int{1, 4, 6, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := model.CallOnce(e.Backend(), b.store, func(_ *model.Scope, x *Node) *Node {
				return c.half(nn.NewPass(b.weights, nn.Options{}), x)
			}, c.in)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Shape().Dimensions, c.want) {
				t.Errorf("shape %v, want %v", got.Shape().Dimensions, c.want)
			}
		})
	}
}

// The posterior of mean 1 and logvar ln 4: a sample lies two noises from the
// mean, and the divergence of each value is (1 + 4 - 1 - ln 4) / 2.
func TestPosterior(t *testing.T) {
	ln4 := float32(math.Log(4))
	results, err := model.CallOnceN(enginetest.Open(t).Backend(), model.NewStore(), func(_ *model.Scope, mean, logvar, noise *Node) []*Node {
		q := vae.Posterior{Mean: mean, LogVar: logvar}
		return []*Node{q.Sample(noise), q.KL()}
	}, [][][][]float32{{{{1, 1}}}}, [][][][]float32{{{{ln4, ln4}}}}, [][][][]float32{{{{-1, 0.5}}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]float32{{-1, 2}, {4 - ln4}} {
		for j, v := range tensors.MustCopyFlatData[float32](results[i]) {
			if math.Abs(float64(v-want[j])) > 1e-5 {
				t.Errorf("result %d is %g at %d, want %g", i, v, j, want[j])
			}
		}
	}
}

// Scaling takes off the shift first, and is undone.
func TestScale(t *testing.T) {
	c := smallConfig()
	c.ScalingFactor, c.ShiftFactor = 0.5, new(2.0)
	results, err := model.CallOnceN(enginetest.Open(t).Backend(), model.NewStore(), func(_ *model.Scope, z *Node) []*Node {
		scaled := c.Scale(z)
		return []*Node{scaled, c.Unscale(scaled)}
	}, []float32{2, 8})
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors.MustCopyFlatData[float32](results[0]); !slices.Equal(got, []float32{0, 3}) {
		t.Errorf("scaled to %v", got)
	}
	if got := tensors.MustCopyFlatData[float32](results[1]); !slices.Equal(got, []float32{2, 8}) {
		t.Errorf("unscaled to %v", got)
	}
}
