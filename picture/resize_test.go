package picture

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var allFilters = []Filter{Nearest, Lanczos, Bilinear, Bicubic, Box}

func TestResizeToSameSizeIsACopy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pixels(t)
		got := p.ResizeWith(p.Width, p.Height, rapid.SampledFrom(allFilters).Draw(t, "filter"))
		if diff := cmp.Diff(p, got); diff != "" {
			t.Fatal(diff)
		}
		got.Pix[0]++
		if got.Pix[0] == p.Pix[0] {
			t.Fatal("the result shares pixels with its source")
		}
	})
}

func TestResizeKeepsConstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := rapid.IntRange(1, 70)
		r, g, b := rapid.Byte().Draw(t, "r"), rapid.Byte().Draw(t, "g"), rapid.Byte().Draw(t, "b")
		p := Filled(side.Draw(t, "from w"), side.Draw(t, "from h"), r, g, b)
		w, h := side.Draw(t, "w"), side.Draw(t, "h")
		got := p.ResizeWith(w, h, rapid.SampledFrom(allFilters).Draw(t, "filter"))
		if diff := cmp.Diff(Filled(w, h, r, g, b), got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestResizeCommutesWithMirroring(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pixels(t)
		w, h := rapid.IntRange(1, 50).Draw(t, "w"), rapid.IntRange(1, 50).Draw(t, "h")
		a, b := p.Resize(w, h).FlipHorizontal(), p.FlipHorizontal().Resize(w, h)
		for i := range a.Pix {
			if d := int(a.Pix[i]) - int(b.Pix[i]); d > 1 || d < -1 {
				t.Fatalf("value %d: %d and %d", i, a.Pix[i], b.Pix[i])
			}
		}
	})
}

// Worked by hand: at half size the kernel is stretched by two and sampled at
// 1/4, 3/4, 5/4 and 7/4, where it is 0.8672, 0.2266, -0.0703 and -0.0234. The
// second pixel sees the white half with 0.2266-0.0703-0.0234 of the weights' sum
// 2.0234 (the outermost lies beyond the border): 255*0.0656 = 17. The first sees
// a negative weight only, which is clipped.
func TestBicubicHalvesAStep(t *testing.T) {
	p := New(8, 1)
	p.Paste(Filled(4, 1, 255, 255, 255), 4, 0)
	want := New(4, 1)
	for x, v := range []uint8{0, 17, 238, 255} {
		want.Paste(Filled(1, 1, v, v, v), x, 0)
	}
	if diff := cmp.Diff(want, p.Resize(4, 1)); diff != "" {
		t.Error(diff)
	}
}

func TestBoxAveragesExactly(t *testing.T) {
	p := New(4, 2)
	copy(p.Pix, []uint8{
		10, 0, 0, 20, 0, 0, 0, 0, 0, 255, 0, 0,
		30, 0, 0, 40, 0, 0, 0, 0, 0, 255, 0, 0,
	})
	got := p.ResizeWith(2, 1, Box)
	if got.Pix[0] != 25 || got.Pix[3] != 128 {
		t.Errorf("averages are %d and %d, want 25 and 128", got.Pix[0], got.Pix[3])
	}
}

func TestWeightsSumToOne(t *testing.T) {
	for filter, k := range kernels {
		for _, sizes := range [][2]int{{7, 3}, {3, 7}, {100, 99}, {1, 5}, {5, 1}, {4096, 224}} {
			for i, tap := range newTaps(sizes[0], sizes[1], k) {
				sum := 0
				for _, w := range tap.weights {
					sum += int(w)
				}
				if off := sum - 1<<precisionBits; off > len(tap.weights) || off < -len(tap.weights) {
					t.Errorf("%v %v: weights of pixel %d are off by %d", filter, sizes, i, off)
				}
				if tap.first < 0 || tap.first+len(tap.weights) > sizes[0] || len(tap.weights) == 0 {
					t.Errorf("%v %v: pixel %d reads %d..%d", filter, sizes, i, tap.first, tap.first+len(tap.weights))
				}
			}
		}
	}
}

func TestResizeShortest(t *testing.T) {
	for _, c := range []struct{ w, h, edge, wantW, wantH int }{
		{640, 480, 224, 298, 224}, {480, 640, 224, 224, 298}, {10, 10, 3, 3, 3}, {1, 1, 8, 8, 8},
	} {
		got := New(c.w, c.h).ResizeShortest(c.edge, Bilinear)
		if got.Width != c.wantW || got.Height != c.wantH {
			t.Errorf("%dx%d to %d: %dx%d, want %dx%d", c.w, c.h, c.edge, got.Width, got.Height, c.wantW, c.wantH)
		}
	}
}
