package unet_test

import (
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/unet"
)

// TestGoldenPooledText compares with diffusers where the text states are pooled
// into the time embedding, which scales and shifts. bench/make_unet_golden.py
// writes the fixture.
func TestGoldenPooledText(t *testing.T) {
	dir := filepath.Join("testdata", "pooled-text")
	store := model.NewStore()
	m, w, err := unet.Open(filepath.Join(dir, "unet"), store, "unet")
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t, m, w, store, dir}
	f := golden.Open(t, dir, "golden.safetensors")
	for name, options := range map[string]nn.Options{"plain": {}, "checkpoint": {Checkpoint: true}} {
		t.Run(name, func(t *testing.T) {
			got := b.run(options, f.Tensor("sample"), f.Tensor("timestep"), f.Tensor("encoder_hidden_states"))
			f.Close("output", got, tolerance, false)
		})
	}
}
