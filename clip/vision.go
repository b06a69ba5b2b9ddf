package clip

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// VisionModel is a CLIPVisionModel, with a projection or without: a vision
// transformer (Dosovitskiy et al., arXiv 2010.11929) with one more norm before
// the first layer.
type VisionModel struct {
	Config VisionConfig
	// Params lists every weight by its checkpoint name.
	Params []*nn.Param

	class             *nn.Param // [hidden_size]
	patches           *nn.Conv2D
	positions         *nn.Embedding
	preNorm, postNorm *nn.LayerNorm
	encoder           *encoder
	projection        *nn.Linear // nil where there is none
}

// NewVision declares the vision model of a config.
func NewVision(c VisionConfig) (*VisionModel, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("CLIP vision config: %w", err)
	}
	act, err := nn.Activation(c.HiddenAct)
	if err != nil {
		return nil, fmt.Errorf("CLIP vision config: hidden_act: %w", err)
	}
	b := nn.NewBuilder()
	v := b.In("vision_model")
	e := v.In("embeddings")
	wide := math.Pow(float64(c.HiddenSize), -0.5)
	m := &VisionModel{
		Config: c,
		class:  e.Param("class_embedding", nn.Init{Kind: nn.InitNormal, Scale: wide}, c.HiddenSize),
		patches: nn.NewConv2DNoBias(e.In("patch_embedding"), c.NumChannels, c.HiddenSize, c.PatchSize).
			Strided(c.PatchSize, nn.Padding{}),
		positions: nn.NewEmbedding(e.In("position_embedding"), c.Grid()*c.Grid()+1, c.HiddenSize, wide),
		// The misspelling is the checkpoint's.
		preNorm: nn.NewLayerNorm(v.In("pre_layrnorm"), c.HiddenSize, c.LayerNormEps),
		encoder: newEncoder(v.In("encoder"), shape{
			c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads, act, c.LayerNormEps}),
		postNorm: nn.NewLayerNorm(v.In("post_layernorm"), c.HiddenSize, c.LayerNormEps),
	}
	if c.Projection {
		m.projection = newProjection(b.In("visual_projection"), c.HiddenSize, c.ProjectionDim)
	}
	m.Params = b.Params()
	return m, nil
}

// VisionOutput is what a forward pass computed; what is not used costs nothing.
// n is 1 + grid*grid: the class token, then the patches row by row.
type VisionOutput struct {
	// HiddenStates are the embeddings after pre_layrnorm and then each layer's
	// output, [batch, n, hidden_size].
	HiddenStates []*Node
	// Last is the last layer's output, [batch, n, hidden_size], float32. No norm
	// follows it, except for the class token's in Pooled.
	Last *Node
	// Pooled is the class token after post_layernorm, [batch, hidden_size], float32.
	Pooled *Node
	// Embeds is Pooled projected, [batch, projection_dim], or nil without
	// visual_projection.
	Embeds *Node
}

// Forward maps pictures [batch, image_size, image_size, 3], normalised, to
// states. It panics if they have another size.
func (m *VisionModel) Forward(p *nn.Pass, pictures *Node) VisionOutput {
	p.Declare(pictures, m.Params)
	states := m.encoder.forward(p, m.preNorm.Forward(p, m.embed(p, pictures)), nil)
	last := states[len(states)-1]
	class := Squeeze(SliceAxis(last, 1, AxisElem(0)), 1)
	out := VisionOutput{HiddenStates: states, Last: last}
	out.Pooled = m.postNorm.Forward(p, class)
	if m.projection != nil {
		out.Embeds = m.projection.Forward(p, out.Pooled)
	}
	return out
}

// embed puts the class token before the patches and adds positions.
func (m *VisionModel) embed(p *nn.Pass, pictures *Node) *Node {
	d, c := pictures.Shape().Dimensions, m.Config
	if len(d) != 4 || d[1] != c.ImageSize || d[2] != c.ImageSize || d[3] != c.NumChannels {
		panic(fmt.Errorf("pictures are %s, the vision model wants [batch, %d, %d, %d]",
			pictures.Shape(), c.ImageSize, c.ImageSize, c.NumChannels))
	}
	x := Reshape(m.patches.Forward(p, pictures), d[0], c.Grid()*c.Grid(), c.HiddenSize)
	class := BroadcastToDims(Reshape(p.Value(x, m.class), 1, 1, c.HiddenSize), d[0], 1, c.HiddenSize)
	return Add(Concatenate([]*Node{class, x}, 1), InsertAxes(p.Value(x, m.positions.Weight), 0))
}
