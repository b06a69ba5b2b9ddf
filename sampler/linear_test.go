package sampler

import (
	"context"
	"math"
	"testing"
)

// The toy: data that is normal with mean toyMean and deviation toySpread. At a
// point of the schedule the best estimate of x0 is linear in the sample, and
// the probability flow keeps a sample's position in units of the marginal's
// deviation, so that the exact end of every start is known.
const (
	toyMean   = 0.3
	toySpread = 0.7
)

// toyModel is the exact network for the toy, of any prediction type, with the
// points at fractional timesteps found as the samplers find them.
func toyModel(t *testing.T, c Config) Model {
	t.Helper()
	s, err := NewSchedule(c)
	if err != nil {
		t.Fatal(err)
	}
	table := noiseLevels(c, s)
	return func(_ context.Context, input []float32, timestep float64) ([]float32, error) {
		p := preserving(timestep, at(table, timestep))
		variance := p.Alpha*p.Alpha*toySpread*toySpread + p.Sigma*p.Sigma
		out := make([]float32, len(input))
		for i, v := range input {
			x0 := toyMean + p.Alpha*toySpread*toySpread/variance*(float64(v)-p.Alpha*toyMean)
			noise := (float64(v) - p.Alpha*x0) / p.Sigma
			switch c.PredictionType {
			case Epsilon:
				out[i] = float32(noise)
			case VPrediction:
				out[i] = float32(p.Alpha*noise - p.Sigma*x0)
			default:
				out[i] = float32(x0)
			}
		}
		return out, nil
	}
}

// toyExact carries a sample along the probability flow between two points.
func toyExact(x float64, from, to Point) float64 {
	spread := func(p Point) float64 { return math.Hypot(p.Alpha*toySpread, p.Sigma) }
	return to.Alpha*toyMean + (x-from.Alpha*toyMean)*spread(to)/spread(from)
}

// toyConfig gives a sampler a schedule whose last training step is all but
// free of noise, so that what is left there does not hide the solvers' errors.
func toyConfig(t *testing.T, name, prediction string) Config {
	t.Helper()
	c, err := NewConfig(name)
	if err != nil {
		t.Fatal(err)
	}
	c.BetaSchedule, c.BetaStart, c.BetaEnd = "scaled_linear", 1e-6, 0.02
	c.TimestepSpacing, c.PredictionType, c.ClipSample = linspace, prediction, false
	c.SkipPRKSteps = true
	return c
}

// toyError is the largest distance of a run's end from the exact flow.
func toyError(t *testing.T, name string, c Config, steps int) float64 {
	t.Helper()
	latents := []float32{-2, -1, -0.25, 0, 0.5, 1, 1.75}
	got, err := Sample(t.Context(), name, c, toyModel(t, c), latents, Options{Steps: steps})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(name, c, steps)
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i, v := range latents {
		want := toyExact(plan.InitSigma*float64(v), plan.Legs[0].From, clean)
		worst = max(worst, math.Abs(float64(got[i])-want))
	}
	return worst
}

func TestConvergence(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*Config)
		want float64 // error at 200 steps
	}{
		{"ddim", nil, 2e-2},
		{"pndm", nil, 2e-2},
		{"pndm", func(c *Config) { c.SkipPRKSteps = false }, 2e-2},
		{"euler", nil, 5e-2},
		{"euler", func(c *Config) { c.UseKarrasSigmas = true }, 5e-2},
		{"dpmpp_2m", nil, 5e-3},
		{"dpmpp_2m_karras", nil, 5e-3},
		{"unipc", nil, 5e-3},
		{"unipc", func(c *Config) { c.SolverOrder = 3 }, 5e-3},
	} {
		for _, prediction := range []string{Epsilon, VPrediction, SamplePrediction} {
			t.Run(tc.name+"/"+prediction, func(t *testing.T) {
				c := toyConfig(t, tc.name, prediction)
				if tc.edit != nil {
					tc.edit(&c)
				}
				few, many := toyError(t, tc.name, c, 10), toyError(t, tc.name, c, 200)
				t.Logf("error %.2g at 10 steps, %.2g at 200", few, many)
				if !(many < few/4 && many < tc.want) {
					t.Errorf("error %.3g at 10 steps and %.3g at 200, want under %.2g", few, many, tc.want)
				}
			})
		}
	}
}

// TestStochasticMoments checks that the samplers that draw noise end in the
// toy's distribution.
func TestStochasticMoments(t *testing.T) {
	latents := make([]float32, 20000)
	NewNormal(1).Fill(latents)
	for _, name := range []string{"ddpm", "euler_a", "dpmpp_2m_sde", "dpmpp_2m_sde_karras", "ddim"} {
		t.Run(name, func(t *testing.T) {
			c := toyConfig(t, name, Epsilon)
			o := Options{Steps: 100, Noise: NewNormal(2)}
			if name == "ddim" {
				o.Eta = 1
			}
			got, err := Sample(t.Context(), name, c, toyModel(t, c), latents, o)
			if err != nil {
				t.Fatal(err)
			}
			mean, spread := 0.0, deviation(got)
			for _, v := range got {
				mean += float64(v) / float64(len(got))
			}
			if math.Abs(mean-toyMean) > 0.03 || math.Abs(spread-toySpread) > 0.03 {
				t.Errorf("mean %.3f and deviation %.3f, want %v and %v", mean, spread, toyMean, toySpread)
			}
		})
	}
}
