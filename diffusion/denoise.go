package diffusion

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
)

// sample walks from noise to latents [h, w, c]. The first values of noise are
// the start, the following those that the sampler draws.
func (d *drawing) sample(ctx context.Context, noise sampler.Noise, onStep func(sampler.Step)) ([]float32, error) {
	h, w, c := d.latentSize()
	start := make([]float32, h*w*c)
	noise.Fill(start)
	return sampler.Sample(ctx, d.request.Sampler, d.scheduler, d.predict, start, sampler.Options{
		Steps: d.request.Steps, Eta: d.request.Eta, Noise: noise, Callback: onStep, Batch: 1,
	})
}

// predict is the UNet with guidance: a [sampler.Model].
func (d *drawing) predict(ctx context.Context, input []float32, timestep float64) ([]float32, error) {
	output, err := d.unet(ctx, input, timestep)
	if err != nil {
		return nil, err
	}
	if i := notFinite(output); i >= 0 {
		return nil, fmt.Errorf("the UNet gave %v at timestep %g; %s", output[i], timestep, d.nanAdvice())
	}
	if !d.request.guided() {
		return output, nil
	}
	n := len(input)
	negative, positive := output[:n], output[n:]
	sampler.Guide(negative, negative, positive, d.request.GuidanceScale)
	if d.request.GuidanceRescale > 0 {
		err = sampler.RescaleGuidance(negative, positive, d.request.GuidanceRescale, 1)
	}
	return negative, err
}

// nanAdvice says what to do about outputs that are no numbers.
func (d *drawing) nanAdvice() string {
	switch {
	case d.model.DType != dtypes.Float32:
		return fmt.Sprintf("it computed in %s: use float32", d.model.DType)
	case len(d.concepts.unet)+len(d.concepts.text) > 0:
		return "lower the concepts' weights or leave one out: its training may have diverged"
	}
	return "the weights in unet/ may be damaged, or the scheduler's settings not be this model's"
}

// unet runs latents [h, w, c] once for each text: [texts, h, w, c].
func (d *drawing) unet(ctx context.Context, latents []float32, timestep float64) ([]float32, error) {
	m, lora := d.model, d.concepts.unet
	h, w, c := d.latentSize()
	texts := d.states.Shape().Dim(0)
	key := fmt.Sprintf("unet %dx%dx%d %s %s", texts, h, w, m.DType, lora.signature())
	args := []any{
		tensors.FromFlatDataAndDimensions(latents, 1, h, w, c),
		tensors.FromScalar(float32(timestep)),
		d.states,
	}
	own := len(args)
	return m.run1(ctx, &d.programs, "run UNet", key, func(in []*Node) []*Node {
		p := nn.NewPass(m.UNetWeights, nn.Options{DType: m.DType, Adapters: lora.adapters(in[own:])})
		x := BroadcastToDims(in[0], texts, h, w, c)
		return []*Node{m.UNet.Forward(p, x, in[1], in[2]).Sample}
	}, append(args, lora.args()...)...)
}
