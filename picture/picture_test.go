package picture

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sample is a picture whose pixels all differ from their neighbours.
func sample(width, height int) *Picture {
	p := New(width, height)
	for y := range height {
		for x := range width {
			i := 3 * (y*width + x)
			p.Pix[i], p.Pix[i+1], p.Pix[i+2] = uint8(5*x), uint8(7*y), uint8(3*x+2*y)
		}
	}
	return p
}

// pixels draws a picture for property tests.
func pixels(t *rapid.T) *Picture {
	w, h := rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height")
	p := New(w, h)
	copy(p.Pix, rapid.SliceOfN(rapid.Byte(), len(p.Pix), len(p.Pix)).Draw(t, "pixels"))
	return p
}

func mustEqual(t testing.TB, got, want *Picture) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("picture (-want +got):\n%s", diff)
	}
}

func TestPictureIsAnImage(t *testing.T) {
	p := sample(5, 4)
	var buf bytes.Buffer
	if err := png.Encode(&buf, p); err != nil {
		t.Fatal(err)
	}
	back, err := Decode(&buf, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, back, p)
	if _, _, _, a := p.At(5, 0).RGBA(); a != 0 {
		t.Error("a point outside is not transparent")
	}
}

func TestPasteClips(t *testing.T) {
	p := Filled(3, 2, 9, 9, 9)
	p.Paste(Filled(2, 2, 1, 2, 3), 2, -1)
	want := Filled(3, 2, 9, 9, 9)
	copy(want.Pix[6:9], []uint8{1, 2, 3})
	mustEqual(t, p, want)
	p.Paste(Filled(2, 2, 0, 0, 0), 3, 0)
	p.Paste(Filled(2, 2, 0, 0, 0), -2, -2)
	mustEqual(t, p, want)
}

func TestCrop(t *testing.T) {
	p := sample(6, 5)
	got := p.Crop(image.Rect(4, 3, 100, 100))
	if got.Width != 2 || got.Height != 2 {
		t.Fatalf("crop is %dx%d", got.Width, got.Height)
	}
	r, g, b := p.RGB(4, 3)
	mustEqual(t, got.Crop(image.Rect(0, 0, 1, 1)), Filled(1, 1, r, g, b))
	if p.Crop(image.Rect(6, 0, 9, 9)) != nil {
		t.Error("a crop outside the picture is not nil")
	}
}

func TestCenterCropPadsWithBlack(t *testing.T) {
	got := Filled(2, 5, 8, 8, 8).CenterCrop(3)
	for y := range 3 {
		for x := range 3 {
			want := uint8(8)
			if x == 0 { // the odd column of padding is at the left
				want = 0
			}
			if r, _, _ := got.RGB(x, y); r != want {
				t.Errorf("(%d, %d) is %d, want %d", x, y, r, want)
			}
		}
	}
}

func TestShapesOfFitting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pixels(t)
		w, h := rapid.IntRange(1, 50).Draw(t, "to width"), rapid.IntRange(1, 50).Draw(t, "to height")
		size := func(p *Picture) image.Point { return p.Bounds().Size() }
		if got := size(p.Square(w)); got != image.Pt(w, w) {
			t.Fatalf("Square is %v", got)
		}
		if got := size(p.Cover(w, h)); got != image.Pt(w, h) {
			t.Fatalf("Cover is %v", got)
		}
		if got := size(p.Pad(w, h)); got != image.Pt(w, h) {
			t.Fatalf("Pad is %v", got)
		}
		if got := size(p.Fit(w, h)); got.X > w || got.Y > h || got.X != w && got.Y != h {
			t.Fatalf("Fit into %dx%d is %v", w, h, got)
		}
	})
}

func TestCoverLeavesNoPadding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 60).Draw(t, "w"), rapid.IntRange(1, 60).Draw(t, "h")
		p := Filled(rapid.IntRange(1, 60).Draw(t, "from w"), rapid.IntRange(1, 60).Draw(t, "from h"), 200, 100, 50)
		if diff := cmp.Diff(Filled(w, h, 200, 100, 50), p.Cover(w, h)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(Filled(w, w, 200, 100, 50), p.Square(w)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestOrientations(t *testing.T) {
	p := sample(3, 2)
	mustEqual(t, p.FlipHorizontal().FlipHorizontal(), p)
	mustEqual(t, p.Rotate90().Rotate90(), p.Oriented(3))
	mustEqual(t, p.Rotate90().Oriented(8), p)
	mustEqual(t, p.Oriented(5).Oriented(5), p)
	mustEqual(t, p.Oriented(7), p.Oriented(5).Oriented(3))
	mustEqual(t, p.FlipVertical(), p.Oriented(3).FlipHorizontal())
	r, _, _ := p.RGB(0, 1)
	if got, _, _ := p.Rotate90().RGB(0, 0); got != r {
		t.Error("a clockwise turn does not bring the lower left corner up")
	}
}
