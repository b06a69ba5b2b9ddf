package diffusion

import (
	"context"
	"math"
	"slices"
	"testing"
)

// Tiles cover a side from end to end and overlap as much as they should.
func TestTileStarts(t *testing.T) {
	g := tiling{side: 8, overlap: 2}
	for n, want := range map[int][]int{5: {0}, 8: {0}, 9: {0, 1}, 14: {0, 6}, 15: {0, 3, 7}, 20: {0, 6, 12}} {
		if got := g.starts(n); !slices.Equal(got, want) {
			t.Errorf("tiles of 8 over %d start at %v, want %v", n, got, want)
		}
	}
}

// What every tile agrees on comes out as it is, at every pixel.
func TestCanvas(t *testing.T) {
	g := tiling{side: 8, overlap: 2}
	const width, height = 20, 9
	c := canvas{width: width, height: height, overlap: g.overlap, sum: make([]float32, width*height*3), weight: make([]float32, width*height)}
	picture := make([]float32, width*height*3)
	for i := range picture {
		picture[i] = float32(math.Sin(float64(i)))
	}
	for _, y := range g.starts(height) {
		for _, x := range g.starts(width) {
			c.add(cut(picture, width, 3, x, y, 8, 8), x, y, 8, 8)
		}
	}
	for i, v := range c.mean() {
		if math.Abs(float64(v-picture[i])) > 1e-6 {
			t.Fatalf("value %d is %g, want %g", i, v, picture[i])
		}
	}
}

// One tile as large as the picture is a whole decoding; smaller ones give much
// the same picture.
func TestDecodeTiled(t *testing.T) {
	ctx := context.Background()
	m := openFixture(t, "sd1-tiny")
	const h, w = 12, 20
	latents := make([]float32, h*w*m.VAE.Channels())
	for i := range latents {
		latents[i] = float32(math.Sin(float64(i) / 50))
	}
	whole, err := m.decode(ctx, latents, 1, h, w)
	if err != nil {
		t.Fatal(err)
	}
	one, err := m.decodeTiled(ctx, latents, h, w, tiling{side: 20, overlap: 4})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(whole, one) {
		t.Error("one tile differs from a whole decoding")
	}
	tiled, err := m.decodeTiled(ctx, latents, h, w, tiling{side: 12, overlap: 4})
	if err != nil {
		t.Fatal(err)
	}
	sum, spread := 0.0, 0.0
	for i := range whole {
		sum += math.Abs(float64(tiled[i] - whole[i]))
		spread += math.Abs(float64(whole[i]))
	}
	if len(tiled) != len(whole) || sum == 0 || sum > 0.2*spread {
		t.Errorf("tiles differ by %.3g of %.3g", sum, spread)
	}
}
