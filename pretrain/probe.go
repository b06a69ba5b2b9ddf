package pretrain

import (
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Prober is a stage that can say more of how well it does than its steps' loss.
// A run asks it when it draws a sheet.
type Prober interface {
	Probe(ctx context.Context) (Figures, error)
}

// probed is the number of pictures that are looked at.
const probed = 64

// Probe says what the averaged weights make of the text where a drawing begins
// and the text is all there is: the loss at the last timestep with each
// picture's own caption (start_own), and with another's (start_other). While the
// first stays near the loss of an empty picture, 1 or so, nothing that is asked for is
// drawn.
func (s *unetStage) Probe(ctx context.Context) (Figures, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	exec, err := s.prober()
	if err != nil {
		return nil, err
	}
	latents, ids := s.cache.batch(s.settings.Seed, 1, probed, 0, nil)
	flat := tensors.MustCopyFlatData[int32](ids)
	own := tensors.FromFlatDataAndDimensions(flat, probed, s.cache.length)
	moved := slices.Concat(flat[s.cache.length:], flat[:s.cache.length])
	other := tensors.FromFlatDataAndDimensions(moved, probed, s.cache.length)
	noise := normalTensor(s.settings.Seed, 0, latents.Shape().Dimensions...)
	last := int32(len(s.objective.AlphasCumprod) - 1)
	at := tensors.FromFlatDataAndDimensions(slices.Repeat([]int32{last}, probed), probed)
	var figures Figures
	for _, c := range []struct {
		name string
		ids  *tensors.Tensor
	}{{"start_own", own}, {"start_other", other}} {
		results, err := exec.Call(latents, noise, at, c.ids)
		if err != nil {
			return nil, fmt.Errorf("measure the loss of %s captions: %w", c.name, err)
		}
		figures = append(figures, Figure{c.name, float64(tensors.ToScalar[float32](results[0]))})
		results[0].MustFinalizeAll()
	}
	return figures, nil
}

// prober is the loss with the averaged weights, prepared at its first use.
func (s *unetStage) prober() (*model.Exec, error) {
	if s.probe != nil {
		return s.probe, nil
	}
	exec, err := model.NewExec(s.backend, s.weights.Store(), func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{s.loss(s.trainer.averaged(unetComponent), in[0], in[1], in[2], s.states(s.averagedText(), in[3]))}
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the loss: %w", err)
	}
	s.probe = exec
	return exec, nil
}
