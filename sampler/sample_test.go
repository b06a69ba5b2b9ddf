package sampler

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quarter is a model that predicts a quarter of its input.
func quarter(_ context.Context, input []float32, _ float64) ([]float32, error) {
	out := make([]float32, len(input))
	mix(out, term{0.25, input})
	return out, nil
}

func newConfig(t *testing.T, name string) Config {
	t.Helper()
	c, err := NewConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// testSteps is a number of steps that every sampler can make.
const testSteps = 8

func TestSampleRepeats(t *testing.T) {
	latents := make([]float32, 48)
	NewTorch(3).Fill(latents)
	kept := slices.Clone(latents)
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			draw := func(seed uint64) []float32 {
				got, err := Sample(t.Context(), name, newConfig(t, name), quarter, latents,
					Options{Steps: testSteps, Eta: 1, Noise: NewNormal(seed)})
				if err != nil {
					t.Fatal(err)
				}
				return got
			}
			first := draw(1)
			if diff := cmp.Diff(first, draw(1)); diff != "" {
				t.Errorf("the same seed gave another sample:\n%s", diff)
			}
			s, err := find(name)
			if err != nil {
				t.Fatal(err)
			}
			stochastic := s.noise == noiseAlways || s.noise == noiseWithEta || s.noise == noiseBetween || strings.Contains(name, "sde")
			if differs := !slices.Equal(first, draw(2)); differs != stochastic {
				t.Errorf("another seed gave another sample: %v, want %v", differs, stochastic)
			}
			if !slices.Equal(latents, kept) {
				t.Fatal("the latents were changed")
			}
		})
	}
}

func TestSampleCallback(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			c := newConfig(t, name)
			var seen []float64
			var last []float32
			got, err := Sample(t.Context(), "", c, quarter, []float32{1, -1}, Options{Steps: testSteps, Noise: NewNormal(1),
				Callback: func(s Step) {
					if s.Index != len(seen) || len(s.Denoised) != 2 {
						t.Errorf("step %d has %d values of x0", s.Index, len(s.Denoised))
					}
					seen = append(seen, s.Timestep)
					if last = slices.Clone(s.Sample); len(seen) > s.Total {
						t.Errorf("call %d of %d", len(seen), s.Total)
					}
				}})
			if err != nil {
				t.Fatal(err)
			}
			want, err := Timesteps(name, c, testSteps)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("timesteps (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(got, last); diff != "" {
				t.Errorf("the last step is not the result:\n%s", diff)
			}
		})
	}
}

func TestSampleCancel(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calls := 0
			model := func(ctx context.Context, input []float32, timestep float64) ([]float32, error) {
				if calls++; calls == 3 {
					cancel()
				}
				return quarter(ctx, input, timestep)
			}
			_, err := Sample(ctx, name, newConfig(t, name), model, []float32{1}, Options{Steps: testSteps, Noise: NewNormal(1)})
			if !errors.Is(err, context.Canceled) || calls != 3 {
				t.Errorf("error %v after %d calls, want context.Canceled after 3", err, calls)
			}
		})
	}
}

func TestSampleModelErrors(t *testing.T) {
	broken := errors.New("out of memory")
	for _, tc := range []struct {
		what   string
		output []float32
		err    error
		want   string
	}{
		{"NaN", []float32{0, float32(math.NaN())}, nil, "the model gave NaN at value 1"},
		{"Inf", []float32{float32(math.Inf(-1)), 0}, nil, "the model gave -Inf at value 0"},
		{"length", []float32{0}, nil, "the model gave 1 values for 2"},
		{"error", nil, broken, "out of memory"},
	} {
		for _, name := range Names() {
			t.Run(tc.what+"/"+name, func(t *testing.T) {
				calls := 0
				model := func(ctx context.Context, input []float32, timestep float64) ([]float32, error) {
					if calls++; calls == 2 {
						return tc.output, tc.err
					}
					return quarter(ctx, input, timestep)
				}
				_, err := Sample(t.Context(), name, newConfig(t, name), model, []float32{1, 2}, Options{Steps: testSteps, Noise: NewNormal(1)})
				if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "sample step 2 of ") {
					t.Errorf("error %v, want %q at step 2", err, tc.want)
				}
				if tc.err != nil && !errors.Is(err, tc.err) {
					t.Errorf("error %v does not wrap the model's", err)
				}
			})
		}
	}
}

func TestSampleSteps(t *testing.T) {
	for _, name := range Names() {
		c := newConfig(t, name)
		c.SkipPRKSteps = true
		sample := func(steps int) error {
			_, err := Sample(t.Context(), name, c, quarter, []float32{1}, Options{Steps: steps, Noise: NewNormal(1)})
			return err
		}
		if err := sample(1); err != nil {
			t.Errorf("%s: one step: %v", name, err)
		}
		for _, steps := range []int{0, -1, c.NumTrainTimesteps + 1} {
			if err := sample(steps); err == nil || !strings.Contains(err.Error(), "num_train_timesteps") {
				t.Errorf("%s: %d steps: error %v, want one that names num_train_timesteps", name, steps, err)
			}
		}
	}
}

// TestSampleEverySteps makes runs of every length: they end in a finite
// sample or an error.
func TestSampleEverySteps(t *testing.T) {
	for _, name := range Names() {
		for _, spacing := range []string{leading, trailing, linspace} {
			c := newConfig(t, name)
			c.NumTrainTimesteps, c.OriginalInferenceSteps = 40, 20
			c.TimestepSpacing, c.StepsOffset = spacing, 1
			for steps := 1; steps <= c.NumTrainTimesteps; steps++ {
				got, err := Sample(t.Context(), name, c, quarter, []float32{1}, Options{Steps: steps, Noise: NewNormal(1)})
				if err != nil {
					if steps <= 10 && steps > prkSteps {
						t.Errorf("%s, %s, %d steps: %v", name, spacing, steps, err)
					}
					continue
				}
				if _, i := firstInfinite(got); i >= 0 {
					t.Errorf("%s, %s, %d steps: sample %v", name, spacing, steps, got)
				}
			}
		}
	}
}

func TestSampleStrength(t *testing.T) {
	for _, name := range Names() {
		if name == "lcm" {
			continue // keeps the number of steps and starts lower, below
		}
		t.Run(name, func(t *testing.T) {
			c := newConfig(t, name)
			c.SkipPRKSteps, c.ClipSample = true, false
			all, err := Timesteps(name, c, 10)
			if err != nil {
				t.Fatal(err)
			}
			var seen []float64
			_, err = Sample(t.Context(), name, c, quarter, []float32{1}, Options{Steps: 10, Noise: NewNormal(1),
				Init: []float32{2}, Strength: 0.4, Callback: func(s Step) { seen = append(seen, s.Timestep) }})
			if err != nil {
				t.Fatal(err)
			}
			if seen[0] != slices.Compact(all)[6] || seen[len(seen)-1] != all[len(all)-1] {
				t.Errorf("strength 0.4 took timesteps %v of %v", seen, all)
			}
		})
	}
	plan, _, err := newPlan("lcm", newConfig(t, "lcm"), 4, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if got := plan.Legs[0].Timestep; len(plan.Legs) != 4 || got != 499 {
		t.Errorf("lcm at strength 0.5 makes %d steps from %v, want 4 from 499", len(plan.Legs), got)
	}
}

// TestSampleInit starts from a clean sample with a model that knows it: every
// sampler must end there.
func TestSampleInit(t *testing.T) {
	for _, name := range []string{"ddim", "pndm", "euler", "dpmpp_2m", "unipc", "lcm", "ddpm"} {
		c := newConfig(t, name)
		c.PredictionType, c.SkipPRKSteps, c.ClipSample = SamplePrediction, true, false
		model := func(context.Context, []float32, float64) ([]float32, error) { return []float32{2}, nil }
		got, err := Sample(t.Context(), name, c, model, []float32{1}, Options{Steps: 10, Noise: NewNormal(1), Init: []float32{2}, Strength: 0.5})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(float64(got[0])-2) > 0.05 {
			t.Errorf("%s ended at %v, want 2", name, got[0])
		}
	}
}

func TestSampleBadOptions(t *testing.T) {
	nan := float32(math.NaN())
	for what, tc := range map[string]struct {
		model   Model
		latents []float32
		options Options
		want    string
	}{
		"model":    {nil, []float32{1}, Options{Steps: 1}, "no model"},
		"latents":  {quarter, nil, Options{Steps: 1}, "empty"},
		"finite":   {quarter, []float32{nan}, Options{Steps: 1}, "not finite"},
		"eta":      {quarter, []float32{1}, Options{Steps: 1, Eta: 2}, "eta 2"},
		"batch":    {quarter, []float32{1}, Options{Steps: 1, Batch: 2}, "do not make 2 samples"},
		"init":     {quarter, []float32{1}, Options{Steps: 1, Init: []float32{1, 2}}, "the start has 2 values"},
		"strength": {quarter, []float32{1}, Options{Steps: 1, Strength: 0.5}, "needs a clean sample"},
		"none":     {quarter, []float32{1}, Options{Steps: 1, Strength: 0.5, Init: []float32{1}}, "no steps are left"},
		"noise":    {quarter, []float32{1}, Options{Steps: 1, Eta: 1}, "set Options.Noise"},
	} {
		_, err := Sample(t.Context(), "ddim", newConfig(t, "ddim"), tc.model, tc.latents, tc.options)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", what, err, tc.want)
		}
	}
	if _, err := Sample(t.Context(), "heun", Config{}, quarter, []float32{1}, Options{Steps: 1}); err == nil || !strings.Contains(err.Error(), "euler_a") {
		t.Errorf("unknown sampler: error %v, want one that lists the known", err)
	}
}

// TestSampleAllocations bounds what a step allocates beside the model.
func TestSampleAllocations(t *testing.T) {
	latents, output := make([]float32, 4096), make([]float32, 4096)
	NewNormal(1).Fill(latents)
	model := func(context.Context, []float32, float64) ([]float32, error) { return output, nil }
	for _, name := range Names() {
		c := newConfig(t, name)
		c.NumTrainTimesteps = 100
		run := func(steps int) float64 {
			return testing.AllocsPerRun(5, func() {
				if _, err := Sample(t.Context(), name, c, model, latents, Options{Steps: steps, Noise: NewNormal(1)}); err != nil {
					t.Fatal(err)
				}
			})
		}
		if perStep := (run(24) - run(8)) / 16; perStep > 24 {
			t.Errorf("%s allocates %.1f times a step", name, perStep)
		}
	}
}
