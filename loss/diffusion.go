package loss

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Diffusion is the objective of a denoiser.
type Diffusion struct {
	// AlphasCumprod is the schedule's cumulative product, one value a training
	// timestep.
	AlphasCumprod []float64
	// Prediction is epsilon (the noise; Ho et al., arXiv 2006.11239),
	// v_prediction (Salimans and Ho, arXiv 2202.00512) or sample (the clean
	// latents).
	Prediction string
	// MinSNRGamma limits the weight of easy timesteps (Hang et al., arXiv
	// 2303.09556); 0 weighs all alike.
	MinSNRGamma float64
}

// Validate reports a prediction type that is not known.
func (d Diffusion) Validate() error {
	switch d.Prediction {
	case "epsilon", "v_prediction", "sample":
	default:
		return fmt.Errorf("prediction_type: %q is not known; epsilon, v_prediction and sample are", d.Prediction)
	}
	if len(d.AlphasCumprod) == 0 || d.MinSNRGamma < 0 {
		return fmt.Errorf("the noise schedule is empty or min_snr_gamma %g is negative", d.MinSNRGamma)
	}
	return nil
}

// Noisy is sqrt(a) latents + sqrt(1-a) noise at integer timesteps [batch].
// latents and noise are [batch, h, w, c].
func (d Diffusion) Noisy(latents, noise, timesteps *Node) *Node {
	signal, sigma := d.coefficients(timesteps)
	return Add(Mul(signal, latents), Mul(sigma, noise))
}

// Target is what the denoiser should predict.
func (d Diffusion) Target(latents, noise, timesteps *Node) *Node {
	switch d.Prediction {
	case "v_prediction":
		signal, sigma := d.coefficients(timesteps)
		return Sub(Mul(signal, noise), Mul(sigma, latents))
	case "sample":
		return latents
	}
	return noise
}

// Loss is the weighted mean squared error, a scalar.
func (d Diffusion) Loss(prediction, latents, noise, timesteps *Node) *Node {
	each := d.EachLoss(prediction, latents, noise, timesteps)
	return ReduceAllMean(each)
}

// EachLoss is the weighted mean squared error of each row: [batch].
func (d Diffusion) EachLoss(prediction, latents, noise, timesteps *Node) *Node {
	diff := Sub(ConvertDType(prediction, dtypes.Float32), d.Target(latents, noise, timesteps))
	each := ReduceMean(Square(diff), 1, 2, 3)
	if d.MinSNRGamma > 0 {
		each = Mul(each, d.gather(timesteps, d.weight))
	}
	return each
}

// weight is min(snr, gamma) divided by what turns the target's error into the
// clean latents' error.
func (d Diffusion) weight(alpha float64) float64 {
	snr := alpha / (1 - alpha)
	clipped := math.Min(snr, d.MinSNRGamma)
	switch d.Prediction {
	case "v_prediction":
		return clipped / (snr + 1)
	case "sample":
		return clipped
	}
	if snr == 0 {
		return 1 // the limit of min(snr, gamma)/snr, where zero-terminal schedules end
	}
	return clipped / snr
}

// coefficients are sqrt(a) and sqrt(1-a), [batch, 1, 1, 1].
func (d Diffusion) coefficients(timesteps *Node) (signal, sigma *Node) {
	signal = d.gather(timesteps, math.Sqrt)
	sigma = d.gather(timesteps, func(a float64) float64 { return math.Sqrt(1 - a) })
	return InsertAxes(signal, -1, -1, -1), InsertAxes(sigma, -1, -1, -1)
}

// gather looks up f of the cumulative product at each timestep: [batch].
func (d Diffusion) gather(timesteps *Node, f func(alpha float64) float64) *Node {
	table := make([]float32, len(d.AlphasCumprod))
	for i, a := range d.AlphasCumprod {
		table[i] = float32(f(a))
	}
	return Gather(Const(timesteps.Graph(), table), InsertAxes(timesteps, -1))
}
