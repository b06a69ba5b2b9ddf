package phash

import (
	"context"
	"errors"
	"image"
	"math"
	"testing"

	"github.com/ichimai/ichimai/picture"
)

// emblem is a ring with a bar and a notch, dark on light.
func emblem(width, height int) *picture.Picture {
	p := picture.Filled(width, height, 250, 250, 250)
	for i := range width * height {
		x, y := 2*(float64(i%width)+0.5)/float64(width)-1, 2*(float64(i/width)+0.5)/float64(height)-1
		r := math.Hypot(x, y)
		if r < 0.95 && r > 0.68 && !(x > 0 && y < -0.2) || math.Abs(y-x/3) < 0.16 && math.Abs(x) < 0.9 {
			p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2] = 20, 40, 110
		}
	}
	return p
}

func markOf(t testing.TB, p *picture.Picture) Mark {
	t.Helper()
	m, err := NewMark(Trim(p))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func search(t testing.TB, p *picture.Picture, m Mark) Match {
	t.Helper()
	found, err := Search(t.Context(), p, []Mark{m})
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

// overlap is the share of two areas' union that both cover.
func overlap(a, b image.Rectangle) float64 {
	both := a.Intersect(b)
	area := func(r image.Rectangle) float64 { return float64(r.Dx() * r.Dy()) }
	return area(both) / (area(a) + area(b) - area(both))
}

func TestSearch(t *testing.T) {
	m := markOf(t, emblem(200, 160))
	for _, width := range []int{200, 130, 85} {
		height := width * 4 / 5
		at := image.Rect(0, 0, width, height).Add(image.Pt(37, 411-height))
		for _, name := range photos {
			p := photo(t, name)
			p.Paste(emblem(width, height), at.Min.X, at.Min.Y)
			found := search(t, saved(t, lit(p, 0.8, 10), 75), m)
			if !found.Found() || overlap(found.Area, at) < 0.75 {
				t.Errorf("%s, %d pixels: similarity %.2f at %v, want it at %v", name, width, found.Similarity, found.Area, at)
			}
		}
	}
	t.Run("Absent", func(t *testing.T) {
		for _, name := range photos {
			if found := search(t, photo(t, name), m); found.Found() {
				t.Errorf("%s: similarity %.2f at %v", name, found.Similarity, found.Area)
			}
		}
	})
	t.Run("Whole", func(t *testing.T) { // whatever its aspect, and in large
		p := emblem(900, 300)
		if found := search(t, p, m); found.Similarity < 0.95 || overlap(found.Area, p.Bounds()) < 0.85 {
			t.Errorf("%+v", found)
		}
	})
	t.Run("Large", func(t *testing.T) {
		p := photo(t, photos[3]).Resize(1600, 1200)
		at := image.Rect(900, 500, 1300, 820)
		p.Paste(emblem(400, 320), at.Min.X, at.Min.Y)
		if found := search(t, p, m); !found.Found() || overlap(found.Area, at) < 0.75 {
			t.Errorf("%+v", found)
		}
	})
	t.Run("Inverted", func(t *testing.T) { // light on dark
		p := photo(t, photos[0])
		p.Paste(lit(emblem(150, 120), -1, 255), 100, 100)
		if found := search(t, p, m); !found.Found() || found.Distance > 10 {
			t.Errorf("%+v", found)
		}
	})
	t.Run("Plain", func(t *testing.T) {
		if found := search(t, picture.Filled(64, 64, 90, 90, 90), m); found.Similarity != 0 || found.Found() {
			t.Errorf("%+v", found)
		}
	})
	t.Run("Tiny", func(t *testing.T) { // smaller than its cells
		if found := search(t, emblem(10, 8), m); found.Similarity < 0.7 {
			t.Errorf("%+v", found)
		}
		search(t, picture.Filled(1, 1, 0, 0, 0), m)
	})
	t.Run("ErrCancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Search(ctx, photo(t, photos[0]), []Mark{m}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNewMark(t *testing.T) {
	for name, c := range map[string]struct {
		p    *picture.Picture
		want error
	}{
		"OK": {emblem(80, 10), nil}, "ErrPlain": {picture.Filled(40, 40, 1, 2, 3), ErrPlain},
		"ErrLong": {emblem(90, 10), ErrLong}, "ErrHigh": {emblem(10, 90), ErrLong},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewMark(c.p); !errors.Is(err, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTrim(t *testing.T) {
	content := emblem(60, 40).Crop(image.Rect(3, 3, 57, 37)) // its edges are not plain
	framed := picture.Filled(100, 90, 245, 250, 255)
	framed.Paste(content, 20, 30)
	trimmed := Trim(saved(t, framed, 95))
	if math.Abs(float64(trimmed.Width-content.Width)) > 4 || math.Abs(float64(trimmed.Height-content.Height)) > 4 {
		t.Errorf("%d x %d, want about %d x %d", trimmed.Width, trimmed.Height, content.Width, content.Height)
	}
	plain := picture.Filled(9, 9, 1, 1, 1)
	if Trim(plain) != plain {
		t.Error("a plain picture was cut")
	}
}
