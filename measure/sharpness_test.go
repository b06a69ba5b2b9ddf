package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/picture"
)

func sharpness(t rapid.TB, p *picture.Picture) float64 {
	t.Helper()
	s, err := Sharpness(p)
	check(t, err)
	return s
}

// blurred is a picture after a Gaussian of a deviation in pixels, its border repeated.
func blurred(p *picture.Picture, deviation float64) *picture.Picture {
	reach := int(math.Ceil(4 * deviation))
	weights := make([]float64, 2*reach+1)
	sum := 0.0
	for i := range weights {
		x := float64(i - reach)
		weights[i] = math.Exp(-x * x / (2 * deviation * deviation))
		sum += weights[i]
	}
	values := make([]float64, len(p.Pix))
	for i, v := range p.Pix {
		values[i] = float64(v)
	}
	w, h := p.Width, p.Height
	for _, step := range [][2]int{{1, 0}, {0, 1}} {
		out := make([]float64, len(values))
		for y := range h {
			for x := range w {
				for i, weight := range weights {
					sx := min(max(x+step[0]*(i-reach), 0), w-1)
					sy := min(max(y+step[1]*(i-reach), 0), h-1)
					for k := range 3 {
						out[3*(y*w+x)+k] += weight / sum * values[3*(sy*w+sx)+k]
					}
				}
			}
		}
		values = out
	}
	out := picture.New(w, h)
	for i, v := range values {
		out.Pix[i] = uint8(math.Round(v))
	}
	return out
}

// disc is a gray disc on a ground, with soft inner shading.
func disc(side, radius int, ground, ink uint8) *picture.Picture {
	p := picture.Filled(side, side, ground, ground, ground)
	for y := range side {
		for x := range side {
			dx, dy := x-side/2, y-side/2
			if dx*dx+dy*dy < radius*radius {
				i := 3 * (y*side + x)
				p.Pix[i], p.Pix[i+1], p.Pix[i+2] = ink, ink, uint8(int(ink)-dx)
			}
		}
	}
	return p
}

// TestSharpnessFallsByBlur blurs photos and a drawing more and more.
func TestSharpnessFallsByBlur(t *testing.T) {
	pictures := []*picture.Picture{disc(96, 30, 240, 60), thing(200, 30, 40)}
	for _, p := range photos(t) {
		pictures = append(pictures, p.Square(160))
	}
	for i, p := range pictures {
		before := sharpness(t, p)
		for _, deviation := range []float64{0.4, 0.7, 1, 1.5, 2, 3, 4} {
			s := sharpness(t, blurred(p, deviation))
			if s >= 0.99*before {
				t.Errorf("picture %d: a blur of %g gives %.4f, the one before gave %.4f", i+1, deviation, s, before)
			}
			before = s
		}
	}
}

// TestSharpnessOfEdge compares with the formula for a straight edge.
func TestSharpnessOfEdge(t *testing.T) {
	p := picture.New(128, 40)
	p.Paste(picture.Filled(64, 40, 255, 255, 255), 64, 0)
	for _, deviation := range []float64{1, 2, 4} {
		want := 1 / math.Sqrt(2*deviation*deviation+1)
		near(t, "sharpness of an edge", sharpness(t, blurred(p, deviation)), want, 0.06*want)
	}
}

// TestSharpnessOfContrast changes nothing but contrast.
func TestSharpnessOfContrast(t *testing.T) {
	for _, p := range append(photos(t), disc(96, 30, 240, 60)) {
		p = p.Square(160)
		want := sharpness(t, p)
		for _, contrast := range []float64{0.8, 0.5} {
			near(t, "sharpness at less contrast", sharpness(t, disturbed(p, contrast, 0, 0)), want, 0.03*want)
		}
	}
}

// TestSharpnessOfGround puts more flat ground around.
func TestSharpnessOfGround(t *testing.T) {
	want := sharpness(t, disc(80, 30, 240, 60))
	for _, side := range []int{160, 480} {
		near(t, "sharpness on more ground", sharpness(t, disc(side, 30, 240, 60)), want, 1e-9)
	}
	if s := sharpness(t, picture.Filled(30, 30, 9, 120, 30)); s != 0 {
		t.Errorf("one colour has %g", s)
	}
}

func TestSharpnessErrors(t *testing.T) {
	_, err := Sharpness(nil)
	wants(t, err, "no picture")
	_, err = Sharpness(picture.New(4, 90))
	wants(t, err, "4x90", "too small")
}

// TestSharpnessIsBounded gives any pixels.
func TestSharpnessIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := picture.New(rapid.IntRange(5, 12).Draw(t, "width"), rapid.IntRange(5, 12).Draw(t, "height"))
		copy(p.Pix, rapid.SliceOfN(rapid.Byte(), len(p.Pix), len(p.Pix)).Draw(t, "pixels"))
		if s := sharpness(t, p); !(s >= 0 && s <= math.Sqrt(8)) {
			t.Errorf("sharpness is %g", s)
		}
	})
}
