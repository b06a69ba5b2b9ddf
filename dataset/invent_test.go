package dataset

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// ball is a round cut-out of one colour.
func ball(side int, c rgb) *sprite {
	s := &sprite{width: side, height: side, pix: make([]uint8, 4*side*side), mean: c}
	for y := range side {
		for x := range side {
			if dx, dy := 2*x-side, 2*y-side; dx*dx+dy*dy <= side*side {
				copy(s.pix[4*(y*side+x):], []uint8{uint8(c[0]), uint8(c[1]), uint8(c[2]), 255})
			}
		}
	}
	return s
}

func TestInvented(t *testing.T) {
	red, blue := ball(40, rgb{220, 30, 30}), ball(64, rgb{30, 30, 220})
	before := bytes.Clone(red.pix)
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		var with *sprite
		if rapid.Bool().Draw(t, "with") {
			with = blue
		}
		made := red.invented(with, seed)
		if again := red.invented(with, seed); !bytes.Equal(again.pix, made.pix) || again.width != made.width {
			t.Fatal("the same seed makes another thing")
		}
		if made.width < 8 || made.height < 8 || made.width > inventSide || made.height > inventSide || len(made.pix) != 4*made.width*made.height {
			t.Fatalf("it is %d by %d pixels of %d bytes", made.width, made.height, len(made.pix))
		}
		for i := 0; i < len(made.pix); i += 4 { // premultiplied
			if a := made.pix[i+3]; made.pix[i] > a || made.pix[i+1] > a || made.pix[i+2] > a {
				t.Fatalf("pixel %d is %v", i/4, made.pix[i:i+4])
			}
		}
		seen[string(made.pix)] = true
	})
	if len(seen) < 50 {
		t.Errorf("a hundred seeds make %d things", len(seen))
	}
	if !bytes.Equal(red.pix, before) {
		t.Error("the cut-out itself has changed")
	}
}

// Turning the hues leaves grey as it is and light nearly so.
func TestTurnColours(t *testing.T) {
	grey := ball(16, rgb{90, 90, 90})
	before := bytes.Clone(grey.pix)
	grey.turnColours(newRandom(3, 0))
	for i := range before {
		if d := int(grey.pix[i]) - int(before[i]); d < -1 || d > 1 {
			t.Fatalf("grey became %v", grey.pix[i/4*4:i/4*4+4])
		}
	}
	colour := ball(16, rgb{140, 80, 110})
	colour.turnColours(newRandom(4, 0))
	mean := colour.meanColour()
	if sum := mean[0] + mean[1] + mean[2]; sum < 325 || sum > 335 {
		t.Errorf("its light went from 330 to %v", sum)
	}
	if mean.distance(rgb{140, 80, 110}) < 10 {
		t.Errorf("its colour is still %v", mean)
	}
}
