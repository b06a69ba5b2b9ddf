package main

import (
	"testing"

	"github.com/ichimai/ichimai/diffusion"
)

// Every way makes requests that can be drawn and differ in what its name says.
func TestShortcuts(t *testing.T) {
	plain := requests(diffusion.Request{Steps: 24, Seed: 7}, []string{"a", "b"}, 2)
	if len(plain) != 4 || plain[1].Seed != 1 || plain[2].Prompt != "b" {
		t.Fatalf("requests are %+v", plain)
	}
	for _, s := range shortcuts() {
		r := plain[0]
		s.change(&r)
		same := r.Steps == plain[0].Steps && r.Seed == plain[0].Seed && r.DeepCache == plain[0].DeepCache && r.GuidanceShare == plain[0].GuidanceShare && r.TokenMerging == plain[0].TokenMerging
		if err := s.precision.Validate(); err != nil || same == (s.precision == diffusion.Float32) {
			t.Errorf("%s: %v, changes nothing: %t", s.name, err, same)
		}
	}
}
