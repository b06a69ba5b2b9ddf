package weights

import (
	"math"
	"testing"
)

// halfByFormula is a binary16 by its definition, for finite values.
func halfByFormula(h uint16) float64 {
	sign := 1 - 2*float64(h>>15)
	exponent, fraction := int(h>>10)&0x1f, float64(h&0x3ff)
	if exponent == 0 {
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func TestHalfAllValues(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		f := halfToFloat(h)
		switch nan := h&0x7fff > 0x7c00; {
		case nan:
			if !math.IsNaN(float64(f)) || math.Signbit(float64(f)) != (h>>15 == 1) {
				t.Fatalf("%#04x became %v", h, f)
			}
			if back := floatToHalf(f); back != h|0x200 {
				t.Fatalf("NaN %#04x came back as %#04x", h, back)
			}
			continue
		case h&0x7fff == 0x7c00:
			if !math.IsInf(float64(f), 1-2*int(h>>15)) {
				t.Fatalf("%#04x became %v", h, f)
			}
		case float64(f) != halfByFormula(h) || math.Signbit(float64(f)) != (h>>15 == 1):
			t.Fatalf("%#04x became %v, want %v", h, f, halfByFormula(h))
		}
		if back := floatToHalf(f); back != h {
			t.Fatalf("%#04x came back as %#04x", h, back)
		}
	}
}

// TestHalfRounding: between two neighbours the middle goes to the even one, and
// everything beside the middle to the nearer one.
func TestHalfRounding(t *testing.T) {
	for h := uint16(0); h < 0x7c00; h++ {
		next := halfByFormula(h + 1)
		if h == 0x7bff { // the largest half: infinity begins where 2^16 would be next
			next = 65536
		}
		checkTies(t, h, (halfByFormula(h)+next)/2, floatToHalf)
	}
}

func TestBfloatRounding(t *testing.T) {
	for h := uint16(0); h < 0x7f80; h++ {
		next := float64(bfloatToFloat(h + 1))
		if h == 0x7f7f {
			next = math.Ldexp(1, 128)
		}
		if bfloatToFloat(h) != math.Float32frombits(uint32(h)<<16) || floatToBfloat(bfloatToFloat(h)) != h {
			t.Fatalf("%#04x does not come back", h)
		}
		checkTies(t, h, (float64(bfloatToFloat(h))+next)/2, floatToBfloat)
	}
	for _, bits := range []uint32{0x7f800001, 0xff800001, 0x7fffffff} {
		if b := floatToBfloat(math.Float32frombits(bits)); b&0x7fff <= 0x7f80 || b>>15 != uint16(bits>>31) {
			t.Errorf("NaN %#08x became %#04x", bits, b)
		}
	}
	if floatToBfloat(float32(math.Inf(-1))) != 0xff80 {
		t.Error("-Inf is lost")
	}
}

// checkTies checks rounding about the middle between h and h+1, of both signs.
func checkTies(t *testing.T, h uint16, middle float64, round func(float32) uint16) {
	t.Helper()
	m := float32(middle)
	if float64(m) != middle {
		t.Fatalf("middle above %#04x is no float32", h)
	}
	even := h + h&1
	below, above := math.Nextafter32(m, 0), math.Nextafter32(m, float32(math.Inf(1)))
	for _, c := range []struct {
		f    float32
		want uint16
	}{{below, h}, {m, even}, {above, h + 1}} {
		if got := round(c.f); got != c.want {
			t.Fatalf("%v rounds to %#04x, want %#04x", c.f, got, c.want)
		}
		if got := round(-c.f); got != c.want|0x8000 {
			t.Fatalf("%v rounds to %#04x, want %#04x", -c.f, got, c.want|0x8000)
		}
	}
}
