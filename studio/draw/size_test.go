package draw

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/diffusion"
)

func TestNearestSize(t *testing.T) {
	const area = 1024 * 1024
	tests := []struct{ width, height, w, h int }{
		{512, 512, 512, 512},
		{513, 511, 512, 512},
		{500, 500, 504, 504},
		{1, 1, 8, 8},
		{2048, 2048, 1024, 1024},
		{3840, 2160, 1360, 768},
		{512, 768, 512, 768},
	}
	for _, tt := range tests {
		if w, h := nearestSize(tt.width, tt.height, 8, area); w != tt.w || h != tt.h {
			t.Errorf("%dx%d becomes %dx%d, want %dx%d", tt.width, tt.height, w, h, tt.w, tt.h)
		}
	}
}

func TestNearestSizeCanBeDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factor := rapid.SampledFrom([]int{2, 8, 16, 32}).Draw(t, "factor")
		side := factor * rapid.IntRange(1, 64).Draw(t, "side")
		width, height := rapid.IntRange(1, 1<<16).Draw(t, "width"), rapid.IntRange(1, 1<<16).Draw(t, "height")
		w, h := nearestSize(width, height, factor, maxArea*side*side)
		if w < factor || h < factor || w%factor != 0 || h%factor != 0 || w > diffusion.MaxSide || h > diffusion.MaxSide {
			t.Fatalf("%dx%d becomes %dx%d with factor %d", width, height, w, h, factor)
		}
		long, short := float64(max(w, h)), float64(min(w, h))
		if long*short > float64(maxArea*side*side) && short > float64(factor) {
			t.Fatalf("%dx%d is more than %d times %d²", w, h, maxArea, side)
		}
		asked := math.Abs(math.Log(float64(width) / float64(height)))
		if asked < 1 && side >= 16*factor && min(width, height) >= 16*factor && math.Abs(math.Log(float64(w)/float64(h))-math.Log(float64(width)/float64(height))) > 0.1 {
			t.Fatalf("%dx%d becomes %dx%d, of another aspect", width, height, w, h)
		}
	})
}
