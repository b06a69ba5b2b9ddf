package provenance

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ichimai/ichimai/picture"
)

func TestPayloadCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.Uint32().Draw(t, "payload")
		soft := make([]float64, codedBits)
		for i, s := range encodePayload(payload) {
			soft[i] = float64(s)
		}
		// Seven wrong signs are within half the free distance, 15.
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, codedBits-1), 0, 7, rapid.ID).Draw(t, "wrong") {
			soft[i] = -soft[i]
		}
		if got, ok := decodePayload(soft); !ok || got != payload {
			t.Fatalf("%08x, %v; want %08x", got, ok, payload)
		}
	})
}

func TestCRC16(t *testing.T) {
	// The check value of CRC-16/CCITT-FALSE is of "123456789"; these four bytes
	// were computed with Python's binascii.crc_hqx(b"1234", 0xFFFF).
	if got := crc16(0x31323334); got != 0x5349 {
		t.Errorf("%04x", got)
	}
}

func TestNoiseHasNoPayload(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	passed := 0
	for range 500 {
		soft := make([]float64, codedBits)
		for i := range soft {
			soft[i] = random.NormFloat64()
		}
		if _, ok := decodePayload(soft); ok {
			passed++
		}
	}
	if passed > 1 {
		t.Errorf("%d of 500 noises have right check bits, and one of 65536 should", passed)
	}
}

// wornOut is half the size, saved as JPEG of quality 75.
func wornOut(t testing.TB, p *picture.Picture, shrink int) *picture.Picture {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, p.ResizeWith(p.Width/shrink, p.Height/shrink, picture.Lanczos), &jpeg.Options{Quality: 75}))
	out, err := picture.Decode(&b, picture.Limits{})
	must(t, err)
	return out
}

func TestMarkLivesThrough(t *testing.T) {
	photo, err := picture.Open("../demo/photos/shiny_sneaker_1.jpg")
	must(t, err)
	key := NewKey([]byte("secret"))
	for name, tc := range map[string]struct {
		p      *picture.Picture
		shrink int
		psnr   float64
	}{
		"photo of 512":          {photo.Resize(512, 512), 2, 40},
		"photo of 640 by 384":   {photo.Resize(640, 384), 2, 40},
		"texture of 512":        {waves(512, 512), 2, 38},
		"photo of 128, no less": {photo.Resize(128, 128), 1, 36},
	} {
		t.Run(name, func(t *testing.T) {
			const payload = 0xC0FFEE42
			marked, err := Mark(t.Context(), tc.p, key, payload)
			must(t, err)
			if marked.PSNR < tc.psnr || !marked.Worn.Found {
				t.Errorf("PSNR %.1f dB, want %g; worn %+v", marked.PSNR, tc.psnr, marked.Worn)
			}
			d := Detect(wornOut(t, marked.Picture, tc.shrink), key)
			if !d.Found || d.Payload != payload || d.Score < Threshold || d.Threshold != Threshold {
				t.Errorf("%+v", d)
			}
			if d := Detect(marked.Picture, NewKey([]byte("other"))); d.Found {
				t.Errorf("found with another key: %+v", d)
			}
			if d := Detect(tc.p, key); d.Found || d.Payload != 0 {
				t.Errorf("found where there is none: %+v", d)
			}
		})
	}
}

func TestMarkIsAFunctionOfItsInput(t *testing.T) {
	p := waves(160, 130)
	before := p.Hash()
	a, err := Mark(t.Context(), p, PublicKey(), 1)
	must(t, err)
	b, err := Mark(t.Context(), p, PublicKey(), 1)
	must(t, err)
	if a.Picture.Hash() != b.Picture.Hash() || p.Hash() != before || a.Picture.Hash() == before {
		t.Error("the same picture is marked otherwise, or was changed itself")
	}
}

// A picture of one colour holds a mark, and says that it will not last.
func TestMarkOfAPlainPicture(t *testing.T) {
	marked, err := Mark(t.Context(), picture.Filled(256, 256, 200, 210, 220), PublicKey(), 5)
	must(t, err)
	if d := Detect(marked.Picture, PublicKey()); !d.Found || d.Payload != 5 || marked.Worn.Found {
		t.Errorf("%+v, worn %+v", d, marked.Worn)
	}
}

func TestMarkRefuses(t *testing.T) {
	if _, err := Mark(t.Context(), waves(127, 300), PublicKey(), 1); !errors.Is(err, ErrUnmarkable) {
		t.Errorf("too small: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Mark(ctx, waves(256, 256), PublicKey(), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestScoresWithoutAMark compares scores of many keys with what the threshold
// supposes: signed sums are standard normal, and far from the threshold.
func TestScoresWithoutAMark(t *testing.T) {
	c := coarse.normalised(waves(256, 256))
	var sums, squares, largest float64
	n := 0
	for i := range 20 {
		w := newPattern(coarse, NewKey([]byte{byte(i)}))
		for bit := range codedBits {
			sum, norm := w.sum(bit, c)
			sums += sum / norm
			squares += sum * sum / norm / norm
			n++
		}
		if d := Detect(waves(256, 256), NewKey([]byte{byte(i)})); d.Score > largest {
			largest = d.Score
		}
	}
	mean, variance := sums/float64(n), squares/float64(n)
	if math.Abs(mean) > 4/math.Sqrt(float64(n)) || math.Abs(variance-1) > 6/math.Sqrt(float64(n)) {
		t.Errorf("mean %.3f, variance %.3f of %d sums", mean, variance, n)
	}
	if largest >= Threshold || FalseAlarm > 1e-7 {
		t.Errorf("largest score %.2f, false alarms %.1e", largest, FalseAlarm)
	}
}

// The pattern is part of the format: a mark of today must be read tomorrow.
func TestPatternStays(t *testing.T) {
	w := newPattern(coarse, PublicKey())
	if got := w.groups[0][:4]; !slices.Equal(got, patternStart) {
		t.Errorf("the public key's pattern begins %v, and marks that are out there %v", got, patternStart)
	}
}

var patternStart = []int32{1777, 3437, 2444, 1182}

func TestPlaneScaling(t *testing.T) {
	p := newPlane(4, 2)
	for i := range p.pix {
		p.pix[i] = 5
	}
	for _, v := range p.scaled(9, 7).pix {
		if math.Abs(v-5) > 1e-12 {
			t.Fatalf("a flat plane became %v", v)
		}
	}
}

// pixels and coefficients undo each other.
func TestBlocksRoundTrip(t *testing.T) {
	c := make([]float64, coarse.size())
	c[0], c[7], c[len(c)-1] = 3, -2, 5
	y := coarse.pixels(c)
	var got []float64
	for b := range coarse.blocks() * coarse.blocks() {
		got = coarse.appendBlock(got, y, b%coarse.blocks()*blockSide, b/coarse.blocks()*blockSide)
	}
	for i := range c {
		if math.Abs(got[i]-c[i]) > 1e-9 {
			t.Fatalf("coefficient %d is %g, want %g", i, got[i], c[i])
		}
	}
}

func TestFoundNeedsScoreAndCheckBits(t *testing.T) {
	for _, tc := range []struct {
		score float64
		fits  bool
		want  uint32
	}{{Threshold, true, 7}, {Threshold - 0.01, true, 0}, {Threshold + 9, false, 0}} {
		if d := newDetection(7, tc.score, tc.fits); d.Payload != tc.want || d.Found != (tc.want != 0) || d.Score != tc.score {
			t.Errorf("%+v gives %+v", tc, d)
		}
	}
}
