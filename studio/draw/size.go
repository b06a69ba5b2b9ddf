package draw

import (
	"math"

	"github.com/ichimai/ichimai/diffusion"
)

// maxArea is how many times the area that a model was made for a picture may
// have: beyond it, a model repeats its subject and takes very long.
const maxArea = 4

// size is the nearest to width x height pixels that the model draws: both sides
// multiples of the autoencoder's factor, at most maxArea times the model's own
// area, and the aspect as near to the one that was asked for as that allows.
func (o *opened) size(width, height int) (int, int) {
	side := o.model.DefaultSize()
	if width <= 0 || height <= 0 {
		return side, side
	}
	return nearestSize(width, height, o.model.VAE.Factor(), maxArea*side*side)
}

// nearestSize looks at the multiples of factor around the size that is wanted,
// once it is shrunk into area. Of those within area the aspect decides, then the
// area.
func nearestSize(width, height, factor, area int) (w, h int) {
	wide, high := shrink(float64(width), float64(height), float64(area), float64(factor))
	best := math.Inf(1)
	for _, a := range around(wide, factor) {
		for _, b := range around(high, factor) {
			off := math.Abs(math.Log(float64(a)/float64(b))-math.Log(wide/high)) +
				0.1*math.Abs(math.Log(float64(a*b)/(wide*high)))
			if a*b <= max(area, factor*factor) && off < best-1e-12 {
				best, w, h = off, a, b
			}
		}
	}
	return w, h
}

// shrink makes a size fit into an area and the longest side, and keeps its aspect
// as long as no side becomes shorter than factor.
func shrink(width, height, area, factor float64) (float64, float64) {
	by := min(1, math.Sqrt(area/(width*height)), diffusion.MaxSide/max(width, height))
	width, height = max(width*by, factor), max(height*by, factor)
	return min(width, max(area/height, factor)), min(height, max(area/width, factor))
}

// around are the multiples of factor below and above a length, from factor to
// the longest side.
func around(length float64, factor int) [2]int {
	below := int(length) / factor * factor
	low, high := factor, diffusion.MaxSide/factor*factor
	return [2]int{min(max(below, low), high), min(max(below+factor, low), high)}
}
