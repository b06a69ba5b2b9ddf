package clip

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// TextModel is a CLIPTextModel, with a projection or without.
type TextModel struct {
	Config TextConfig
	// Params lists every weight by its checkpoint name.
	Params []*nn.Param

	tokens, positions *nn.Embedding
	encoder           *encoder
	norm              *nn.LayerNorm
	projection        *nn.Linear // nil where there is none
}

// NewText declares the text model of a config.
func NewText(c TextConfig) (*TextModel, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("CLIP text config: %w", err)
	}
	act, err := nn.Activation(c.HiddenAct)
	if err != nil {
		return nil, fmt.Errorf("CLIP text config: hidden_act: %w", err)
	}
	b := nn.NewBuilder()
	t := b.In("text_model")
	m := &TextModel{
		Config:    c,
		tokens:    nn.NewEmbedding(t.In("embeddings.token_embedding"), c.VocabSize, c.HiddenSize, 0.02),
		positions: nn.NewEmbedding(t.In("embeddings.position_embedding"), c.MaxPositionEmbeddings, c.HiddenSize, 0.01),
		encoder: newEncoder(t.In("encoder"), shape{
			c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads, act, c.LayerNormEps}),
		norm: nn.NewLayerNorm(t.In("final_layer_norm"), c.HiddenSize, c.LayerNormEps),
	}
	if c.Projection {
		m.projection = newProjection(b.In("text_projection"), c.HiddenSize, c.ProjectionDim)
	}
	m.Params = b.Params()
	return m, nil
}

// TokenTable is the parameter that holds the token embeddings,
// [vocab_size, hidden_size].
func (m *TextModel) TokenTable() *nn.Param { return m.tokens.Weight }

// TextOutput is what a forward pass computed; what is not used costs nothing.
type TextOutput struct {
	// HiddenStates are the embeddings and then each layer's output, [batch, n,
	// hidden_size]. The last is before the final norm.
	HiddenStates []*Node
	// Last is the last state after the final norm, [batch, n, hidden_size], float32.
	Last *Node
	// Pooled is Last where the text ends, [batch, hidden_size]: at the first
	// eos_token_id, or, where the config says 2 (a mistake of early configs
	// that all Stable Diffusion models carry on), at the first of the
	// vocabulary's largest id in the text.
	Pooled *Node
	// Embeds is Pooled projected, [batch, projection_dim], or nil without
	// text_projection.
	Embeds *Node
}

// Forward maps token ids [batch, n] to states. n must not exceed
// max_position_embeddings; it panics if it does.
func (m *TextModel) Forward(p *nn.Pass, ids *Node, opts TextOptions) TextOutput {
	n := ids.Shape().Dim(1)
	if n > m.Config.MaxPositionEmbeddings {
		panic(fmt.Errorf("a text of %d tokens is longer than max_position_embeddings %d", n, m.Config.MaxPositionEmbeddings))
	}
	p.Declare(ids, m.Params)
	positions := Slice(p.Value(ids, m.positions.Weight), AxisRange(0, n))
	x := Add(m.embed(p, ids, opts), InsertAxes(positions, 0))
	states := m.encoder.forward(p, x, nn.CausalMask(ids.Graph(), n))
	out := TextOutput{HiddenStates: states, Last: m.FinalNorm(p, states[len(states)-1])}
	out.Pooled = rowAt(out.Last, m.end(ids))
	if m.projection != nil {
		out.Embeds = m.projection.Forward(p, out.Pooled)
	}
	return out
}

// FinalNorm is final_layer_norm, in float32.
func (m *TextModel) FinalNorm(p *nn.Pass, state *Node) *Node {
	return m.norm.Forward(p, state)
}

// Skip is the state of skip layers before the last, after the final norm: what
// is called clip skip. 0 is [TextOutput.Last], 1 the penultimate layer. It
// panics if the model has no such layer.
func (m *TextModel) Skip(p *nn.Pass, out TextOutput, skip int) *Node {
	layers := len(out.HiddenStates) - 1
	if skip < 0 || skip >= layers {
		panic(fmt.Errorf("clip skip %d is not between 0 and %d, for the text model has %d layers", skip, layers-1, layers))
	}
	return m.FinalNorm(p, out.HiddenStates[layers-skip])
}

// legacyEOS is the eos_token_id of configs from before it was used.
const legacyEOS = 2

// end is the position [batch] where each text ends.
func (m *TextModel) end(ids *Node) *Node {
	if m.Config.EOSTokenID != legacyEOS {
		return firstTrue(Equal(ids, Scalar(ids.Graph(), ids.DType(), m.Config.EOSTokenID)))
	}
	// Placeholders lie above the vocabulary and would pass for its end.
	words := Where(m.isRow(ids), ZerosLike(ids), ids)
	return firstTrue(Equal(words, ReduceAndKeep(words, ReduceMax, -1)))
}

// firstTrue is the first true position of each row of [batch, n], or 0 where
// there is none: [batch] int32.
func firstTrue(flags *Node) *Node {
	d := flags.Shape().Dimensions
	g := flags.Graph()
	at := Iota(g, shapes.Make(dtypes.Int32, d...), 1)
	none := Scalar(g, dtypes.Int32, d[1])
	found := ReduceMin(Where(flags, at, BroadcastToDims(none, d...)), -1)
	return Where(Equal(found, none), ZerosLike(found), found)
}

// rowAt takes x[i, at[i]] of x [batch, n, width].
func rowAt(x, at *Node) *Node {
	pick := OneHot(at, x.Shape().Dim(1), x.DType())
	return ReduceSum(Mul(x, InsertAxes(pick, -1)), 1)
}
