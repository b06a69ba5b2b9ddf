package main

import (
	"math"
	"testing"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
)

func TestMeanPSNR(t *testing.T) {
	a, b := picture.New(1, 2), picture.New(1, 2)
	b.Pix[0] = 51 // a fifth of the range, in one of the values
	want := 10 * math.Log10(25*float64(2*len(a.Pix)))
	if got := meanPSNR([]*picture.Picture{a, a}, []*picture.Picture{a, b}); math.Abs(got-want) > 1e-9 {
		t.Errorf("PSNR is %g, want %g", got, want)
	}
	if got := meanPSNR([]*picture.Picture{a}, []*picture.Picture{a}); !math.IsInf(got, 1) {
		t.Errorf("PSNR of the same pictures is %g", got)
	}
}

// Every way makes requests that can be drawn and differ in what its name says.
func TestShortcuts(t *testing.T) {
	plain := requests(diffusion.Request{Steps: 24, Seed: 7}, []string{"a", "b"}, 2)
	if len(plain) != 4 || plain[1].Seed != 1 || plain[2].Prompt != "b" {
		t.Fatalf("requests are %+v", plain)
	}
	for _, s := range shortcuts() {
		r := plain[0]
		s.change(&r)
		same := r.Steps == plain[0].Steps && r.Seed == plain[0].Seed && r.DeepCache == plain[0].DeepCache && r.GuidanceShare == plain[0].GuidanceShare
		if err := s.precision.Validate(); err != nil || same == (s.precision == diffusion.Float32) {
			t.Errorf("%s: %v, changes nothing: %t", s.name, err, same)
		}
	}
}
