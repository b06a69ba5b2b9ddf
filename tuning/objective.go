package tuning

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// objective is the loss of a batch as a graph: prompts through the text
// encoder, latents noised, and the UNet's prediction compared with its target
// (Rombach et al., arXiv 2112.10752, eq. 3).
type objective struct {
	base      *base
	diffusion loss.Diffusion
	options   nn.Options
	token     *token     // nil where prompts have no learned vectors
	loras     []*lowRank // at most one a component
	// prior weighs the rows of the class pictures, the second half of a batch
	// (Ruiz et al., arXiv 2208.12242, eq. 2); 0 where a batch has none.
	prior float64
	// regular, if set, keeps the vector near words and runs both paths.
	regular *regulariser
}

// arguments of the graph, one batch of b rows.
const (
	argIDs       = iota // [b, n] int32
	argLatents          // [b, h, w, c]
	argNoise            // [b, h, w, c]
	argTimesteps        // [b] int32
	argCount
)

// loss is the scalar to minimise.
func (o *objective) loss(in []*Node) *Node {
	latents, noise, at := in[argLatents], in[argNoise], in[argTimesteps]
	prediction := o.predict(in[argIDs], o.diffusion.Noisy(latents, noise, at), at)
	switch {
	case o.prior != 0:
		return loss.WithPrior(o.diffusion.EachLoss(prediction, latents, noise, at), o.prior)
	case o.regular != nil:
		return Add(o.diffusion.Loss(prediction, latents, noise, at), o.regular.loss(o.token.rows(latents.Graph())))
	}
	return o.diffusion.Loss(prediction, latents, noise, at)
}

// predict runs both models on prompts [b, n] and noisy latents [b, h, w, c].
func (o *objective) predict(ids, noisy, timesteps *Node) *Node {
	g := ids.Graph()
	var rows clip.TextOptions
	if o.token != nil {
		rows = o.token.options(o.token.rows(g))
	}
	text := o.base.text.Forward(o.pass(g, o.base.textWeights, weights.TextEncoder), ids, rows)
	pass := o.pass(g, o.base.unetWeights, weights.UNet)
	if o.regular != nil && o.regular.alpha < 1 {
		pass.Blend = &nn.Blend{Hard: o.hard(ids), Alpha: Const(g, float32(o.regular.alpha))}
	}
	return o.base.unet.Forward(pass, noisy, timesteps, text.Last).Sample
}

// hard are the text states of the hard prompt: ids with the word nearest to the
// vector as it stands in the placeholder's place.
func (o *objective) hard(ids *Node) *Node {
	g := ids.Graph()
	text := o.base.text.Forward(nn.NewPass(o.base.textWeights, nn.Options{}), ids, o.token.options(o.regular.nearest(o.token.rows(g))))
	return StopGradient(text.Last)
}

// pass is a forward pass of a component with its low-rank offsets. The text
// encoder is small and stays in float32, as it does where pictures are drawn.
func (o *objective) pass(g *Graph, w *nn.Weights, component string) *nn.Pass {
	options := o.options
	if component == weights.TextEncoder {
		options.DType = dtypes.Float32
	}
	for _, l := range o.loras {
		if l.component == component {
			options.Adapters = append(options.Adapters[:len(options.Adapters):len(options.Adapters)], l.adapter(g))
		}
	}
	return nn.NewPass(w, options)
}
