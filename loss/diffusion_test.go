package loss_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/loss"
)

// alphas gives signal and noise (0.6, 0.8), (0.8, 0.6) and (0, 1): ratios of
// 0.5625, 1.7778 and 0.
var alphas = []float64{0.36, 0.64, 0}

func run(t *testing.T, f func(in []*Node) []*Node, args ...any) [][]float32 {
	t.Helper()
	exec, err := NewExec(enginetest.Open(t).Backend(), f)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]float32
	for _, r := range results {
		out = append(out, tensors.MustCopyFlatData[float32](r))
	}
	return out
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= 2e-6*max(1, math.Abs(float64(want[i])))) {
			t.Errorf("%s: got %v, want %v", what, got, want)
			return
		}
	}
}

// pixels are rows of 1x1 latents of two channels.
func pixels(values ...float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, len(values)/2, 1, 1, 2)
}

func TestDiffusion(t *testing.T) {
	latents, noise := pixels(1, 2, 1, 2, 1, 2), pixels(-1, 5, -1, 5, -1, 5)
	prediction := pixels(0, 0, 0, 0, 0, 0)
	times := []int32{0, 1, 2}
	for _, c := range []struct {
		kind    string
		target  []float32
		weights []float32 // with gamma 1
	}{
		{"epsilon", []float32{-1, 5, -1, 5, -1, 5}, []float32{1, 0.5625, 1}},
		{"v_prediction", []float32{-1.4, 1.4, -1.4, 2.8, -1, -2}, []float32{0.36, 0.36, 0}},
		{"sample", []float32{1, 2, 1, 2, 1, 2}, []float32{0.5625, 1, 0}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			plain := loss.Diffusion{AlphasCumprod: alphas, Prediction: c.kind}
			snr := plain
			snr.MinSNRGamma = 1
			out := run(t, func(in []*Node) []*Node {
				z, e, p, at := in[0], in[1], in[2], in[3]
				return []*Node{plain.Noisy(z, e, at), plain.Target(z, e, at), plain.EachLoss(p, z, e, at),
					plain.Loss(p, z, e, at), snr.EachLoss(p, z, e, at)}
			}, latents, noise, prediction, times)
			near(t, "noisy", out[0], []float32{-0.2, 5.2, 0.2, 4.6, -1, 5})
			// 0.6*-1 - 0.8*1 = -1.4 and so on.
			near(t, "target", out[1], c.target)
			var each, weighted []float32
			var mean float32
			for i := range times {
				e := (c.target[2*i]*c.target[2*i] + c.target[2*i+1]*c.target[2*i+1]) / 2
				each, weighted = append(each, e), append(weighted, e*c.weights[i])
				mean += e / float32(len(times))
			}
			near(t, "each", out[2], each)
			near(t, "loss", out[3], []float32{mean})
			near(t, "min-SNR", out[4], weighted)
		})
	}
}

func TestWithPrior(t *testing.T) {
	out := run(t, func(in []*Node) []*Node { return []*Node{loss.WithPrior(in[0], 0.5)} }, []float32{1, 3, 10, 30})
	near(t, "joined", out[0], []float32{2 + 0.5*20})
	exec, err := NewExec(enginetest.Open(t).Backend(), func(x *Node) *Node { return loss.WithPrior(x, 1) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.Call([]float32{1, 2, 3}); err == nil {
		t.Error("a batch of three rows was split into halves")
	}
}

func TestValidate(t *testing.T) {
	good := loss.Diffusion{AlphasCumprod: alphas, Prediction: "epsilon"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*loss.Diffusion){
		"prediction": func(d *loss.Diffusion) { d.Prediction = "flow" },
		"schedule":   func(d *loss.Diffusion) { d.AlphasCumprod = nil },
		"gamma":      func(d *loss.Diffusion) { d.MinSNRGamma = -1 },
	} {
		d := good
		change(&d)
		if d.Validate() == nil {
			t.Errorf("%s: %+v was accepted", name, d)
		}
	}
}
