package main

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
)

// request is what to draw; its size is 0 for the model's own.
type request struct {
	prompt, negative string
	sampler          string
	steps            int
	guidance         float64
	seed             uint64
	size             int
}

func (r request) check() error {
	switch {
	case r.steps < 1:
		return fmt.Errorf("--steps %d: give 1 or more", r.steps)
	case !(r.guidance > 1):
		return fmt.Errorf("--guidance %g: give more than 1, so that guidance is part of the comparison", r.guidance)
	}
	return nil
}

// drawing is a request under way, from the model's public parts one by one: the
// pipeline shows its pictures in 8 bits, which are too coarse to compare.
type drawing struct {
	model   *diffusion.Model
	request request
	shape   latentShape
	states  *tensors.Tensor // [2, tokens, width]: the negative prompt's first
	unet    *model.Exec
	record  *record
}

// draw makes the picture step by step, and again by the pipeline.
func draw(ctx context.Context, m *diffusion.Model, r request) (*record, error) {
	if r.size == 0 {
		r.size = m.DefaultSize()
	}
	if err := m.CheckSize(r.size, r.size); err != nil {
		return nil, err
	}
	plan, err := sampler.NewPlan(r.sampler, m.Scheduler, r.steps)
	if err != nil {
		return nil, err
	}
	side := r.size / m.VAE.Factor()
	d := &drawing{model: m, request: r, shape: latentShape{side, side, m.VAE.Channels()}, record: newRecord(r, plan)}
	for _, part := range []func(context.Context) error{d.encode, d.prepare, d.sample, d.decode, d.byPipeline} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return d.record, nil
}

// encode makes the text states.
func (d *drawing) encode(ctx context.Context) (err error) {
	if d.states, err = d.model.EncodeText(ctx, d.request.negative, d.request.prompt); err != nil {
		return err
	}
	flat, err := tensors.CopyFlatData[float32](d.states)
	if err != nil {
		return err
	}
	dims := d.states.Shape().Dimensions
	half := len(flat) / 2
	one := []int{1, dims[1], dims[2]}
	d.record.floats("negative_prompt_embeds", flat[:half], one...)
	d.record.floats("prompt_embeds", flat[half:], one...)
	return nil
}

// prepare makes the UNet's program for both texts at once.
func (d *drawing) prepare(context.Context) (err error) {
	s := d.shape
	d.unet, err = model.NewExec(d.model.Engine.Backend(), d.model.Store, func(_ *model.Scope, in []*Node) []*Node {
		p := nn.NewPass(d.model.UNetWeights, nn.Options{DType: dtypes.Float32})
		x := BroadcastToDims(in[0], 2, s.h, s.w, s.c)
		return []*Node{d.model.UNet.Forward(p, x, in[1], in[2]).Sample}
	})
	return err
}

// predict is the UNet with guidance, a [sampler.Model].
func (d *drawing) predict(_ context.Context, input []float32, timestep float64) ([]float32, error) {
	s := d.shape
	output, err := d.call(d.unet, tensors.FromFlatDataAndDimensions(input, 1, s.h, s.w, s.c), tensors.FromScalar(float32(timestep)), d.states)
	if err != nil {
		return nil, err
	}
	negative, positive := output[:len(input)], output[len(input):]
	sampler.Guide(negative, negative, positive, d.request.guidance)
	return negative, nil
}

// call runs a program of one float32 result.
func (d *drawing) call(exec *model.Exec, args ...any) (flat []float32, err error) {
	err = d.model.Exclusive(func() error {
		results, err := exec.Call(args...)
		if err != nil {
			return err
		}
		flat, err = tensors.CopyFlatData[float32](results[0])
		return err
	})
	return flat, err
}

// sample walks from PyTorch's noise, which is drawn channel by channel, to
// latents.
func (d *drawing) sample(ctx context.Context) error {
	s := d.shape
	planes := make([]float32, s.h*s.w*s.c)
	sampler.NewTorch(d.request.seed).Fill(planes)
	d.record.floats("initial_latents", planes, 1, s.c, s.h, s.w)
	var steps, timesteps []float32
	latents, err := sampler.Sample(ctx, d.request.sampler, d.model.Scheduler, d.predict, s.fromPlanes(planes), sampler.Options{
		Steps: d.request.steps, Batch: 1,
		Callback: func(step sampler.Step) {
			steps = append(steps, s.toPlanes(step.Sample)...)
			timesteps = append(timesteps, float32(step.Timestep))
		},
	})
	if err != nil {
		return fmt.Errorf("draw with sampler %q: %w", d.request.sampler, err)
	}
	d.record.floats("timesteps", timesteps, len(timesteps))
	d.record.floats("latents_per_step", steps, len(timesteps), 1, s.c, s.h, s.w)
	d.record.latents = latents
	d.record.floats("final_latents", s.toPlanes(latents), 1, s.c, s.h, s.w)
	return nil
}

// decode makes the picture in [0, 1].
func (d *drawing) decode(context.Context) error {
	s, size := d.shape, d.request.size
	exec, err := model.NewExec(d.model.Engine.Backend(), d.model.Store, func(_ *model.Scope, in []*Node) []*Node {
		return []*Node{d.model.VAE.Decode(nn.NewPass(d.model.VAE.Weights(), nn.Options{}), in[0])}
	})
	if err != nil {
		return err
	}
	pixels, err := d.call(exec, tensors.FromFlatDataAndDimensions(d.record.latents, 1, s.h, s.w, s.c))
	if err != nil {
		return fmt.Errorf("decode latents: %w", err)
	}
	for i, v := range pixels {
		pixels[i] = min(max((v+1)/2, 0), 1)
	}
	d.record.floats("image", latentShape{size, size, 3}.toPlanes(pixels), 1, 3, size, size)
	return nil
}

// byPipeline draws the same the way a user does.
func (d *drawing) byPipeline(ctx context.Context) error {
	r := d.request
	images, err := diffusion.NewPipeline(d.model).Generate(ctx, diffusion.Request{
		Prompt: r.prompt, NegativePrompt: r.negative, GuidanceScale: r.guidance, Steps: r.steps,
		Seed: r.seed, Width: r.size, Height: r.size, Sampler: r.sampler, RNG: diffusion.RNGTorch,
	})
	if err != nil {
		return err
	}
	d.record.bytes("picture", images[0].Picture.Pix, r.size, r.size, 3)
	return nil
}
