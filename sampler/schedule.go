package sampler

import (
	"fmt"
	"math"
)

// Schedule is the noise schedule of training: how much of the clean sample
// and how much noise there is at each of the num_train_timesteps steps.
type Schedule struct {
	// Betas is the variance of the noise that each step adds.
	Betas []float64
	// AlphasCumprod is the running product of 1 - Betas: at step t a sample is
	// sqrt(AlphasCumprod[t]) * x0 + sqrt(1 - AlphasCumprod[t]) * noise.
	AlphasCumprod []float64
}

// NewSchedule makes the tables of a configuration.
func NewSchedule(c Config) (*Schedule, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	betas := betasOf(c)
	return &Schedule{Betas: betas, AlphasCumprod: cumulativeAlphas(betas)}, nil
}

// At is the point of a training step in variance-preserving coordinates.
func (s *Schedule) At(timestep int) Point {
	a := s.AlphasCumprod[timestep]
	return Point{Timestep: float64(timestep), Alpha: math.Sqrt(a), Sigma: math.Sqrt(1 - a)}
}

// SNR is the signal-to-noise ratio alpha^2 / sigma^2 of a training step
// (arXiv:2303.09556), 0 at the last step of a zero-terminal schedule. The
// timestep must be one of the schedule's.
func (s *Schedule) SNR(timestep int) float64 {
	a := s.AlphasCumprod[timestep]
	return a / (1 - a)
}

// AddNoise writes the noised samples of training to dst, which may be x. x and
// noise hold len(timesteps) samples one after another, sample i at
// timesteps[i] (DDPM, arXiv:2006.11239, equation 4).
func (s *Schedule) AddNoise(dst, x, noise []float32, timesteps []int) error {
	return s.combine(dst, x, noise, timesteps, func(p Point) (float64, float64) { return p.Alpha, p.Sigma })
}

// Velocity writes the target of v prediction, alpha * noise - sigma * x, to
// dst, which may be x or noise (arXiv:2202.00512, appendix D). The layout is
// that of AddNoise.
func (s *Schedule) Velocity(dst, x, noise []float32, timesteps []int) error {
	return s.combine(dst, x, noise, timesteps, func(p Point) (float64, float64) { return -p.Sigma, p.Alpha })
}

func (s *Schedule) combine(dst, x, noise []float32, timesteps []int, weights func(Point) (x, noise float64)) error {
	n := len(timesteps)
	if n == 0 || len(x)%n != 0 || len(x) != len(noise) || len(x) != len(dst) {
		return fmt.Errorf("noise samples: %d values, %d of noise and %d of result do not make %d samples", len(x), len(noise), len(dst), n)
	}
	size := len(x) / n
	for i, t := range timesteps {
		if t < 0 || t >= len(s.AlphasCumprod) {
			return fmt.Errorf("noise samples: timestep %d is not 0 to %d", t, len(s.AlphasCumprod)-1)
		}
		a, b := weights(s.At(t))
		lo, hi := i*size, (i+1)*size
		mix(dst[lo:hi], term{a, x[lo:hi]}, term{b, noise[lo:hi]})
	}
	return nil
}

// point is At for a sampler's step: below the first training step it is where
// set_alpha_to_one says the way ends.
func (s *Schedule) point(c Config, timestep int) (Point, error) {
	switch {
	case timestep >= len(s.AlphasCumprod):
		return Point{}, fmt.Errorf("%s spacing with steps_offset %d reaches timestep %d of %d; use fewer steps",
			c.TimestepSpacing, c.StepsOffset, timestep, c.NumTrainTimesteps)
	case timestep >= 0:
		return s.At(timestep), nil
	case c.SetAlphaToOne:
		return clean, nil
	}
	return s.At(0), nil
}
