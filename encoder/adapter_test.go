package encoder_test

import (
	"path/filepath"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// adapted is a denoiser and an encoder for it with starting values, in one store.
type adapted struct {
	denoiser *unet.Model
	base, w  *nn.Weights
	model    *encoder.Model
}

// adapt makes an encoder that reads six features.
func adapt(t *testing.T, dir string) *adapted {
	t.Helper()
	store := model.NewStore()
	a := &adapted{w: nn.NewWeights(store, "encoder")}
	var err error
	if a.denoiser, a.base, err = unet.Open(filepath.Join(dir, "unet"), store, "unet"); err != nil {
		t.Fatal(err)
	}
	c := smallConfig()
	c.Layers = encoder.LayersOf(encoder.Projections(a.denoiser.Params))
	c.FeatureTimesteps, c.UNetWidth = nil, 0
	a.model = newModel(t, c)
	if err := a.w.Initialise(a.model.Params, 5); err != nil {
		t.Fatal(err)
	}
	return a
}

func tiny(t *testing.T) *adapted {
	t.Helper()
	dir := t.TempDir()
	tinymodel.Write(t, dir)
	return adapt(t, dir)
}

// scaled gives all pairs a scale.
func (a *adapted) scaled(t *testing.T, scale float32) {
	t.Helper()
	set(t, a.w, a.model.Scale(), slices.Repeat([]float32{scale}, a.model.Scale().Size()))
}

func (a *adapted) predict(vision *Node) encoder.Prediction {
	return a.model.Forward(nn.NewPass(a.w, nn.Options{}), encoder.Features{Vision: vision})
}

// denoise runs the denoiser with adapters on latents, timesteps and text states.
func (a *adapted) denoise(in []*Node, adapters ...nn.Adapter) *Node {
	return a.denoiser.Forward(nn.NewPass(a.base, nn.Options{Adapters: adapters}), in[0], in[1], in[2]).Sample
}

// inputs are latents, timesteps and text states of a batch, and its features.
func (a *adapted) inputs(batch int) []any {
	c := a.denoiser.Config
	side, width := c.SampleSize, c.CrossAttentionDim.At(0)
	of := func(phase float64, shape ...int) *tensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return tensors.FromFlatDataAndDimensions(waves(n, phase), shape...)
	}
	at := make([]int32, batch)
	for i := range at {
		at[i] = int32(300 * i)
	}
	return []any{of(0, batch, side, side, c.InChannels), at, of(1, batch, 3, width), of(2, batch, 6)}
}

// A fresh hypernetwork leaves the denoiser as it is, to the bit; with a scale its
// pairs change it.
func TestFreshPairsDoNothing(t *testing.T) {
	for name, c := range map[string]struct {
		adapted *adapted
		engine  *engine.Engine
	}{
		"tiny":     {tiny(t), enginetest.Open(t)},
		"sd2-tiny": {adapt(t, golden.Dir(t, "sd2-tiny")), enginetest.Go(t)},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.adapted
			args := a.inputs(1)
			with := exec(t, c.engine, a.w.Store(), func(in []*Node) *Node { return a.denoise(in, a.model.Adapter(a.predict(in[3]))) })
			plain := exec(t, c.engine, a.w.Store(), func(in []*Node) *Node { return a.denoise(in) })(args[:3])
			if got := with(args); !slices.Equal(got, plain) {
				t.Errorf("with pairs of scale 0 the denoiser gives %v, without %v", got[:4], plain[:4])
			}
			a.scaled(t, 0.5)
			if got := with(args); slices.Equal(got, plain) {
				t.Error("pairs with a scale change nothing")
			}
		})
	}
}

// exec builds a graph of one result and returns what runs it.
func exec(t *testing.T, e *engine.Engine, store *model.Store, build func(in []*Node) *Node) func(args []any) []float32 {
	t.Helper()
	x, err := model.NewExec(e.Backend(), store, func(_ *model.Scope, in []*Node) *Node { return build(in) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Finalize)
	return func(args []any) []float32 {
		t.Helper()
		results, err := x.Call(args...)
		if err != nil {
			t.Fatal(err)
		}
		return golden.Flat(t, results[0])
	}
}

// Each row of a batch has a pair of its own: it is as it would be alone.
func TestPairsOfEachRow(t *testing.T) {
	const batch = 3
	a := tiny(t)
	a.scaled(t, 0.5)
	got := run(t, a.w.Store(), func(in []*Node) []*Node {
		var alone, exchanged []*Node
		for i := range batch {
			var row []*Node
			for _, x := range in {
				row = append(row, SliceAxis(x, 0, AxisRange(i, i+1)))
			}
			alone = append(alone, a.denoise(row, a.model.Adapter(a.predict(row[3]))))
			exchanged = append(exchanged, SliceAxis(in[3], 0, AxisRange((i+1)%batch, (i+1)%batch+1)))
		}
		return []*Node{
			a.denoise(in, a.model.Adapter(a.predict(in[3]))), Concatenate(alone, 0),
			a.denoise(in, a.model.Adapter(a.predict(Concatenate(exchanged, 0)))),
		}
	}, a.inputs(batch)...)
	golden.Close(t, "rows", got[0], got[1], 1e-5, true)
	if size := len(got[0]) / batch; slices.Equal(got[0][:size], got[2][:size]) {
		t.Error("another row's features change nothing")
	}
}

// Flat lies as nn.FlatPairs lays pairs out, by which tuning goes on from them.
func TestFlat(t *testing.T) {
	a := tiny(t)
	a.scaled(t, 0.5)
	pairs := nn.FlatPairs{Layers: encoder.Projections(a.denoiser.Params), Rank: a.model.Config.Rank}
	got := run(t, a.w.Store(), func(in []*Node) []*Node {
		p := a.predict(in[3])
		flat := p.Flat()
		laid := pairs.Adapter(pairs.Leaves(flat), Scalar(flat.Graph(), flat.DType(), 1))
		return []*Node{a.denoise(in, laid), a.denoise(in, a.model.Adapter(p)), a.denoise(in[:3]), flat}
	}, a.inputs(1)...)
	golden.Close(t, "denoiser", got[0], got[1], 1e-6, true)
	if slices.Equal(got[0], got[2]) {
		t.Error("the pairs change nothing")
	}
	if len(got[3]) != pairs.Size() {
		t.Errorf("%d numbers are predicted, %d belong to the layers", len(got[3]), pairs.Size())
	}
}

// TestGoldenPool compares what is read of the denoiser with E4T's features.
func TestGoldenPool(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			dir := golden.Dir(t, fixture)
			store := model.NewStore()
			m, w, err := unet.Open(filepath.Join(dir, "unet"), store, "unet")
			if err != nil {
				t.Fatal(err)
			}
			f := golden.Open(t, dir, "golden", "unet_features.safetensors")
			got := run(t, store, func(in []*Node) []*Node {
				return []*Node{encoder.Pool(m.Forward(nn.NewPass(w, nn.Options{}), nn.ToNHWC(in[0]), in[1], in[2]))}
			}, f.Tensor("sample"), f.Tensor("timestep"), f.Tensor("encoder_hidden_states"))[0]
			if wide := len(got) / f.Shape("sample")[0]; wide != encoder.PoolWidth(m.Config) {
				t.Errorf("%d numbers are read, PoolWidth says %d", wide, encoder.PoolWidth(m.Config))
			}
			f.Close("pooled_blocks", got, 3e-5, false)
		})
	}
}
