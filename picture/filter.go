package picture

import "math"

// Filter is a resampling filter; the names and numbers are Pillow's, which
// preprocessor_config.json uses too.
type Filter int

const (
	Nearest  Filter = 0
	Lanczos  Filter = 1 // windowed sinc over three pixels
	Bilinear Filter = 2 // triangle
	Bicubic  Filter = 3 // Keys' cubic with a = -0.5
	Box      Filter = 4 // plain average
)

func (f Filter) String() string {
	names := map[Filter]string{Nearest: "nearest", Lanczos: "lanczos", Bilinear: "bilinear", Bicubic: "bicubic", Box: "box"}
	if name, ok := names[f]; ok {
		return name
	}
	return "unknown filter"
}

// kernel is a filter's weight function and the half width, in source pixels at
// scale 1, beyond which it is zero.
type kernel struct {
	weight  func(x float64) float64
	support float64
}

var kernels = map[Filter]kernel{
	Box:      {boxWeight, 0.5},
	Bilinear: {triangleWeight, 1},
	Bicubic:  {cubicWeight, 2},
	Lanczos:  {lanczosWeight, 3},
}

func boxWeight(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func triangleWeight(x float64) float64 { return max(0, 1-math.Abs(x)) }

// cubicWeight is Keys' cubic convolution (1981) with a = -0.5.
func cubicWeight(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

func lanczosWeight(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return sinc(x) * sinc(x/3)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}
