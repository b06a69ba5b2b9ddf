package pretrain

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// Sheet draws the settings' prompts with the averaged weights, seed 0.
func (s *unetStage) Sheet(ctx context.Context, path string) error {
	prompts := s.settings.Prompts
	if len(prompts) == 0 {
		return nil
	}
	pictures, err := s.sample(ctx, prompts)
	if err != nil {
		return err
	}
	var cells []picture.Cell
	for i, p := range pictures {
		cells = append(cells, picture.Cell{Picture: p, Caption: prompts[i]})
	}
	sheet := picture.Sheet{Title: "UNet", Cell: 128, Wrap: 8, Rows: []picture.Row{{Cells: cells}}}
	drawn, err := sheet.Draw()
	if err != nil {
		return fmt.Errorf("draw sheet: %w", err)
	}
	return picture.WriteFile(path, drawn, nil)
}

func (s *unetStage) sample(ctx context.Context, prompts []string) ([]*picture.Picture, error) {
	n := len(prompts)
	shape := append([]int{n}, s.cache.shape...)
	noise := make([]float32, n*s.cache.size())
	sampler.NewNormal(0).Fill(noise)
	latents, err := sampler.Sample(ctx, "ddim", s.scheduler, s.denoiser(shape, prompts), noise, sampler.Options{Steps: s.settings.SheetSteps})
	if err != nil {
		return nil, fmt.Errorf("draw prompts: %w", err)
	}
	results, err := s.decode.Call(tensors.FromFlatDataAndDimensions(latents, shape...))
	if err != nil {
		return nil, fmt.Errorf("decode latents: %w", err)
	}
	flat := tensors.MustCopyFlatData[float32](results[0])
	d := results[0].Shape().Dimensions
	out := make([]*picture.Picture, n)
	for i := range out {
		if out[i], err = pictureAt(flat, i, [2]int{d[2], d[1]}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// denoiser guides towards the prompts: both halves go through the network in
// one batch.
func (s *unetStage) denoiser(shape []int, prompts []string) sampler.Model {
	n := shape[0]
	texts := make([]string, n, 2*n)
	ids := idTensor(s.tokenizer, append(texts, prompts...))
	return func(_ context.Context, input []float32, timestep float64) ([]float32, error) {
		both := append(append(make([]float32, 0, 2*len(input)), input...), input...)
		at := make([]float32, 2*n)
		for i := range at {
			at[i] = float32(timestep)
		}
		results, err := s.predict.Call(
			tensors.FromFlatDataAndDimensions(both, append([]int{2 * n}, shape[1:]...)...),
			tensors.FromFlatDataAndDimensions(at, 2*n), ids)
		if err != nil {
			return nil, err
		}
		flat := tensors.MustCopyFlatData[float32](results[0])
		out := make([]float32, len(input))
		sampler.Guide(out, flat[:len(input)], flat[len(input):], s.settings.SheetGuidance)
		return out, nil
	}
}
