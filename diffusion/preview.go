package diffusion

import (
	"context"
	"slices"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// Preview is how far a picture has come.
type Preview struct {
	Index, Count int // of the picture in its request
	Seed         uint64
	Step, Steps  int // calls of the UNet that are done, and all; some samplers make more than Request.Steps

	model   *Model
	latents []float32 // the estimate of the finished latents
	h, w    int
}

// Picture is a rough view of what the picture is about to be, one pixel for
// each latent: a linear map from latents to colours, which costs next to
// nothing. A model's first preview of all decodes once to fit the map.
func (v Preview) Picture(ctx context.Context) (*picture.Picture, error) {
	colours, err := v.model.colourMap(ctx, v.h, v.w)
	if err != nil {
		return nil, err
	}
	return picture.FromFloat32(v.w, v.h, colours.apply(v.latents), -1, 1)
}

// onStep tells the request's callback about steps of a batch, picture by picture.
func (d *drawing) onStep(from int) func(sampler.Step) {
	if d.request.OnStep == nil {
		return nil
	}
	h, w, c := d.latentSize()
	return func(s sampler.Step) {
		for i := range min(d.atOnce(), d.request.Count-from) {
			d.request.OnStep(Preview{
				Index: from + i, Count: d.request.Count, Seed: d.request.Seed + uint64(from+i), Step: s.Index + 1, Steps: s.Total,
				model: d.model, latents: slices.Clone(s.Denoised[i*h*w*c : (i+1)*h*w*c]), h: h, w: w,
			})
		}
	}
}
