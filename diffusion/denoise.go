package diffusion

import (
	"context"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/unet"
)

// sample walks from noise to latents [pictures, h, w, c]. The first values of noise
// are the start, the following those that the sampler draws.
func (d *drawing) sample(ctx context.Context, noise sampler.Noise, onStep func(sampler.Step)) ([]float32, error) {
	d.deep.forget()
	h, w, c := d.latentSize()
	start := make([]float32, d.atOnce()*h*w*c)
	noise.Fill(start)
	return sampler.Sample(ctx, d.request.Sampler, d.scheduler, d.predict, start, sampler.Options{
		Steps: d.request.Steps, Eta: d.request.Eta, Noise: noise, Callback: onStep, Batch: d.atOnce(),
	})
}

// predict is the UNet with guidance: a [sampler.Model].
func (d *drawing) predict(ctx context.Context, input []float32, timestep float64) ([]float32, error) {
	guided := d.guidedAt(timestep)
	output, err := d.unet(ctx, input, timestep, guided)
	if err != nil {
		return nil, err
	}
	if i := notFinite(output); i >= 0 {
		return nil, fmt.Errorf("the UNet gave %v at timestep %g; %s", output[i], timestep, d.nanAdvice())
	}
	if !guided {
		return output, nil
	}
	n := len(input)
	negative, positive := output[:n], output[n:]
	sampler.Guide(negative, negative, positive, d.request.GuidanceScale)
	if d.request.GuidanceRescale > 0 {
		err = sampler.RescaleGuidance(negative, positive, d.request.GuidanceRescale, d.atOnce())
	}
	return negative, err
}

// guidedAt says whether a timestep is among those with guidance.
func (d *drawing) guidedAt(timestep float64) bool {
	return d.request.guided() && timestep >= (1-d.request.GuidanceShare)*float64(d.scheduler.NumTrainTimesteps)
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

// unet runs latents [pictures, h, w, c] for the prompt, or, guided, once for each of
// the negative prompt and the prompt: [texts, pictures, h, w, c].
func (d *drawing) unet(ctx context.Context, latents []float32, timestep float64, guided bool) ([]float32, error) {
	now := d.conditionAt(timestep, guided)
	h, w, c := d.latentSize()
	args := []any{tensors.FromFlatDataAndDimensions(latents, d.atOnce(), h, w, c), tensors.FromScalar(float32(timestep)), now.states}
	if d.request.DeepCache > 1 {
		return d.unetCached(ctx, now, args)
	}
	return d.sampleOf(d.call(ctx, "", now, args, func(p *nn.Pass, x *Node, in []*Node) []*Node {
		return []*Node{d.merging().Forward(p, x, in[1], in[2]).Sample}
	}))
}

// merging is the UNet that merges tokens as the request says.
func (d *drawing) merging() *unet.Model { return d.model.UNet.Merging(d.request.TokenMerging) }

// call runs the UNet on arguments that begin with latents, timestep and states,
// under a condition. kind tells f's graph from others of the same arguments.
func (d *drawing) call(ctx context.Context, kind string, now condition, args []any, f func(p *nn.Pass, x *Node, in []*Node) []*Node) ([]*tensors.Tensor, error) {
	m := d.model
	h, w, _ := d.latentSize()
	n := d.atOnce()
	key := fmt.Sprintf("unet%s %dx%dx%dx%d %s merging %g %s", kind, now.texts(), n, h, w, m.DType, d.request.TokenMerging, now.signature())
	own := len(args)
	return m.run(ctx, &d.programs, runUNet, key, func(in []*Node) []*Node {
		p := nn.NewPass(m.UNetWeights, nn.Options{DType: m.DType})
		now.apply(p, in[own:], n)
		in[2] = ofEach(in[2], n)
		return f(p, forEach(in[0], now.texts()), in)
	}, append(args, now.args()...)...)
}

// forEach repeats a batch [n, ...] for each of so many texts: [texts*n, ...].
func forEach(batch *Node, texts int) *Node {
	d := batch.Shape().Dimensions
	all := BroadcastToDims(InsertAxes(batch, 0), append([]int{texts}, d...)...)
	return Reshape(all, append([]int{texts * d[0]}, d[1:]...)...)
}

// ofEach gives each of n pictures what texts have, [texts, ...]: [texts*n, ...].
func ofEach(texts *Node, n int) *Node {
	if texts == nil || n == 1 {
		return texts
	}
	d := texts.Shape().Dimensions
	all := BroadcastToDims(InsertAxes(texts, 1), append([]int{d[0], n}, d[1:]...)...)
	return Reshape(all, append([]int{d[0] * n}, d[1:]...)...)
}

// sampleOf takes the values of a call's first result.
func (d *drawing) sampleOf(results []*tensors.Tensor, err error) ([]float32, error) {
	if err != nil {
		return nil, err
	}
	return take(runUNet, results[0])
}

const runUNet = "run UNet"
