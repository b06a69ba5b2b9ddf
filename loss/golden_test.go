package loss_test

import (
	"math"
	"path/filepath"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
)

// TestGoldenDiffusion compares losses of the fixture's own prediction.
func TestGoldenDiffusion(t *testing.T) {
	dir := golden.Dir(t, "training")
	inputs := golden.Open(t, dir, "golden", "inputs.safetensors")
	var about struct {
		Scalars map[string]any
	}
	golden.JSON(t, &about, dir, "golden", "training.json")
	config, err := sampler.ReadConfig(filepath.Join(golden.Dir(t, "sd1-tiny"), "scheduler"))
	if err != nil {
		t.Fatal(err)
	}
	schedule, err := sampler.NewSchedule(config)
	if err != nil {
		t.Fatal(err)
	}
	of := func(prediction string, gamma float64) loss.Diffusion {
		return loss.Diffusion{AlphasCumprod: schedule.AlphasCumprod, Prediction: prediction, MinSNRGamma: gamma}
	}
	names := []string{"mse", "mse_v", "min_snr_1_epsilon", "min_snr_5_epsilon", "min_snr_1_v", "min_snr_5_v"}
	losses := []loss.Diffusion{of("epsilon", 0), of("v_prediction", 0), of("epsilon", 1), of("epsilon", 5),
		of("v_prediction", 1), of("v_prediction", 5)}
	out := run(t, func(in []*Node) []*Node {
		for i := range 3 {
			in[i] = nn.ToNHWC(in[i])
		}
		var values []*Node
		for _, l := range losses {
			values = append(values, l.Loss(in[2], in[0], in[1], in[3]))
		}
		return append(values, nn.ToNCHW(losses[0].Noisy(in[0], in[1], in[3])))
	}, inputs.Tensor("latents"), inputs.Tensor("noise"), inputs.Tensor("prediction"), inputs.IDs("timesteps"))
	for i, name := range names {
		want, ok := about.Scalars[name].(float64)
		if !ok {
			t.Fatalf("the fixture has no %s", name)
		}
		if got := float64(out[i][0]); !(math.Abs(got-want) <= 1e-5*want) {
			t.Errorf("%s is %.9g, want %.9g", name, got, want)
		}
	}
	inputs.Close("noisy_latents", out[len(names)], 2e-6, false)
	snr, _ := about.Scalars["snr"].([]any)
	if len(snr) == 0 {
		t.Fatal("the fixture has no snr")
	}
	for i, at := range inputs.Int32("timesteps") {
		want, _ := snr[i].(float64)
		if got := schedule.SNR(int(at)); !(math.Abs(got-want) <= 1e-4*want) {
			t.Errorf("snr at timestep %d is %g, want %g", at, got, want)
		}
	}
}
