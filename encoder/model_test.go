package encoder_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

func newModel(t testing.TB, c encoder.Config) *encoder.Model {
	t.Helper()
	m, err := encoder.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The names are those of the file, which stay as they are.
func TestParams(t *testing.T) {
	m := newModel(t, smallConfig())
	var got []string
	for _, p := range m.Params {
		got = append(got, fmt.Sprint(p.Name, " ", p.Shape))
	}
	want := []string{
		"vision.0.norm.weight [3]", "vision.0.norm.bias [3]", "vision.0.proj.weight [4 3]", "vision.0.proj.bias [4]",
		"vision.1.norm.weight [3]", "vision.1.norm.bias [3]", "vision.1.proj.weight [4 3]", "vision.1.proj.bias [4]",
		"unet.0.norm.weight [5]", "unet.0.norm.bias [5]", "unet.0.proj.weight [4 5]", "unet.0.proj.bias [4]",
		"blocks.0.norm.weight [4]", "blocks.0.norm.bias [4]", "blocks.0.fc1.weight [8 4]", "blocks.0.fc1.bias [8]",
		"blocks.0.fc2.weight [4 8]", "blocks.0.fc2.bias [4]", "norm.weight [4]", "norm.bias [4]",
		"token.start [3]", "token.scale [1]", "token.proj.weight [3 4]", "token.proj.bias [3]",
		"hypernetwork.proj.weight [24 4]", "hypernetwork.proj.bias [24]", "hypernetwork.scale [2]",
		"hypernetwork.attn1.to_q.down [3 4]", "hypernetwork.attn1.to_q.up [5 3]",
		"hypernetwork.attn2.to_k.down [3 3]", "hypernetwork.attn2.to_k.up [2 3]",
		"bank [2 3]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(m.Params); len(m.Learned()) != n-1 || slices.Contains(m.Learned(), m.Bank()) || m.Bank() != m.Params[n-1] {
		t.Errorf("%d of %d parameters learn", len(m.Learned()), n)
	}
	named := []string{m.TokenStart().Name, m.TokenScale().Name, m.Scale().Name}
	if diff := cmp.Diff([]string{"token.start", "token.scale", "hypernetwork.scale"}, named); diff != "" {
		t.Error(diff)
	}
}

func TestParamsOfLess(t *testing.T) {
	c := smallConfig()
	c.Rank, c.Layers, c.Bank, c.Blocks = 0, nil, 0, 0
	m := newModel(t, c)
	if m.Scale() != nil || m.Bank() != nil || len(m.Learned()) != len(m.Params) {
		t.Errorf("scale %v, bank %v, %d of %d parameters learn", m.Scale(), m.Bank(), len(m.Learned()), len(m.Params))
	}
	if got, whole := len(m.Params), len(newModel(t, smallConfig()).Params); got != whole-7-1-6 {
		t.Errorf("%d parameters of %d are left", got, whole)
	}
}

// fresh gives a model its starting values in a store of its own.
func fresh(t testing.TB, m *encoder.Model) *nn.Weights {
	t.Helper()
	w := nn.NewWeights(model.NewStore(), "encoder")
	if err := w.Initialise(m.Params, 3); err != nil {
		t.Fatal(err)
	}
	return w
}

func float32s(t testing.TB, w *nn.Weights, p *nn.Param) []float32 {
	t.Helper()
	flat, err := w.Float32(p)
	if err != nil {
		t.Fatal(err)
	}
	return flat
}

func set(t testing.TB, w *nn.Weights, p *nn.Param, values []float32) {
	t.Helper()
	shape := p.Shape
	if p.IsKernel() { // OIHW on disk, HWIO in graphs
		o, i, hw := shape[0], shape[1], shape[2]*shape[3]
		turned := make([]float32, len(values))
		for at, v := range values {
			turned[at%hw*i*o+at/hw%i*o+at/hw/i] = v
		}
		values, shape = turned, []int{shape[2], shape[3], i, o}
	}
	if err := w.Set(p.Name, tensors.FromFlatDataAndDimensions(values, shape...)); err != nil {
		t.Fatal(err)
	}
}

// An untrained network begins at the words' mean and goes as far from it as words
// do, and its pairs begin at 0.
func TestStart(t *testing.T) {
	m := newModel(t, smallConfig())
	w := fresh(t, m)
	if got := float32s(t, w, m.Scale()); !slices.Equal(got, []float32{0, 0}) {
		t.Errorf("the pairs' scales begin at %v", got)
	}
	if err := m.StartToken(w, []float32{1, 2, 0, 3, 2, 4}); err != nil {
		t.Fatal(err)
	}
	if got := float32s(t, w, m.TokenStart()); !slices.Equal(got, []float32{2, 2, 2}) {
		t.Errorf("the token begins at %v, want the mean 2, 2, 2", got)
	}
	// Deviations are 1, 0 and 2: squares 1, 0, 4, of which the mean is 5/3.
	if got := float32s(t, w, m.TokenScale()); len(got) != 1 || got[0] < 1.2909 || got[0] > 1.2911 {
		t.Errorf("the token's scale is %v, want sqrt(5/3)", got)
	}
}

// counts are numbers of weights: those of an encoder's parts, and those that its
// pairs have.
type counts struct{ Trunk, Token, Hypernetwork, Bank, Pairs int }

// count counts an encoder of a width for a denoiser and a CLIP.
func count(t *testing.T, u unet.Config, v clip.VisionConfig, tokenWidth, width, basis int) (n counts) {
	t.Helper()
	denoiser, err := unet.New(u)
	if err != nil {
		t.Fatal(err)
	}
	vision := &encoder.Vision{Model: &clip.VisionModel{Config: v}}
	c := encoder.Config{
		Class: encoder.Class, Version: encoder.Version, Alpha: 1,
		Sizes:        encoder.Sizes{Width: width, Blocks: 2, Rank: 4, Basis: basis, FeatureTimesteps: []int{100, 400, 700}, Bank: 64},
		VisionLayers: vision.EverySecond(), VisionWidth: v.HiddenSize, UNetWidth: encoder.PoolWidth(u), TokenWidth: tokenWidth,
		Layers: encoder.LayersOf(encoder.Projections(denoiser.Params)),
	}
	for _, p := range newModel(t, c).Params {
		switch p.Name[:3] {
		case "tok":
			n.Token += p.Size()
		case "hyp":
			n.Hypernetwork += p.Size()
		case "ban":
			n.Bank += p.Size()
		default:
			n.Trunk += p.Size()
		}
	}
	n.Pairs = nn.FlatPairs{Layers: encoder.Projections(denoiser.Params), Rank: c.Rank}.Size()
	return n
}

// TestCounts has the sizes of encoders for Stable Diffusion 1.5, read by CLIP
// ViT-L/14, and for the demo model. New allocates no weights.
func TestCounts(t *testing.T) {
	t.Run("Stable Diffusion 1.5", func(t *testing.T) {
		u := unet.DefaultConfig()
		u.BlockOutChannels, u.CrossAttentionDim, u.AttentionHeadDim = []int{320, 640, 1280, 1280}, unet.PerBlock{768}, unet.PerBlock{8}
		u.DownBlockTypes = []string{"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"}
		u.UpBlockTypes = []string{"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"}
		v := clip.DefaultVisionConfig()
		v.HiddenSize, v.NumHiddenLayers = 1024, 24
		want := counts{Trunk: 35798144, Token: 787969, Hypernetwork: 19982464, Bank: 49152, Pairs: 797184}
		if diff := cmp.Diff(want, count(t, u, v, 768, 1024, 16)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("demo", func(t *testing.T) {
		dir := filepath.Join("..", "demo", "model")
		u, err := unet.ReadConfig(filepath.Join(dir, "unet"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := clip.ReadConfig(filepath.Join(dir, "clip"))
		if err != nil {
			t.Fatal(err)
		}
		want := counts{Trunk: 1257408, Token: 61825, Hypernetwork: 2224160, Bank: 12288, Pairs: 41984}
		if diff := cmp.Diff(want, count(t, u, c.Vision, u.CrossAttentionDim.At(0), 320, 24)); diff != "" {
			t.Error(diff)
		}
	})
}
