package phash

import "math"

// cells are the gray levels of a window's parts, [side][side].
type cells [side * side]float64

// flatVariance is that, in squared gray levels, below which cells show nothing that could
// be told apart from noise.
const flatVariance = 5 * 5

func (c *cells) moments() (mean, variance float64) {
	var sum, squares float64
	for _, v := range c {
		sum, squares = sum+v, squares+v*v
	}
	mean = sum / float64(len(c))
	return mean, squares/float64(len(c)) - mean*mean
}

func (c *cells) flat() bool {
	_, variance := c.moments()
	return variance < flatVariance
}

// correlation is the size of Pearson's correlation of two windows' cells, from 0 to 1; 0
// where one of them is flat.
func (c *cells) correlation(other *cells) float64 {
	mean, variance := c.moments()
	otherMean, otherVariance := other.moments()
	if variance < flatVariance || otherVariance < flatVariance {
		return 0
	}
	sum := 0.0
	for i, v := range c {
		sum += v * other[i]
	}
	covariance := sum/float64(len(c)) - mean*otherMean
	return min(1, math.Abs(covariance)/math.Sqrt(variance*otherVariance))
}
