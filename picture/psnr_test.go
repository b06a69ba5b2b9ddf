package picture_test

import (
	"math"
	"testing"

	"github.com/ichimai/ichimai/picture"
)

func TestPSNR(t *testing.T) {
	a, b := picture.New(1, 2), picture.New(1, 2)
	b.Pix[0] = 51 // a fifth of the range, in one of the values
	want := 10 * math.Log10(25*float64(2*len(a.Pix)))
	if got := picture.PSNR([]*picture.Picture{a, a}, []*picture.Picture{a, b}); math.Abs(got-want) > 1e-9 {
		t.Errorf("PSNR is %g, want %g", got, want)
	}
	if got := picture.PSNR([]*picture.Picture{a}, []*picture.Picture{a}); !math.IsInf(got, 1) {
		t.Errorf("PSNR of the same pictures is %g", got)
	}
}
