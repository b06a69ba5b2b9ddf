package phash

import (
	"bytes"
	"image/jpeg"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/picture"
)

var photos = []string{"grey_sloth_plushie_1", "rc_car_1", "shiny_sneaker_1", "wolf_plushie_1"}

func photo(t testing.TB, name string) *picture.Picture {
	t.Helper()
	p, err := picture.Open("../demo/photos/" + name + ".jpg")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func saved(t testing.TB, p *picture.Picture, quality int) *picture.Picture {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	out, err := picture.Decode(&file, picture.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lit is a picture with other brightness.
func lit(p *picture.Picture, gain, offset float64) *picture.Picture {
	out := p.Clone()
	for i, v := range p.Pix {
		out.Pix[i] = uint8(min(255, max(0, gain*float64(v)+offset)))
	}
	return out
}

// TestOf wants near hashes of what looks alike, and far ones of other pictures.
func TestOf(t *testing.T) {
	for i, name := range photos {
		p := photo(t, name)
		h := Of(p)
		for how, same := range map[string]*picture.Picture{
			"smaller": p.Resize(120, 120), "JPEG 40": saved(t, p, 40), "darker": lit(p, 0.7, 0), "lighter": lit(p, 0.8, 40), "wider": p.Resize(600, 400),
		} {
			if d := h.Distance(Of(same)); d > 6 {
				t.Errorf("%s, %s: %d bits differ", name, how, d)
			}
		}
		for _, other := range photos[:i] {
			if d := h.Distance(Of(photo(t, other))); d < 16 {
				t.Errorf("%s and %s differ in %d bits only", name, other, d)
			}
		}
	}
}

// TestHashIsTheCosineTransform compares with the definition, summed up.
func TestHashIsTheCosineTransform(t *testing.T) {
	p := photo(t, photos[0]).Resize(side, side)
	var c cells
	plane := newPlane(p)
	plane.cells(plane.whole(), &c)
	var all [Bits]float64
	for v := range waves {
		for u := range waves {
			for y := range side {
				for x := range side {
					all[waves*v+u] += c[y*side+x] * math.Cos(math.Pi*float64(u+1)*(2*float64(x)+1)/(2*side)) * math.Cos(math.Pi*float64(v+1)*(2*float64(y)+1)/(2*side))
				}
			}
		}
	}
	if want, got := aboveMedian(&all), Of(p); want != got {
		t.Errorf("hash %s, by the definition %s", got, want)
	}
}

func TestParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Hash(rapid.Uint64().Draw(t, "a")), Hash(rapid.Uint64().Draw(t, "b"))
		again, err := Parse(a.String())
		if err != nil || again != a {
			t.Errorf("%s became %s, %v", a, again, err)
		}
		if d := a.Distance(b); d != b.Distance(a) || d < 0 || d > Bits || (d == 0) != (a == b) {
			t.Errorf("distance %d", d)
		}
	})
	for _, bad := range []string{"", "12", "0123456789abcdeg", "+123456789abcdef", "0123456789abcdef0"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestCells compares the means of parts with those summed up pixel by pixel.
func TestCells(t *testing.T) {
	p := photo(t, photos[1])
	plane := newPlane(p)
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 5).Draw(t, "w"), rapid.IntRange(1, 5).Draw(t, "h")
		x, y := rapid.IntRange(0, p.Width-side*w).Draw(t, "x"), rapid.IntRange(0, p.Height-side*h).Draw(t, "y")
		i, j := rapid.IntRange(0, side-1).Draw(t, "i"), rapid.IntRange(0, side-1).Draw(t, "j")
		var c cells
		plane.cells(window{float64(x), float64(y), float64(side * w), float64(side * h)}, &c)
		sum := 0.0
		for dy := range h {
			for dx := range w {
				r, g, b := p.RGB(x+i*w+dx, y+j*h+dy)
				sum += 0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)
			}
		}
		if want := sum / float64(w*h); math.Abs(c[j*side+i]-want) > 1e-6 {
			t.Errorf("cell (%d, %d) of (%d, %d) %d x %d is %v, want %v", i, j, x, y, w, h, c[j*side+i], want)
		}
	})
}

// TestHalfCells asks for parts that are half a pixel.
func TestHalfCells(t *testing.T) {
	p := picture.New(side/2+1, side/2+1)
	for i := range p.Pix {
		p.Pix[i] = uint8(i / 3 * 7 % 256)
	}
	var c cells
	newPlane(p).cells(window{0.5, 0.5, side / 2, side / 2}, &c)
	for _, at := range [][2]int{{0, 0}, {1, 0}, {2, 3}, {31, 31}} {
		r, _, _ := p.RGB((at[0]+1)/2, (at[1]+1)/2)
		if got := c[at[1]*side+at[0]]; math.Abs(got-float64(r)) > 1e-6 {
			t.Errorf("cell %v is %v, want %d", at, got, r)
		}
	}
}
