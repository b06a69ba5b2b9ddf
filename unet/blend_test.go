package unet_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// pairs are low-rank pairs of layers, down and up, that a test puts into graphs.
type pairs struct {
	of    map[string][2]*tensors.Tensor
	scale float64
}

func (p pairs) Offset(g *Graph, layer string) (nn.Offset, bool) {
	pair, ok := p.of[layer]
	if !ok {
		return nn.Offset{}, false
	}
	return nn.Offset{Down: ConstTensor(g, pair[0]), Up: ConstTensor(g, pair[1]), Scale: Scalar(g, dtypes.Float32, p.scale)}, true
}

// duet is a pass for two prompts; alpha is nil for the soft one alone.
type duet struct {
	options                      nn.Options
	pairs                        []nn.Adapter
	sample, timestep, soft, hard *tensors.Tensor
	alpha                        *tensors.Tensor
	shared, hardShared           []nn.Adapter
	engine                       *engine.Engine // nil for the default one
	gradient                     bool           // of the sum of squares for the soft states, in place of the prediction
}

// duet runs the UNet for two prompts, NHWC in and out.
func (b *bundle) duet(d duet) []float32 {
	b.t.Helper()
	args := []any{d.sample, d.timestep, d.soft}
	if d.alpha != nil {
		args = append(args, d.hard, d.alpha)
	}
	if d.engine == nil {
		d.engine = enginetest.Fast(b.t)
	}
	results, err := model.CallOnceN(d.engine.Backend(), b.store, func(_ *model.Scope, in []*Node) []*Node {
		p := nn.NewPass(b.weights, d.options)
		p.Adapters = d.pairs
		if d.alpha != nil {
			p.Blend = &nn.Blend{Hard: in[3], Alpha: in[4], Shared: d.shared, HardShared: d.hardShared}
		}
		y := b.model.Forward(p, in[0], in[1], in[2]).Sample
		if d.gradient {
			y = Gradient(ReduceAllSum(Square(y)), in[2])[0]
		}
		return []*Node{y}
	}, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return golden.Flat(b.t, results[0])
}

var dualOutput = regexp.MustCompile(`^dual\.out\.alpha([\d.]+)\.scale([\d.]+)$`)

// paperPairs are the fixture's pairs on every attention projection.
func paperPairs(f *golden.File) map[string][2]*tensors.Tensor {
	of := map[string][2]*tensors.Tensor{}
	for _, name := range f.Names() {
		if layer, ok := strings.CutSuffix(name, ".A"); ok {
			of[strings.TrimPrefix(layer, "lora.")] = [2]*tensors.Tensor{f.Tensor(name), f.Tensor(strings.TrimSuffix(name, "A") + "B")}
		}
	}
	return of
}

func toNHWC(x []float32, shape []int) []float32 {
	c, pixels := shape[1], shape[2]*shape[3]
	out := make([]float32, len(x))
	for i, v := range x {
		at := i % (c * pixels)
		out[i-at+at%pixels*c+at/pixels] = v
	}
	return out
}

// TestGoldenBlend compares with the formula written in torch, where each branch is
// computed whole.
func TestGoldenBlend(t *testing.T) {
	paper := golden.Dir(t, "paper")
	b := setup(t, "sd1-tiny")
	f := golden.Open(t, paper, "paper.safetensors")
	shape := f.Shape("dual.sample")
	of := paperPairs(f)
	at := func(name string) *tensors.Tensor { return f.Tensor("dual." + name) }
	d := duet{sample: tensors.FromFlatDataAndDimensions(toNHWC(f.Float32("dual.sample"), shape), shape[0], shape[2], shape[3], shape[1]),
		timestep: tensors.FromFlatDataAndDimensions([]float32{float32(f.Int32("dual.timestep")[0])}, 1), soft: at("soft"), hard: at("hard")}
	want := func(name string) []float32 { return toNHWC(f.Float32(name), shape) }
	compared := 0
	for _, name := range f.Names() {
		match := dualOutput.FindStringSubmatch(name)
		if match == nil {
			continue
		}
		alpha, _ := strconv.ParseFloat(match[1], 32)
		scale, _ := strconv.ParseFloat(match[2], 64)
		for _, checkpoint := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " checkpoint=", checkpoint), func(t *testing.T) {
				d := d
				d.options.Checkpoint = checkpoint
				d.alpha, d.pairs = tensors.FromScalar(float32(alpha)), []nn.Adapter{pairs{of, scale}}
				golden.Close(t, name, b.duet(d), want(name), tolerance, false)
			})
		}
		compared++
	}
	if compared < 4 {
		t.Fatalf("found %d outputs to compare among %q", compared, f.Names())
	}
	plain := d
	plain.soft = d.hard
	golden.Close(t, "dual.out.vanilla_hard", b.duet(plain), want("dual.out.vanilla_hard"), tolerance, false)
}

// small is a small model with values everywhere, pairs on its attention layers and
// inputs.
func small(t *testing.T, c unet.Config) (*bundle, duet) {
	t.Helper()
	m, err := unet.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	w := nn.NewWeights(store, "unet")
	of := map[string][2]*tensors.Tensor{}
	for _, p := range m.Params {
		if err := w.Set(p.Name, nn.GraphTensor(p, waves(p.Size()))); err != nil {
			t.Fatal(err)
		}
		if layer, ok := strings.CutSuffix(p.Name, ".weight"); ok && strings.Contains(layer, ".attn") {
			out, in := p.Shape[0], p.Shape[1]
			of[layer] = [2]*tensors.Tensor{tensors.FromFlatDataAndDimensions(waves(2*in), 2, in), tensors.FromFlatDataAndDimensions(waves(2*out), out, 2)}
		}
	}
	wave := func(phase int, shape ...int) *tensors.Tensor {
		n := 1
		for _, d := range shape {
			n *= d
		}
		return tensors.FromFlatDataAndDimensions(waves(n + phase)[phase:], shape...)
	}
	context := c.CrossAttentionDim.At(0)
	return &bundle{t, m, w, store, ""}, duet{pairs: []nn.Adapter{pairs{of, 0.5}}, sample: wave(0, 2, 4, 4, 4),
		timestep: tensors.FromFlatDataAndDimensions([]float32{30, 700}, 2), soft: wave(1, 2, 3, context), hard: wave(5, 2, 4, context)}
}

func (d duet) at(alpha ...float32) duet {
	d.alpha = tensors.FromFlatDataAndDimensions(alpha, len(alpha))
	if len(alpha) == 1 {
		d.alpha = tensors.FromScalar(alpha[0])
	}
	return d
}

// pooling is a config whose time embedding reads the text too.
func pooling() unet.Config {
	c := smallConfig()
	c.AdditionEmbedType, c.AdditionEmbedHeads = new("text"), 2
	return c
}

// The ends of the dial are the plain model on the hard prompt and the adapted one on
// the soft prompt; each row may have its own.
func TestBlendEnds(t *testing.T) {
	for name, c := range map[string]unet.Config{"plain": smallConfig(), "pooled text": pooling()} {
		t.Run(name, func(t *testing.T) {
			b, d := small(t, c)
			soft := b.duet(d)
			hardAlone := d
			hardAlone.soft, hardAlone.pairs = d.hard, nil
			hard := b.duet(hardAlone)
			if slices.Equal(hard, soft) {
				t.Fatal("both paths are the same")
			}
			golden.Close(t, "alpha 0", b.duet(d.at(0)), hard, 1e-6, true)
			golden.Close(t, "alpha 1", b.duet(d.at(1)), soft, 1e-5, true)
			half := len(soft) / 2
			middle := b.duet(d.at(0.5))
			golden.Close(t, "alpha of each row", b.duet(d.at(0, 0.5)), slices.Concat(hard[:half], middle[half:]), 1e-5, true)
			if slices.Equal(middle[half:], hard[half:]) || slices.Equal(middle[half:], soft[half:]) {
				t.Error("the middle is an end")
			}
		})
	}
}

// Adapters that both branches share are as good as weights of their own.
func TestBlendShared(t *testing.T) {
	b, d := small(t, smallConfig())
	both := d
	both.shared, both.pairs = d.pairs, nil
	hardAlone := d
	hardAlone.soft = d.hard
	golden.Close(t, "alpha 0", b.duet(both.at(0)), b.duet(hardAlone), 1e-5, true)
	golden.Close(t, "alpha 1", b.duet(both.at(1)), b.duet(d), 1e-5, true)
}

// What reads the hard prompt has the shared adapters that are placed there, all else
// the others.
func TestBlendHardShared(t *testing.T) {
	b, d := small(t, smallConfig())
	of := map[string][2]*tensors.Tensor{}
	for layer, pair := range d.pairs[0].(pairs).of {
		if unet.ReadsText(layer) {
			of[layer] = pair
		}
	}
	d.pairs = []nn.Adapter{pairs{of, 0.5}}
	both := d
	both.shared, both.hardShared, both.pairs = d.pairs, []nn.Adapter{pairs{}}, nil
	hardAlone := d
	hardAlone.soft, hardAlone.pairs = d.hard, nil
	golden.Close(t, "alpha 0", b.duet(both.at(0)), b.duet(hardAlone), 1e-5, true)
	golden.Close(t, "alpha 1", b.duet(both.at(1)), b.duet(d), 1e-5, true)
	other := both
	other.hardShared = nil
	if slices.Equal(b.duet(other.at(0)), b.duet(both.at(0))) {
		t.Error("the pairs change nothing in the hard branch")
	}
}

// The layers that read text are those as wide as it.
func TestReadsText(t *testing.T) {
	m, err := unet.New(pooling())
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range m.Params {
		layer, ok := strings.CutSuffix(p.Name, ".weight")
		want := ok && strings.Contains(layer, ".attn") && p.Shape[1] == m.Config.CrossAttentionDim.At(0)
		if unet.ReadsText(layer) != want {
			t.Errorf("%s %v reads text: %t", p.Name, p.Shape, !want)
		}
		if want {
			found++
		}
	}
	if found == 0 {
		t.Error("no layer reads text")
	}
}

// Recomputing changes no gradient, and products in bfloat16 change little.
func TestBlendOptions(t *testing.T) {
	b, d := small(t, smallConfig())
	d = d.at(0.5)
	exact := b.duet(d)
	d.options.DType = dtypes.BFloat16
	half := b.duet(d)
	golden.Close(t, "bfloat16", half, exact, 0.1, true)
	if slices.Equal(half, exact) {
		t.Error("bfloat16 was computed in float32")
	}
	d.options = nn.Options{Gradients: nn.InputGradients}
	d.gradient = true
	gradient := b.duet(d)
	d.options.Checkpoint = true
	golden.Close(t, "gradient where blocks are recomputed", b.duet(d), gradient, 1e-5, true)
}

// What both branches compute is there once: nothing is added where a layer has no
// offsets, but for the second look at text.
func TestBlendShares(t *testing.T) {
	b, d := small(t, smallConfig())
	count := func(d duet) (softmaxes int) {
		g := NewGraph(enginetest.Open(t).Backend(), "count")
		defer g.Finalize()
		of := func(x *tensors.Tensor, name string) *Node { return Parameter(g, name, x.Shape()) }
		p := nn.NewPass(b.weights, nn.Options{})
		p.Adapters = d.pairs
		if d.alpha != nil {
			p.Blend = &nn.Blend{Hard: of(d.hard, "hard"), Alpha: of(d.alpha, "alpha")}
		}
		b.model.Forward(p, of(d.sample, "sample"), of(d.timestep, "timestep"), of(d.soft, "soft"))
		for _, n := range g.Nodes() {
			if n.Type() == NodeTypeReduceMax {
				softmaxes++
			}
		}
		return softmaxes
	}
	plain := count(d)
	if plain == 0 {
		t.Fatal("attention is not counted")
	}
	if got := count(d.at(0.5)); got != 2*plain {
		t.Errorf("attention runs %d times for two branches, %d for one", got, plain)
	}
	d.pairs = nil
	if got := count(d.at(0.5)); 2*got != 3*plain {
		t.Errorf("attention runs %d times without offsets, %d for one branch", got, plain)
	}
}
