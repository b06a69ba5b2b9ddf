package measure

import (
	"image"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/picture"
)

// photos are the four that the demonstration learns from.
func photos(t *testing.T) (list []*picture.Picture) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(golden.Root(), "demo", "photos", "*.jpg"))
	check(t, err)
	if len(files) < 4 {
		t.Fatalf("there are only %d photos", len(files))
	}
	for _, name := range files {
		p, err := picture.Open(name)
		check(t, err)
		list = append(list, p)
	}
	return list
}

// disturbed has other brightness and contrast, and noise.
func disturbed(p *picture.Picture, contrast, brightness, noise float64) *picture.Picture {
	random := rand.New(rand.NewPCG(3, 5))
	out := p.Clone()
	for i, v := range p.Pix {
		out.Pix[i] = uint8(math.Round(min(max(128+contrast*(float64(v)-128)+brightness+noise*random.NormFloat64(), 0), 255)))
	}
	return out
}

// TestCopying knows copies from other pictures.
func TestCopying(t *testing.T) {
	given := photos(t)
	for i, p := range given {
		square := p.Square(256)
		shifted := square.Crop(image.Rect(16, 0, 256, 232)).Resize(256, 256)
		for name, c := range map[string]struct {
			drawn *picture.Picture
			least float64
		}{
			"itself":    {p, 1 - 1e-9},
			"smaller":   {p.Square(64), 0.995},
			"mirrored":  {square.FlipHorizontal(), 0.995},
			"disturbed": {disturbed(square, 0.6, 30, 12), 0.97},
			"cropped":   {shifted, 0.8},
		} {
			got, err := Copying(given, c.drawn)
			check(t, err)
			if got.Index != i || got.Value < c.least {
				t.Errorf("photo %d, %s: nearest is %d with %.4f, want %d with %g or more", i+1, name, got.Index+1, got.Value, i+1, c.least)
			}
		}
		others := append(append([]*picture.Picture{}, given[:i]...), given[i+1:]...)
		got, err := Copying(others, p)
		check(t, err)
		if got.Value > 0.6 {
			t.Errorf("photo %d is a copy of another by %.4f", i+1, got.Value)
		}
	}
}

// thing is a subject of two colours on a ground.
func thing(ground uint8, x, y int) *picture.Picture {
	p := picture.Filled(128, 128, ground, ground, ground)
	random := rand.New(rand.NewPCG(uint64(ground), 1))
	for i := range p.Pix {
		p.Pix[i] += uint8(random.IntN(20))
	}
	p.Paste(picture.Filled(40, 40, 230, 30, 30), x, y)
	p.Paste(picture.Filled(20, 20, 30, 30, 230), x+10, y+10)
	return p
}

// TestLikenessIsNoCopy moves a thing into another scene.
func TestLikenessIsNoCopy(t *testing.T) {
	given := []*picture.Picture{thing(200, 10, 20)}
	copied, err := Copying(given, thing(180, 14, 26))
	check(t, err)
	moved, err := Copying(given, thing(90, 75, 70))
	check(t, err)
	if copied.Value < 0.85 || moved.Value > 0.5 {
		t.Errorf("the same scene has %.3f, another %.3f", copied.Value, moved.Value)
	}
}

func TestCopyingPlain(t *testing.T) {
	red, blue := picture.Filled(9, 9, 200, 0, 0), picture.Filled(50, 20, 0, 0, 90)
	for _, c := range []struct {
		name         string
		given, drawn *picture.Picture
		want         float64
	}{{"both", red, blue, 1}, {"given", red, thing(90, 9, 9), 0}, {"drawn", thing(90, 9, 9), blue, 0}} {
		got, err := Copying([]*picture.Picture{c.given}, c.drawn)
		check(t, err)
		near(t, c.name, got.Value, c.want, 0)
	}
}

func TestCopyingErrors(t *testing.T) {
	p := picture.New(4, 4)
	_, err := Copying(nil, p)
	tooFew(t, err, 0, 1)
	_, err = Copying([]*picture.Picture{p}, nil)
	wants(t, err, "the drawn picture", "no picture")
	_, err = Copying([]*picture.Picture{p, {Width: 2, Height: 2}}, p)
	wants(t, err, "given picture 2", "0 values")
}

func TestCorrelation(t *testing.T) {
	a, b := newPlane(3, 2), newPlane(3, 2)
	copy(a.values, []float64{0, 10, 20, 0, 10, 40})
	copy(b.values, []float64{10, 20, 99, 10, 40, 99})
	near(t, "displaced by one to the right", a.correlation(b, 1, 0), 1, 1e-12)
	for i, v := range a.values {
		b.values[i] = 50 - v
	}
	near(t, "inverted", a.correlation(b, 0, 0), -1, 1e-12)
}
