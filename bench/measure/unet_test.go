package main

import (
	"context"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/bench/result"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
)

// openJob opens a fixture for a job on the smallest picture that it can do.
func openJob(t *testing.T) *job {
	t.Helper()
	m, err := diffusion.Open(context.Background(), golden.Dir(t, "sd1-tiny"), enginetest.Fast(t))
	if err != nil {
		t.Fatal(err)
	}
	levels := len(m.UNet.Config.BlockOutChannels)
	return &job{dir: m.Dir, size: m.VAE.Factor() << (levels - 1), batch: 1, steps: 1, runs: 1, model: m}
}

func flat(t *testing.T, v *model.Variable) []float32 {
	t.Helper()
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	values, err := tensors.CopyFlatData[float32](value)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// learnedBy is the variable that a mode adds and what it starts from.
func learnedBy(j *job, mode string) (v *model.Variable, start []float32) {
	place := nn.NewWeights(j.model.Store, "measured")
	switch mode {
	case result.Token:
		_, states := inputs(j)
		return place.Variable("states"), tensors.MustCopyFlatData[float32](states)
	case result.Pairs:
		return place.Variable("pairs"), startOf(attentionPairs(j))
	}
	return nil, nil
}

// Each mode moves what it says and leaves the rest of the UNet.
func TestModes(t *testing.T) {
	j := openJob(t)
	frozen := j.model.UNetWeights.Variable("conv_in.weight")
	before := flat(t, frozen)
	for _, mode := range []string{result.Forward, result.Token, result.Pairs, result.All} {
		t.Run(mode, func(t *testing.T) {
			j.mode = mode
			var r result.Result
			if err := measureUNet(context.Background(), j, &r); err != nil {
				t.Fatal(err)
			}
			if r.First <= 0 || r.Best <= 0 || len(r.Runs) != j.runs || *r.Mode != mode {
				t.Errorf("result %+v is not of one run after the first", r)
			}
			moved := !slices.Equal(before, flat(t, frozen))
			if moved != (mode == result.All) {
				t.Errorf("the UNet's weights moved: %t", moved)
			}
			if v, start := learnedBy(j, mode); v != nil {
				if slices.Equal(start, flat(t, v)) {
					t.Error("what should learn stayed as it was")
				}
			}
		})
	}
}
