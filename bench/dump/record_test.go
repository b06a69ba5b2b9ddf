package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/weights"
)

func TestPlanes(t *testing.T) {
	s := latentShape{h: 1, w: 3, c: 2}
	pixels := []float32{1, 10, 2, 20, 3, 30}
	planes := s.toPlanes(pixels)
	if diff := cmp.Diff([]float32{1, 2, 3, 10, 20, 30}, planes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(pixels, s.fromPlanes(planes)); diff != "" {
		t.Error(diff)
	}
}

func TestRecord(t *testing.T) {
	plan := &sampler.Plan{Config: sampler.Config{Class: "DDIMScheduler"}}
	r := newRecord(request{prompt: "猫", negative: "", steps: 2, guidance: 7.5, seed: 1 << 40, size: 16}, plan)
	r.floats("latents", []float32{1, 2}, 1, 2)
	r.bytes("picture", []uint8{0, 255, 7}, 1, 1, 3)
	path := filepath.Join(t.TempDir(), "dump.safetensors")
	if err := r.write(path); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{
		"prompt": "猫", "negative_prompt": "", "steps": "2", "guidance_scale": "7.5", "seed": "1099511627776",
		"size": "16", "scheduler": "DDIMScheduler", "use_karras_sigmas": "false",
	}
	if diff := cmp.Diff(want, f.Metadata()); diff != "" {
		t.Error(diff)
	}
	latents, err := f.Float32("latents")
	if err != nil {
		t.Fatal(err)
	}
	picture, err := f.Bytes("picture")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{1, 2}, latents); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]byte{0, 255, 7}, picture); diff != "" {
		t.Error(diff)
	}
}

func TestRequestRefused(t *testing.T) {
	for name, r := range map[string]request{"Steps": {steps: 0, guidance: 7.5}, "Guidance": {steps: 1, guidance: 1}} {
		t.Run(name, func(t *testing.T) {
			if r.check() == nil {
				t.Errorf("%+v was accepted", r)
			}
		})
	}
}
