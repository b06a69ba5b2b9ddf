package pretrain

import (
	"context"
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// Probe says what the averaged weights make of pictures that are not learned from:
// the denoiser's loss on another view of each, with its own prediction (valid_own)
// and with another picture's (valid_other). What lies between them is what the
// encoder tells of a subject.
func (s *encoderStage) Probe(ctx context.Context) (Figures, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var figures Figures
	err := s.base.Exclusive(func() error {
		if err := s.prober(); err != nil {
			return err
		}
		for _, c := range []struct {
			name  string
			shift int
		}{{"valid_own", 0}, {"valid_other", 1}} {
			results, err := s.probe.Call(s.probeArgs(c.shift)...)
			if err != nil {
				return fmt.Errorf("measure %s: %w", c.name, err)
			}
			figures = append(figures, Figure{c.name, float64(tensors.ToScalar[float32](results[0]))})
			results[0].MustFinalizeAll()
		}
		return nil
	})
	return figures, err
}

func (s *encoderStage) prober() (err error) {
	if s.probe != nil {
		return nil
	}
	averaged := s.trainer.averaged(encoder.Folder)
	s.probe, err = model.NewExec(s.base.Engine.Backend(), s.base.Store, func(_ *model.Scope, in []*Node) *Node {
		return s.loss(averaged, in, nn.NoGradients)[1]
	})
	return err
}

// probeArgs are the validation pairs, each with the features of the pair that lies
// shift rows further on.
func (s *encoderStage) probeArgs(shift int) []any {
	n := s.valid.n
	own, other := make([]int, n), make([]int, n)
	for i := range n {
		own[i], other[i] = i, (i+shift)%n
	}
	rows, seen := s.valid.rows(own), s.valid.rows(other)
	rows = append(slices.Clone(seen[:len(seen)-2]), rows[len(rows)-2:]...)
	var args []any
	for _, r := range rows {
		args = append(args, r)
	}
	noise := normalTensor(s.settings.Seed, 0, append([]int{n}, s.valid.shape...)...)
	return append(args, noise, spreadTimesteps(s.settings.Seed, 0, n, len(s.objective.AlphasCumprod), s.settings.TimestepShift))
}

// Sheet draws pictures that are not learned from, each beside the settings' prompts
// with what the averaged weights predict of it, seed 0.
func (s *encoderStage) Sheet(ctx context.Context, path string) error {
	if len(s.settings.Prompts) == 0 {
		return nil
	}
	drawn, err := s.drawValid(ctx)
	if err != nil {
		return err
	}
	sheet := picture.Sheet{Title: "Encoder: unseen pictures, and drawn with what is predicted of them", Cell: 128}
	for i, input := range s.seen {
		row := picture.Row{Cells: []picture.Cell{{Picture: input.Square(128)}}}
		for j, prompt := range s.settings.Prompts {
			row.Cells = append(row.Cells, picture.Cell{Picture: drawn[i*len(s.settings.Prompts)+j], Caption: prompt})
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	whole, err := sheet.Draw()
	if err != nil {
		return fmt.Errorf("draw sheet: %w", err)
	}
	return picture.WriteFile(path, whole, nil)
}

// drawValid draws every prompt for each of the first validation pairs, all in one
// batch.
func (s *encoderStage) drawValid(ctx context.Context) ([]*picture.Picture, error) {
	var which []int
	var ids, empty []int32
	for i := range s.seen {
		for _, prompt := range s.settings.Prompts {
			which = append(which, i)
			ids = append(ids, placeholderIDs(s.tokens, prompt, s.base)...)
			empty = append(empty, s.base.Tokenizer.Batch("").IDs...)
		}
	}
	n := len(which)
	shape := append([]int{n}, s.valid.shape...)
	size := shape[1] * shape[2] * shape[3]
	noise := make([]float32, 0, n*size)
	for range s.seen { // the same noise for each subject
		part := make([]float32, len(s.settings.Prompts)*size)
		sampler.NewNormal(0).Fill(part)
		noise = append(noise, part...)
	}
	both := s.valid.rows(append(slices.Clone(which), which...))
	features := both[:len(both)-2]
	length := s.valid.idsLength
	predict := s.guided(features, tensors.FromFlatDataAndDimensions(append(empty, ids...), 2*n, length), shape)
	latents, err := sampler.Sample(ctx, "ddim", s.base.Scheduler, predict, noise, sampler.Options{Steps: s.settings.SheetSteps})
	if err != nil {
		return nil, fmt.Errorf("draw prompts: %w", err)
	}
	return s.base.DecodeLatents(ctx, tensors.FromFlatDataAndDimensions(latents, shape...))
}

// guided guides towards the prompts, whose ids are the second half of ids, and the
// predictions, as [diffusion.Use] draws them: both halves go through the network in
// one batch, the first without pairs.
func (s *encoderStage) guided(features []*tensors.Tensor, ids *tensors.Tensor, shape []int) sampler.Model {
	n := shape[0]
	return func(_ context.Context, input []float32, timestep float64) ([]float32, error) {
		at := slices.Repeat([]int32{int32(timestep)}, 2*n)
		var args []any
		for _, f := range features {
			args = append(args, f)
		}
		args = append(args, tensors.FromFlatDataAndDimensions(slices.Concat(input, input), append([]int{2 * n}, shape[1:]...)...),
			tensors.FromFlatDataAndDimensions(at, 2*n), ids)
		var flat []float32
		err := s.base.Exclusive(func() error {
			if err := s.predictor(); err != nil {
				return err
			}
			results, err := s.predict.Call(args...)
			if err != nil {
				return err
			}
			flat, err = tensors.CopyFlatData[float32](results[0])
			results[0].MustFinalizeAll()
			return err
		})
		if err != nil {
			return nil, err
		}
		out := make([]float32, len(input))
		sampler.Guide(out, flat[:len(input)], flat[len(input):], s.settings.SheetGuidance)
		return out, nil
	}
}

func (s *encoderStage) predictor() (err error) {
	if s.predict != nil {
		return nil
	}
	averaged := s.trainer.averaged(encoder.Folder)
	s.predict, err = model.NewExec(s.base.Engine.Backend(), s.base.Store, func(_ *model.Scope, in []*Node) *Node {
		f, rest := s.features(in)
		predicted := s.model.Forward(nn.NewPass(averaged, nn.Options{}), f)
		half := Zeros(rest[0].Graph(), shapes.Make(dtypes.Float32, rest[0].Shape().Dim(0)/2))
		return s.denoise(predicted.Times(Concatenate([]*Node{half, OnesLike(half)}, 0)), rest[0], rest[1], rest[2], nn.NoGradients)
	})
	return err
}
