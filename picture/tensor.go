package picture

import (
	"fmt"
	"math"
)

// Float32 gives the pixels as [Height, Width, 3] floats, black being lo and
// white hi: (0, 1) for scores and (-1, 1) for a VAE.
func (p *Picture) Float32(lo, hi float32) []float32 {
	levels := levelTable(lo, hi)
	out := make([]float32, len(p.Pix))
	for i, v := range p.Pix {
		out[i] = levels[v]
	}
	return out
}

func levelTable(lo, hi float32) (levels [256]float32) {
	for v := range levels {
		levels[v] = float32(float64(lo) + float64(hi-lo)*float64(v)/255)
	}
	return levels
}

// FromFloat32 makes a picture of [height, width, 3] floats where lo is black
// and hi white. Values outside are clipped, not-a-number becomes black, and
// levels are rounded to nearest.
func FromFloat32(width, height int, pix []float32, lo, hi float32) (*Picture, error) {
	if width < 1 || height < 1 || len(pix) != 3*width*height {
		return nil, fmt.Errorf("make picture of floats: %d values are not %d x %d x 3", len(pix), height, width)
	}
	if !(lo < hi) {
		return nil, fmt.Errorf("make picture of floats: the range from %g to %g is empty", lo, hi)
	}
	p := New(width, height)
	scale := 255 / (float64(hi) - float64(lo))
	for i, v := range pix {
		level := (float64(v) - float64(lo)) * scale
		if !math.IsNaN(level) {
			p.Pix[i] = uint8(math.RoundToEven(min(max(level, 0), 255)))
		}
	}
	return p, nil
}

// PlanesFromHWC reorders [height, width, channels] to [channels, height, width].
func PlanesFromHWC(width, height, channels int, hwc []float32) []float32 {
	area := width * height
	out := make([]float32, len(hwc))
	for i := range area {
		for c := range channels {
			out[c*area+i] = hwc[i*channels+c]
		}
	}
	return out
}
