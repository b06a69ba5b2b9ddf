package unet_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// tolerance is the golden README's for UNet outputs.
const tolerance = 3e-5

type bundle struct {
	t       *testing.T
	model   *unet.Model
	weights *nn.Weights
	store   *model.Store
	dir     string
}

func setup(t *testing.T, fixture string) *bundle {
	t.Helper()
	dir := golden.Dir(t, fixture)
	store := model.NewStore()
	m, w, err := unet.Open(filepath.Join(dir, "unet"), store, "unet")
	if err != nil {
		t.Fatal(err)
	}
	return &bundle{t, m, w, store, dir}
}

// run evaluates the UNet on NCHW samples and returns NCHW.
func (b *bundle) run(options nn.Options, sample, timesteps, states *tensors.Tensor) []float32 {
	b.t.Helper()
	return b.outputs(options, func(o unet.Output) []*Node { return []*Node{o.Sample} }, sample, timesteps, states)[0]
}

func (b *bundle) outputs(options nn.Options, pick func(unet.Output) []*Node, sample, timesteps, states *tensors.Tensor) [][]float32 {
	b.t.Helper()
	exec, err := model.NewExec(enginetest.Fast(b.t).Backend(), b.store, func(_ *model.Scope, x, t, c *Node) []*Node {
		picked := pick(b.model.Forward(nn.NewPass(b.weights, options), nn.ToNHWC(x), t, c))
		out := make([]*Node, len(picked))
		for i, n := range picked {
			out[i] = nn.ToNCHW(ConvertDType(n, dtypes.Float32))
		}
		return out
	})
	if err != nil {
		b.t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(sample, timesteps, states)
	if err != nil {
		b.t.Fatal(err)
	}
	flat := make([][]float32, len(results))
	for i, r := range results {
		flat[i] = golden.Flat(b.t, r)
	}
	return flat
}

// first keeps row 0 of a tensor.
func first(t testing.TB, f *golden.File, name string) *tensors.Tensor {
	shape := append([]int{1}, f.Shape(name)[1:]...)
	n := 1
	for _, d := range shape {
		n *= d
	}
	return tensors.FromFlatDataAndDimensions(f.Float32(name)[:n], shape...)
}

var single = regexp.MustCompile(`^unet\.(\d+x\d+)\.b1\.t(\d+)\.output$`)

func TestGoldenUNet(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			b := setup(t, fixture)
			f := golden.Open(t, b.dir, "golden", "unet.safetensors")
			compared := 0
			for _, name := range f.Names() {
				switch match := single.FindStringSubmatch(name); {
				case match != nil:
					var at float32
					fmt.Sscan(match[2], &at)
					got := b.run(nn.Options{}, first(t, f, "unet."+match[1]+".sample"),
						tensors.FromFlatDataAndDimensions([]float32{at}, 1), first(t, f, "unet.encoder_hidden_states"))
					f.Close(name, got, tolerance, false)
					compared++
				case strings.HasSuffix(name, ".b2.output"):
					size := strings.TrimSuffix(name, ".b2.output")
					got := b.run(nn.Options{}, f.Tensor(size+".sample"), f.Tensor(timestepName(f, size)), f.Tensor("unet.encoder_hidden_states"))
					f.Close(name, got, tolerance, false)
					compared++
				}
			}
			if compared == 0 {
				t.Fatalf("found nothing to compare among %q", f.Names())
			}
		})
	}
}

// timestepName finds the tensor of a batch's timesteps: its own, or the one
// that all sizes share.
func timestepName(f *golden.File, size string) string {
	for _, name := range []string{size + ".b2.timestep", "unet.b2.timestep"} {
		if f.Has(name) {
			return name
		}
	}
	f.Shape(size + ".b2.timestep") // fails the test and says so
	return ""
}

// A recomputed backward pass must not change the forward pass, and the other
// way to convolve must give the same numbers.
func TestGoldenUNetOptions(t *testing.T) {
	enginetest.Fast(t) // or skip all of it
	b := setup(t, "sd1-tiny")
	f := golden.Open(t, b.dir, "golden", "unet_features.safetensors")
	im2col := func(nn.ConvShape) nn.ConvPath { return nn.ConvIm2col }
	for name, options := range map[string]nn.Options{
		"checkpoint": {Checkpoint: true},
		"im2col":     {ConvPath: im2col},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.run(options, f.Tensor("sample"), f.Tensor("timestep"), f.Tensor("encoder_hidden_states"))
			f.Close("output", got, tolerance, false)
		})
	}
}

func TestGoldenUNetFeatures(t *testing.T) {
	for _, fixture := range []string{"sd1-tiny", "sd2-tiny"} {
		t.Run(fixture, func(t *testing.T) {
			b := setup(t, fixture)
			f := golden.Open(t, b.dir, "golden", "unet_features.safetensors")
			names := []string{"mid"}
			pick := func(o unet.Output) []*Node {
				nodes := []*Node{o.Mid}
				for i, d := range o.Down {
					names, nodes = append(names, fmt.Sprint("down.", i)), append(nodes, d)
				}
				for i, s := range o.Skips {
					names, nodes = append(names, fmt.Sprint("skip.", i)), append(nodes, s)
				}
				return nodes
			}
			got := b.outputs(nn.Options{}, pick, f.Tensor("sample"), f.Tensor("timestep"), f.Tensor("encoder_hidden_states"))
			for i, name := range names {
				f.Close(name, got[i], tolerance, false)
			}
		})
	}
}

func TestGoldenTimeEmbedding(t *testing.T) {
	b := setup(t, "sd1-tiny")
	f := golden.Open(t, b.dir, "golden", "unet.safetensors")
	c := b.model.Config
	exec, err := model.NewExec(enginetest.Open(t).Backend(), b.store, func(_ *model.Scope, at *Node) []*Node {
		return []*Node{
			nn.Timesteps(at, c.BlockOutChannels[0], c.FlipSinToCos, c.FreqShift),
			b.model.TimeEmbedding(nn.NewPass(b.weights, nn.Options{}), at),
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	results, err := exec.Call(f.Tensor("unet.time.timestep"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close("unet.time.sinusoid", golden.Flat(t, results[0]), tolerance, false)
	f.Close("unet.time.embedding", golden.Flat(t, results[1]), tolerance, false)
}
