package main

import (
	"strings"
	"testing"
)

func TestMeasure(t *testing.T) {
	s := settings{sizes: []int{128}, count: 2, trials: 6, seed: 1}
	first, err := s.measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first != again {
		t.Errorf("the same seed gives\n%s\nand\n%s", first, again)
	}
	for _, want := range []string{"| 128 | 2 of product on white | 0 |", "| JPEG 75 |", "6 pictures, 0 false alarms"} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is not in\n%s", want, first)
		}
	}
	if _, err := (settings{folders: []string{t.TempDir()}}).measure(t.Context()); err == nil {
		t.Error("a folder without pictures is taken")
	}
}

func TestRow(t *testing.T) {
	r := newRow("x", 64, []trial{{refused: true}, {psnr: 40, read: []bool{true, false}}, {psnr: 50, read: []bool{true, true}}})
	if r.refused != 1 || r.worst != 40 || r.middle != 50 || r.read[0] != 2 || r.read[1] != 1 {
		t.Errorf("%+v", r)
	}
}
