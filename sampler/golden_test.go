package sampler

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/weights"
)

// stepCase is one run of steps.json.
type stepCase struct {
	Name      string
	Class     string
	Config    map[string]any
	Steps     int
	Eta       float64
	StepCalls int `json:"step_calls"`
	NoiseUsed int `json:"noise_used"`
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
}

func openGolden(t *testing.T, path string) *weights.File {
	t.Helper()
	file, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func tensor(t *testing.T, file *weights.File, name string) []float32 {
	t.Helper()
	v, err := file.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// configOf makes a Config of a class and some of its settings.
func configOf(t *testing.T, class string, settings map[string]any) Config {
	t.Helper()
	all := maps.Clone(settings)
	if all == nil {
		all = map[string]any{}
	}
	all["_class_name"] = class
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfig(data, class)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantClose compares at a tolerance relative to the largest expected magnitude.
func wantClose[T float32 | float64](t *testing.T, what string, got []T, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	largest, worst, where := 0.0, 0.0, 0
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		if d := math.Abs(float64(got[i]) - float64(w)); !(d <= worst) {
			worst, where = d, i
		}
	}
	if !(worst <= tolerance*largest) {
		t.Errorf("%s: value %d is %v, want %v: off by %.3g of %.3g", what, where, got[where], want[where], worst/largest, tolerance)
	}
}

// recording is what one run of a sampler showed.
type recording struct {
	inputs, samples, denoised []float32
	timesteps                 []float64
	draws                     int
}

func record(t *testing.T, file *weights.File, c Config, tc stepCase) recording {
	t.Helper()
	initial, outputs, noise := tensor(t, file, "initial"), tensor(t, file, "model_outputs"), tensor(t, file, "noise")
	n := len(initial)
	var rec recording
	model := func(_ context.Context, input []float32, timestep float64) ([]float32, error) {
		call := len(rec.timesteps)
		rec.inputs = append(rec.inputs, input...)
		rec.timesteps = append(rec.timesteps, timestep)
		return outputs[call*n : (call+1)*n], nil
	}
	draw := func(size int) []float32 {
		rec.draws++
		return noise[(rec.draws-1)*size : rec.draws*size]
	}
	info, _ := file.Info("initial")
	plan, err := NewPlan("", c, tc.Steps)
	if err != nil {
		t.Fatal(err)
	}
	mixed := make([]float32, n)
	mix(mixed, term{plan.InitSigma, initial})
	rec.samples = append(rec.samples, mixed...)
	got, err := Sample(t.Context(), "", c, model, initial, Options{
		Steps: tc.Steps, Eta: tc.Eta, Noise: NoiseFunc(draw), Batch: info.Shape[0],
		Callback: func(s Step) {
			rec.samples = append(rec.samples, s.Sample...)
			rec.denoised = append(rec.denoised, s.Denoised...)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "result", got, rec.samples[len(rec.samples)-n:], 0)
	return rec
}

func TestGoldenSteps(t *testing.T) {
	dir := golden.Dir(t, "schedulers")
	var list struct{ Cases []stepCase }
	readJSON(t, filepath.Join(dir, "steps.json"), &list)
	file := openGolden(t, filepath.Join(dir, "steps.safetensors"))
	if len(list.Cases) == 0 {
		t.Fatal("steps.json has no cases")
	}
	for _, tc := range list.Cases {
		t.Run(tc.Name, func(t *testing.T) { checkSteps(t, file, tc) })
	}
}

func checkSteps(t *testing.T, file *weights.File, tc stepCase) {
	const tolerance = 3e-5
	c := configOf(t, tc.Class, tc.Config)
	rec := record(t, file, c, tc)
	if len(rec.timesteps) != tc.StepCalls || rec.draws != tc.NoiseUsed {
		t.Errorf("%d calls and %d draws, want %d and %d", len(rec.timesteps), rec.draws, tc.StepCalls, tc.NoiseUsed)
	}
	plan, err := NewPlan("", c, tc.Steps)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "init_noise_sigma", []float64{plan.InitSigma}, tensor(t, file, tc.Name+".init_noise_sigma"), tolerance)
	wantTimesteps(t, c, rec.timesteps, tensor(t, file, tc.Name+".timesteps"))
	checks := map[string][]float32{"samples": rec.samples, "scaled_inputs": rec.inputs, "pred_original": rec.denoised}
	for key, got := range checks {
		if _, ok := file.Info(tc.Name + "." + key); ok {
			wantEachClose(t, key, got, tensor(t, file, tc.Name+"."+key), len(tensor(t, file, "initial")), tolerance)
		} else if key == "samples" {
			t.Errorf("the fixture has no %s.%s", tc.Name, key)
		}
	}
	if _, ok := file.Info(tc.Name + ".sigmas"); ok {
		wantClose(t, "sigmas", ratios(plan), tensor(t, file, tc.Name+".sigmas"), tolerance)
	}
}

// wantEachClose compares sample by sample, so that the large values at the
// start do not hide errors at the end.
func wantEachClose(t *testing.T, what string, got, want []float32, size int, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	for i := 0; i < len(want); i += size {
		wantClose(t, what, got[i:i+size], want[i:i+size], tolerance)
	}
}

func wantTimesteps(t *testing.T, c Config, got []float64, want []float32) {
	t.Helper()
	tolerance := 0.0
	if c.Class == eulerScheduler.class && (c.UseKarrasSigmas || c.UseExponentialSigmas) {
		tolerance = 3e-3
	}
	if len(got) != len(want) {
		t.Errorf("%d timesteps, want %d", len(got), len(want))
		return
	}
	for i := range want {
		if math.Abs(got[i]-float64(want[i])) > tolerance {
			t.Errorf("timestep %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func ratios(p *Plan) []float64 {
	out := make([]float64, 0, len(p.Legs)+1)
	for _, leg := range p.Legs {
		out = append(out, leg.From.Ratio())
	}
	return append(out, p.Legs[len(p.Legs)-1].To.Ratio())
}

func TestGoldenTimesteps(t *testing.T) {
	dir := golden.Dir(t, "schedulers")
	var tables map[string][]float64
	readJSON(t, filepath.Join(dir, "timesteps.json"), &tables)
	for key, want := range tables {
		parts := strings.Split(key, "/") // Class/spacing/offsetN/steps
		if len(parts) != 4 {
			t.Fatalf("key %q has %d parts", key, len(parts))
		}
		var offset, steps int
		if err := json.Unmarshal([]byte(strings.TrimPrefix(parts[2], "offset")), &offset); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(parts[3]), &steps); err != nil {
			t.Fatal(err)
		}
		c := configOf(t, parts[0], map[string]any{
			"timestep_spacing": parts[1], "steps_offset": offset, "skip_prk_steps": true,
			"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
		})
		got, err := Timesteps("", c, steps)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		for i := range want {
			want[i] = round32(want[i])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestGoldenSchedules(t *testing.T) {
	file := openGolden(t, filepath.Join(golden.Dir(t, "schedulers"), "noising.safetensors"))
	sd := map[string]any{"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
	zero := maps.Clone(sd)
	zero["rescale_betas_zero_snr"], zero["prediction_type"] = true, VPrediction
	x, noise := tensor(t, file, "x"), tensor(t, file, "noise")
	var timesteps []int
	for _, v := range tensor(t, file, "timesteps") {
		timesteps = append(timesteps, int(v))
	}
	for name, settings := range map[string]map[string]any{
		"sd": sd, "sd_zero_snr": zero, "linear": {}, "cosine": {"beta_schedule": "squaredcos_cap_v2"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := NewSchedule(configOf(t, "DDPMScheduler", settings))
			if err != nil {
				t.Fatal(err)
			}
			wantClose(t, "betas", s.Betas, tensor(t, file, name+".betas"), 3e-5)
			wantClose(t, "alphas_cumprod", s.AlphasCumprod, tensor(t, file, name+".alphas_cumprod"), 1e-6)
			got := make([]float32, len(x))
			if err := s.AddNoise(got, x, noise, timesteps); err != nil {
				t.Fatal(err)
			}
			wantClose(t, "add_noise", got, tensor(t, file, name+".add_noise"), 3e-5)
			if err := s.Velocity(got, x, noise, timesteps); err != nil {
				t.Fatal(err)
			}
			wantClose(t, "velocity", got, tensor(t, file, name+".velocity"), 3e-5)
			for i, want := range tensor(t, file, name+".snr") {
				wantClose(t, "snr", []float64{s.SNR(timesteps[i])}, []float32{want}, 1e-4)
			}
		})
	}
}

// TestGoldenInit compares the start of an image-to-image run, the noising in a
// sampler's own coordinates, with diffusers' add_noise.
func TestGoldenInit(t *testing.T) {
	file := openGolden(t, filepath.Join(golden.Dir(t, "schedulers"), "noising.safetensors"))
	x, noise := tensor(t, file, "x"), tensor(t, file, "noise")
	sd := map[string]any{"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
	for name, tc := range map[string]struct {
		class   string
		spacing string
		karras  bool
	}{
		"euler":        {"EulerDiscreteScheduler", leading, false},
		"euler_karras": {"EulerDiscreteScheduler", linspace, true},
		"dpmpp2m":      {"DPMSolverMultistepScheduler", linspace, false},
	} {
		t.Run(name, func(t *testing.T) {
			settings := maps.Clone(sd)
			settings["timestep_spacing"], settings["use_karras_sigmas"] = tc.spacing, tc.karras
			plan, err := NewPlan("", configOf(t, tc.class, settings), 10)
			if err != nil {
				t.Fatal(err)
			}
			timesteps := tensor(t, file, name+".timesteps")
			size := len(x) / len(timesteps)
			got := make([]float32, len(x))
			for i, want := range timesteps {
				from := nearest(t, plan, float64(want)).From
				lo, hi := i*size, (i+1)*size
				mix(got[lo:hi], term{from.Alpha, x[lo:hi]}, term{from.Sigma, noise[lo:hi]})
			}
			wantEachClose(t, "add_noise", got, tensor(t, file, name+".add_noise"), size, 3e-5)
		})
	}
}

func nearest(t *testing.T, p *Plan, timestep float64) Leg {
	t.Helper()
	for _, leg := range p.Legs {
		if math.Abs(leg.Timestep-timestep) <= 3e-3 {
			return leg
		}
	}
	t.Fatalf("no leg begins at timestep %g", timestep)
	return Leg{}
}

func TestGoldenGuidance(t *testing.T) {
	file := openGolden(t, filepath.Join(golden.Dir(t, "schedulers"), "noising.safetensors"))
	text, uncond := tensor(t, file, "cfg.text"), tensor(t, file, "cfg.uncond")
	info, _ := file.Info("cfg.text")
	got := make([]float32, len(text))
	Guide(got, uncond, text, 7.5)
	wantClose(t, "guided", got, tensor(t, file, "cfg.guided7.5"), 1e-6)
	if err := RescaleGuidance(got, text, 0.7, info.Shape[0]); err != nil {
		t.Fatal(err)
	}
	wantClose(t, "rescaled", got, tensor(t, file, "cfg.rescaled0.7"), 1e-6)
}

func TestGoldenInfinity(t *testing.T) {
	c, err := ReadConfig(golden.Dir(t, "loading/scheduler-infinity"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Class != "DPMSolverMultistepScheduler" || !math.IsInf(c.LambdaMinClipped, -1) {
		t.Errorf("class %s, lambda_min_clipped %v", c.Class, c.LambdaMinClipped)
	}
}

// TestGoldenConfigs compares a model's own settings, taken to other samplers,
// with what diffusers' from_config made of them.
func TestGoldenConfigs(t *testing.T) {
	for _, model := range []string{"sd1-tiny", "sd2-tiny", "sdxl-tiny"} {
		dir := golden.Dir(t, model)
		var e2e struct{ Schedulers map[string]map[string]any }
		readJSON(t, filepath.Join(dir, "golden", "e2e.json"), &e2e)
		if len(e2e.Schedulers) == 0 {
			t.Errorf("%s lists no schedulers", model)
		}
		for name, settings := range e2e.Schedulers {
			t.Run(model+"/"+name, func(t *testing.T) {
				class := settings["_class_name"].(string)
				want := configOf(t, class, settings)
				got, err := ReadConfigAs(filepath.Join(dir, "scheduler"), nameOf(t, class))
				if err != nil {
					t.Fatal(err)
				}
				got.given, got.source, want.given, want.source = nil, "", nil, ""
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(Config{})); diff != "" {
					t.Errorf("settings (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func nameOf(t *testing.T, class string) string {
	t.Helper()
	for _, e := range registry {
		if e.class == class {
			return e.name
		}
	}
	t.Fatalf("no sampler for %s", class)
	return ""
}
