package main

import (
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// The three programs draw the same: the constants here are those of measure.
func TestSamePicture(t *testing.T) {
	text := read(t, "../measure/generate.go")
	for _, part := range []string{strconv.Quote(prompt), "GuidanceScale: " + guidance + ",", "Seed: " + seed + ","} {
		if !strings.Contains(text, part) {
			t.Errorf("measure draws without %s", part)
		}
	}
}

func TestPeerThreads(t *testing.T) {
	all := runtime.NumCPU()
	for args, want := range map[string]int{
		"": all, "--compile": all, "--threads=7": 7, "--compile --threads 5": 5, "--threads": all, "--threads=x": all, "--threads=7 --threads=9": 9,
	} {
		o := options{peerArgs: strings.Fields(args)}
		if got := o.peerThreads(); got != want {
			t.Errorf("%q gives %d threads, not %d", args, got, want)
		}
	}
}

func TestOwnTime(t *testing.T) {
	for _, c := range []struct {
		name, said string
		want       float64
		of         string
	}{
		{"Picture", "[INFO ] a.cpp:1 - sampling completed, taking 3.50s\n[INFO ] a.cpp:2 - generate_image completed in 4.25s\n", 4.25, "of a picture"},
		{"Older", "[INFO ] a.cpp:2 - txt2img completed in 4.75s\r\n", 4.75, "of a picture"},
		{"StepsAlone", "- step 1 sampling completed, taking 1.00s\n- sampling completed, taking 2.50s\n- step 2 sampling completed, taking 1.00s", 2.5, "of the steps alone"},
		{"Nothing", "done", 9, "the whole process"},
		{"Odd", "generate_image completed in ..s", 9, "the whole process"},
		{"Zero", "generate_image completed in 0.00s", 9, "the whole process"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, of := ownTime(c.said, 9); got != c.want || !strings.Contains(of, c.of) {
				t.Errorf("the time is %v, %s", got, of)
			}
		})
	}
}
