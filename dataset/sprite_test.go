package dataset

import (
	"image/color"
	"testing"
)

func decodedBlob(t *testing.T, c color.NRGBA) *sprite {
	t.Helper()
	s, err := decodeSprite(blob(t, c, true))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSpriteIsCroppedToWhatIsSeen(t *testing.T) {
	s := decodedBlob(t, color.NRGBA{200, 100, 50, 255})
	if s.width != 21 || s.height != 21 || s.mean != (rgb{200, 100, 50}) {
		t.Errorf("the sprite is %d by %d with mean %v", s.width, s.height, s.mean)
	}
}

func TestScalingKeepsAFlatColour(t *testing.T) {
	s := decodedBlob(t, color.NRGBA{200, 100, 50, 255})
	for _, size := range [][2]int{{5, 7}, {1, 1}, {20, 22}, {64, 50}, {300, 3}} {
		out := s.scaled(size[0], size[1])
		if len(out.pix) != 4*size[0]*size[1] {
			t.Fatalf("%v has %d bytes", size, len(out.pix))
		}
		for i := 0; i < len(out.pix); i += 4 {
			if p := [4]uint8(out.pix[i : i+4]); p != [4]uint8{200, 100, 50, 255} {
				t.Fatalf("%v: pixel %d is %v", size, i/4, p)
			}
		}
	}
}

// TestScalingAverages shrinks alternating columns to their mean.
func TestScalingAverages(t *testing.T) {
	s := &sprite{width: 8, height: 1}
	for i := range 8 {
		v := uint8(i % 2 * 200)
		s.pix = append(s.pix, v, v, v, 255)
	}
	for _, v := range s.scaled(2, 1).pix[:3] {
		if v < 90 || v > 110 {
			t.Errorf("the mean of 0 and 200 comes out as %d", v)
		}
	}
}

// TestRecolouringRecolours paints things of every colour in every other and
// expects the named colour to be the nearest one.
func TestRecolouringRecolours(t *testing.T) {
	for from := range Colours {
		n := Colours[from]
		s := decodedBlob(t, color.NRGBA{n.Red, n.Green, n.Blue, 255})
		for to := range Colours {
			painted := s.recoloured(Colour(to)).meanColour()
			nearest := 0
			for c := range Colours {
				if painted.distance(Colour(c).rgb()) < painted.distance(Colour(nearest).rgb()) {
					nearest = c
				}
			}
			if nearest != to && !(n.English == "black" || n.English == "white") { // nothing is lighter than light or darker than dark
				t.Errorf("%s painted %s comes out as %v, nearest to %s", n.English, Colours[to].English, painted, Colours[nearest].English)
			}
		}
	}
}

func TestRecolouringKeepsAlpha(t *testing.T) {
	s := decodedBlob(t, color.NRGBA{200, 100, 50, 128})
	out := s.recoloured(3)
	for i := 0; i < len(out.pix); i += 4 {
		if out.pix[i+3] != s.pix[i+3] || max(out.pix[i], out.pix[i+1], out.pix[i+2]) > out.pix[i+3] {
			t.Fatalf("pixel %d is %v", i/4, out.pix[i:i+4])
		}
	}
}

func TestFlipTwice(t *testing.T) {
	s := &sprite{width: 2, height: 1, pix: []uint8{1, 2, 3, 255, 4, 5, 6, 255}}
	if got := s.flipped().pix; got[0] != 4 || got[4] != 1 {
		t.Errorf("the mirror image is %v", got)
	}
}

func TestDecodeSpriteErrors(t *testing.T) {
	if _, err := decodeSprite(blob(t, color.NRGBA{}, true)); err == nil {
		t.Error("a transparent picture is accepted")
	}
	if _, err := decodeSprite([]byte("no picture")); err == nil {
		t.Error("no picture is accepted")
	}
}
