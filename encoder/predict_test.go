package encoder_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

// pictures are n gradients of different colours and sizes.
func pictures(n int) []*picture.Picture {
	var all []*picture.Picture
	for i := range n {
		p := picture.New(12+i%3, 10)
		for j := range p.Pix {
			p.Pix[j] = uint8(j*(7+4*i) + 31*i)
		}
		all = append(all, p)
	}
	return all
}

func predict(t *testing.T, e *encoder.Encoder, seed uint64, shown ...*picture.Picture) *encoder.Subject {
	t.Helper()
	s, err := e.Predict(context.Background(), shown, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// all is everything that is said of a subject.
func all(s *encoder.Subject) []float32 { return slices.Concat(s.Token, s.Pairs) }

// An encoder that is written and opened predicts from any number of pictures, the
// same each time, whatever it reads.
func TestPredict(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), true)
	p := pictures(20)
	for name, r := range map[string]reads{"UNet": {unet: true}, "CLIP": {vision: true}, "both": {vision: true, unet: true}, "CLIP and a tower": {vision: true, tower: true}} {
		t.Run(name, func(t *testing.T) {
			write(t, base, r, nil)
			e := open(t, base)
			first := predict(t, e, 7, p[0])
			size := nn.FlatPairs{Layers: encoder.Projections(base.UNet.Params), Rank: 2}.Size()
			if len(first.Token) != 8 || first.Rank != 2 || len(first.Pairs) != size {
				t.Fatalf("%d numbers of the token, rank %d, %d numbers of pairs; want 8, 2 and %d", len(first.Token), first.Rank, len(first.Pairs), size)
			}
			for _, n := range []int{2, 20} {
				s := predict(t, e, 7, p[:n]...)
				if len(all(s)) != len(all(first)) || slices.Equal(all(s), all(first)) || !finite(all(s)) {
					t.Errorf("%d pictures give %d numbers, as one does: %t", n, len(all(s)), slices.Equal(all(s), all(first)))
				}
			}
			if again := predict(t, e, 7, p[0]); !slices.Equal(all(again), all(first)) {
				t.Error("the same picture gives another prediction")
			}
			golden.Close(t, "one picture twice", all(predict(t, e, 7, p[0], p[0])), all(first), 1e-5, true)
			golden.Close(t, "another order", all(predict(t, e, 7, p[1], p[0], p[2])), all(predict(t, e, 7, p[:3]...)), 1e-5, true)
			if other := predict(t, e, 7, p[1]); slices.Equal(all(other), all(first)) {
				t.Error("another picture gives the same prediction")
			}
			if other := predict(t, e, 8, p[0]); slices.Equal(all(other), all(first)) != !r.unet {
				t.Errorf("another seed gives the same prediction: %t", r.unet)
			}
		})
	}
}

func finite(values []float32) bool {
	return !slices.ContainsFunc(values, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) })
}

func TestPredictOfLess(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), false)
	write(t, base, reads{unet: true}, func(c *encoder.Config) { c.Rank, c.Layers, c.Bank = 0, nil, 0 })
	e := open(t, base)
	if s := predict(t, e, 7, pictures(1)...); len(s.Token) != 8 || s.Rank != 0 || s.Pairs != nil {
		t.Errorf("predicted %+v", s)
	}
	if bank, err := e.Bank(); bank != nil || err != nil {
		t.Errorf("the bank is %v, %v", bank, err)
	}
}

func TestBank(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), false)
	write(t, base, reads{unet: true}, nil)
	bank, err := open(t, base).Bank()
	if err != nil || len(bank) != 2 || len(bank[0]) != 8 || slices.Equal(bank[0], bank[1]) {
		t.Errorf("the bank is %v, %v", bank, err)
	}
}

func TestPredictRefuses(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), false)
	write(t, base, reads{unet: true}, nil)
	e := open(t, base)
	if _, err := e.Predict(context.Background(), nil, 7); err == nil || !strings.Contains(err.Error(), "there are 0") {
		t.Errorf("no pictures gave %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Predict(ctx, pictures(1), 7); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled prediction gave %v", err)
	}
}

// Pictures that are read many at a time have the features that each has alone, of
// its own noise; latents that are there are not encoded again.
func TestReader(t *testing.T) {
	ctx := context.Background()
	base := tinymodel.Open(t, enginetest.Go(t), true)
	vision, err := encoder.OpenVision(base.Dir)
	if err != nil {
		t.Fatal(err)
	}
	const n = 18 // more than go through at once
	c := configFor(t, base, reads{vision: true, unet: true})
	reader := func(c encoder.Config, together bool) *encoder.Reader {
		r, err := encoder.NewReader(ctx, base, vision, c, together)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return r
	}
	read := func(r *encoder.Reader, shown []*picture.Picture, latents *tensors.Tensor, seeds ...uint64) encoder.Reading {
		t.Helper()
		out, err := r.Read(ctx, shown, latents, seeds)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	many, one := reader(c, true), reader(c, false)
	shown := pictures(n)
	var seeds []uint64
	var squares []*picture.Picture
	for i, p := range shown {
		seeds = append(seeds, uint64(100+i))
		squares = append(squares, p.Square(base.DefaultSize()))
	}
	whole := read(many, shown, nil, seeds...)
	visionWidth, unetWidth := len(c.VisionLayers)*c.VisionWidth, len(c.FeatureTimesteps)*c.UNetWidth
	if len(whole.Vision) != n*visionWidth || len(whole.UNet) != n*unetWidth {
		t.Fatalf("%d and %d numbers are read of %d pictures", len(whole.Vision), len(whole.UNet), n)
	}
	for _, i := range []int{0, 15, 16, 17} {
		alone := read(one, shown[i:i+1], nil, seeds[i])
		golden.Close(t, fmt.Sprint("CLIP's features of picture ", i), whole.Vision[i*visionWidth:(i+1)*visionWidth], alone.Vision, 1e-5, true)
		golden.Close(t, fmt.Sprint("the denoiser's features of picture ", i), whole.UNet[i*unetWidth:(i+1)*unetWidth], alone.UNet, 1e-5, true)
	}
	latents, err := base.EncodePictures(ctx, squares, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	c.Version, c.TowerWidth, c.TowerBlocks, c.LatentsShape = encoder.Version, 4, 1, latents.Shape().Dimensions[1:]
	golden.Close(t, "latents for a tower", read(reader(c, true), shown, nil, seeds...).Latents, golden.Flat(t, latents), 1e-6, true)
	c.LatentsShape = []int{1, 1, 1}
	if _, err := reader(c, true).Read(ctx, shown, latents, seeds); err == nil || !strings.Contains(err.Error(), "[1 1 1]") {
		t.Errorf("latents of another shape gave %v", err)
	}
	c.Version, c.TowerWidth, c.TowerBlocks, c.LatentsShape = 1, 0, 0, nil
	golden.Close(t, "features of given latents", read(many, shown, latents, seeds...).UNet, whole.UNet, 1e-6, true)
	c.FeatureTimesteps = c.FeatureTimesteps[:1]
	first := read(reader(c, false), shown[:1], nil, seeds[0])
	golden.Close(t, "features at the first of two timesteps", whole.UNet[:c.UNetWidth], first.UNet, 1e-5, true)
	if _, err := many.Read(ctx, shown, nil, seeds[1:]); err == nil {
		t.Error("a picture without a seed is read")
	}

	pixels, h, w, err := vision.Preprocess.NHWC(shown[0])
	if err != nil {
		t.Fatal(err)
	}
	tokens := run(t, vision.Weights.Store(), func(in []*Node) []*Node {
		states := vision.Model.Forward(nn.NewPass(vision.Weights, nn.Options{}), in[0]).HiddenStates
		class := func(l int) *Node { return Squeeze(SliceAxis(states[l], 1, AxisElem(0)), 1) }
		return []*Node{Concatenate([]*Node{class(1), class(3)}, 1)}
	}, tensors.FromFlatDataAndDimensions(pixels, 1, h, w, 3))[0]
	golden.Close(t, "class tokens of layers 1 and 3", whole.Vision[:visionWidth], tokens, 1e-5, true)
}
