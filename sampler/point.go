package sampler

import "math"

// Point is a noise level: there a sample is Alpha * x0 + Sigma * noise.
type Point struct {
	Timestep float64 // what the network is told, in training steps
	Alpha    float64
	Sigma    float64
}

// Ratio is sigma / alpha, the sigma of k-diffusion and of the tables of
// diffusers; +Inf where there is no signal.
func (p Point) Ratio() float64 { return p.Sigma / p.Alpha }

// lambda is half the log of the signal-to-noise ratio, the time of the
// DPM-Solver paper; +Inf without noise.
func (p Point) lambda() float64 { return math.Log(p.Alpha) - math.Log(p.Sigma) }

// scale is the standard deviation of a sample whose x0 has unit variance; the
// network's input is the sample divided by it.
func (p Point) scale() float64 { return math.Sqrt(p.Alpha*p.Alpha + p.Sigma*p.Sigma) }

// exploding is the point of ratio sigma in coordinates where x = x0 + sigma * noise.
func exploding(timestep, sigma float64) Point {
	return Point{Timestep: timestep, Alpha: 1, Sigma: sigma}
}

// preserving is the point of ratio sigma in coordinates where alpha^2 + sigma^2 = 1.
func preserving(timestep, sigma float64) Point {
	alpha := 1 / math.Sqrt(sigma*sigma+1)
	return Point{Timestep: timestep, Alpha: alpha, Sigma: sigma * alpha}
}

// clean is the end of the way: x0 itself.
var clean = Point{Alpha: 1}
