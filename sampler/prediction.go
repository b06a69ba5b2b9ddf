package sampler

// What a network can have been trained to predict, the values of
// prediction_type.
const (
	Epsilon          = "epsilon"      // the noise
	VPrediction      = "v_prediction" // alpha * noise - sigma * x0 in variance-preserving coordinates (arXiv:2202.00512)
	SamplePrediction = "sample"       // x0
)

// toDenoised writes to dst the x0 that a network's raw output means for the
// sample x at p.
func toDenoised(dst []float32, prediction string, x, output []float32, p Point) {
	switch prediction {
	case Epsilon:
		mix(dst, term{1 / p.Alpha, x}, term{-p.Sigma / p.Alpha, output})
	case VPrediction:
		s := p.scale()
		mix(dst, term{p.Alpha / (s * s), x}, term{-p.Sigma / s, output})
	default:
		copy(dst, output)
	}
}

// toNoise writes to dst the noise that a network's raw output means for the
// sample x at p.
func toNoise(dst []float32, prediction string, x, output []float32, p Point) {
	switch prediction {
	case Epsilon:
		copy(dst, output)
	case VPrediction:
		s := p.scale()
		mix(dst, term{p.Sigma / (s * s), x}, term{p.Alpha / s, output})
	default:
		mix(dst, term{1 / p.Sigma, x}, term{-p.Alpha / p.Sigma, output})
	}
}
