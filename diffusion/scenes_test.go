package diffusion

import (
	"math"
	"slices"

	"github.com/ichimai/ichimai/picture"
)

// scenes are n smooth pictures that differ.
func scenes(n, width, height int) []*picture.Picture {
	out := make([]*picture.Picture, n)
	for i := range out {
		p := picture.New(width, height)
		for j := range p.Pix {
			x, y, c := j/3%width, j/3/width, j%3
			p.Pix[j] = uint8(127 + 100*math.Sin(float64((i+1)*x+(c+1)*y)/20+float64(c*i)))
		}
		out[i] = p
	}
	return out
}

func equal[T comparable](a, b []T) bool { return slices.Equal(a, b) }
