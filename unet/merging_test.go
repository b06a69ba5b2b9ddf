package unet_test

import (
	"math"
	"slices"
	"strings"
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

// merging is the bundle with a model that merges.
func (b *bundle) merging(share float64) *bundle {
	other := *b
	other.model = b.model.Merging(share)
	return &other
}

// nodes builds the graph of a pass for one prompt, or two, and lists its nodes.
func (b *bundle) nodes(d duet) (list []string) {
	g := NewGraph(enginetest.Go(b.t).Backend(), "nodes")
	defer g.Finalize()
	of := func(x *tensors.Tensor, name string) *Node { return Parameter(g, name, x.Shape()) }
	p := nn.NewPass(b.weights, d.options)
	p.Adapters = d.pairs
	if d.alpha != nil {
		p.Blend = &nn.Blend{Hard: of(d.hard, "hard"), Alpha: of(d.alpha, "alpha")}
	}
	b.model.Forward(p, of(d.sample, "sample"), of(d.timestep, "timestep"), of(d.soft, "soft"))
	for _, n := range g.Nodes() {
		list = append(list, n.String())
	}
	return list
}

// quick is small on the backend that has it ready at once.
func quick(t *testing.T, c unet.Config) (*bundle, duet) {
	b, d := small(t, c)
	d.engine = enginetest.Go(t)
	return b, d
}

// matches counts how often a pass looks for tokens to merge.
func (b *bundle) matches(d duet) (count int) {
	for _, n := range b.nodes(d) {
		if strings.Contains(n, "ArgMinMax") {
			count++
		}
	}
	return count
}

// A share of 0 is the plain model: the same graph, the same numbers.
func TestMergingNone(t *testing.T) {
	b, d := quick(t, smallConfig())
	if !slices.Equal(b.nodes(d), b.merging(0).nodes(d)) {
		t.Error("the graph is another")
	}
	if !slices.Equal(b.duet(d), b.merging(0).duet(d)) {
		t.Error("the numbers are others")
	}
	b.merging(0.5)
	if b.matches(d) != 0 {
		t.Error("the model itself was changed")
	}
}

// Tokens are merged where features are as large as the latents: in one block of the
// way down and two of the way up, and in the middle where there is but one size.
func TestMergingPlaces(t *testing.T) {
	flat := smallConfig()
	flat.BlockOutChannels = []int{4}
	flat.DownBlockTypes, flat.UpBlockTypes = flat.DownBlockTypes[:1], flat.UpBlockTypes[1:]
	for name, c := range map[string]struct {
		config unet.Config
		want   int
	}{"two sizes": {smallConfig(), 3}, "one size": {flat, 4}} {
		b, d := quick(t, c.config)
		if got := b.merging(0.5).matches(d); got != c.want {
			t.Errorf("%s: %d blocks merge tokens, want %d", name, got, c.want)
		}
		if got := b.merging(0.5).matches(d.at(0.5)); got != c.want {
			t.Errorf("%s: both paths look for tokens %d times, want %d", name, got, c.want)
		}
	}
}

// Merging moves a prediction a little; where nothing is learned and all is noise, so
// that no two tokens are alike, not far.
func TestMergingIsNear(t *testing.T) {
	quick, d := quick(t, smallConfig())
	d.sample = numbers(2, 5, 7, 4)
	plain := quick.duet(d)
	for _, share := range []float64{0.25, 0.5} {
		if off := distance(quick.merging(share).duet(d), plain); !(off > 1e-6 && off < 0.01) {
			t.Errorf("a share of %g moves the prediction by %g of its length", share, off)
		}
	}
	b := setup(t, "sd1-tiny").merging(0.5)
	f := golden.Open(t, b.dir, "golden", "unet_features.safetensors")
	got := b.run(nn.Options{}, f.Tensor("sample"), f.Tensor("timestep"), f.Tensor("encoder_hidden_states"))
	if off := distance(got, f.Float32("output")); !(off > 1e-6 && off < 0.5) {
		t.Errorf("the prediction for noise moves by %g of its length", off)
	}
}

// distance is that between numbers, as a part of the length of b.
func distance(a, b []float32) float64 {
	var off, length float64
	for i := range b {
		off += math.Pow(float64(a[i]-b[i]), 2)
		length += math.Pow(float64(b[i]), 2)
	}
	return math.Sqrt(off / length)
}

// Rows of a batch are merged each for itself.
func TestMergingRows(t *testing.T) {
	b, d := quick(t, smallConfig())
	b = b.merging(0.5)
	row := func(x *tensors.Tensor, i int) *tensors.Tensor {
		values, dims := golden.Flat(t, x), x.Shape().Dimensions
		n := len(values) / dims[0]
		return tensors.FromFlatDataAndDimensions(values[i*n:(i+1)*n], append([]int{1}, dims[1:]...)...)
	}
	var alone []float32
	for i := range 2 {
		one := d
		one.sample, one.timestep, one.soft = row(d.sample, i), row(d.timestep, i), row(d.soft, i)
		alone = append(alone, b.duet(one)...)
	}
	golden.Close(t, "both rows", b.duet(d), alone, 1e-5, true)
}

// The ends of the dial between two paths are the ends with merged tokens.
func TestMergingBlend(t *testing.T) {
	b, d := quick(t, smallConfig())
	plain := b.duet(d.at(0.5))
	b = b.merging(0.5)
	hard := d
	hard.soft, hard.pairs = d.hard, nil
	golden.Close(t, "alpha 0", b.duet(d.at(0)), b.duet(hard), 1e-6, true)
	golden.Close(t, "alpha 1", b.duet(d.at(1)), b.duet(d), 1e-5, true)
	if slices.Equal(b.duet(d.at(0.5)), plain) {
		t.Error("merging changes nothing between the ends")
	}
}

// The outermost layer alone merges as the whole UNet does.
func TestMergingShallow(t *testing.T) {
	b, d := quick(t, smallConfig())
	m := b.model.Merging(0.5)
	results, err := model.CallOnceN(d.engine.Backend(), b.store, func(_ *model.Scope, x, at, states *Node) []*Node {
		pass := nn.NewPass(b.weights, nn.Options{})
		whole := m.Forward(pass, x, at, states)
		return []*Node{whole.Sample, m.Shallow(pass, x, at, states, whole.Deep), b.model.Shallow(pass, x, at, states, whole.Deep)}
	}, d.sample, d.timestep, d.soft)
	if err != nil {
		t.Fatal(err)
	}
	whole, shallow, plain := golden.Flat(t, results[0]), golden.Flat(t, results[1]), golden.Flat(t, results[2])
	if !slices.Equal(whole, shallow) || slices.Equal(whole, plain) {
		t.Errorf("the whole UNet gives %v, its outermost layer %v, without merging %v", whole[:4], shallow[:4], plain[:4])
	}
}

func TestMergingTakesNoGradients(t *testing.T) {
	b, d := quick(t, smallConfig())
	d.options.Gradients = nn.InputGradients
	if err := engine.Try(func() error { b.merging(0.5).nodes(d); return nil }); err == nil || !strings.Contains(err.Error(), "this pass takes gradients") {
		t.Errorf("got %v", err)
	}
	if err := engine.Try(func() error { b.merging(0).nodes(d); return nil }); err != nil {
		t.Errorf("without merging: %v", err)
	}
}
