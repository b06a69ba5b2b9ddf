package measure

import (
	"fmt"
	"math"

	"github.com/ichimai/ichimai/picture"
)

// leastSharpSide is that of the smallest picture with a Laplacian within it.
const leastSharpSide = 5

// Sharpness is how sharp the edges of a picture are, in 1/pixel, from 0 to √8:
//
//	√(Σ (ΔL)² / Σ |∇L|²)
//
// the energy of the Laplacian of its luminance L (a measure of focus, Pertuz et al.,
// "Analysis of focus measure operators for shape-from-focus", 2013) in units of that of
// the gradient. L is smoothed by [1 2 1]/4 both ways first, for single pixels of noise
// have no sharpness. Contrast cancels, and flat ground adds to neither sum, however much
// of it there is. An edge that is blurred by a Gaussian of deviation σ pixels has about
// 1/√(2σ² + 1), and blurring never raises it but for the rounding of levels: the
// quotient is the mean squared frequency of the gradient, and a blur takes from high
// frequencies most. Noise counts as sharpness, and only pictures of one size can be
// compared. A picture of one colour has 0. Sides of fewer than 5 pixels are an error.
func Sharpness(p *picture.Picture) (float64, error) {
	if err := whole(p); err != nil {
		return 0, fmt.Errorf("sharpness: %w", err)
	}
	if p.Width < leastSharpSide || p.Height < leastSharpSide {
		return 0, fmt.Errorf("sharpness: a picture of %dx%d pixels is too small, sides of %d are the least", p.Width, p.Height, leastSharpSide)
	}
	l := luminance(p).smoothed()
	var laplacian, gradient float64
	for y := 1; y < l.height-1; y++ {
		for x := 1; x < l.width-1; x++ {
			here := l.at(x, y)
			right, left := l.at(x+1, y)-here, l.at(x-1, y)-here
			down, up := l.at(x, y+1)-here, l.at(x, y-1)-here
			d := right + left + down + up
			laplacian += d * d
			gradient += (right*right + left*left + down*down + up*up) / 2 // each belongs to two pixels
		}
	}
	if gradient == 0 {
		return 0, nil
	}
	return math.Sqrt(laplacian / gradient), nil
}

// smoothed is the plane's inside after the binomial filter [1 2 1]/4 both ways.
func (p *plane) smoothed() *plane {
	out := newPlane(p.width-2, p.height-2)
	for y := range out.height {
		for x := range out.width {
			sum := 0.0
			for dy, wy := range [3]float64{0.25, 0.5, 0.25} {
				for dx, wx := range [3]float64{0.25, 0.5, 0.25} {
					sum += wy * wx * p.at(x+dx, y+dy)
				}
			}
			out.values[y*out.width+x] = sum
		}
	}
	return out
}
