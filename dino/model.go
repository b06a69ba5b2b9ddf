package dino

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Model is a Dinov2Model or a ViTModel without its pooler.
type Model struct {
	Config Config
	// Params lists every weight by its checkpoint name.
	Params []*nn.Param

	class     *nn.Param // [1, 1, hidden_size]
	positions *nn.Param // [1, 1+grid*grid, hidden_size]
	patches   *nn.Conv2D
	layers    []*layer
	norm      *nn.LayerNorm
}

// New declares the model of a config.
func New(c Config) (*Model, error) {
	b := nn.NewBuilder()
	m, err := NewIn(b, c)
	if err != nil {
		return nil, err
	}
	m.Params = b.Params()
	return m, nil
}

// NewIn declares the model as a part of another, which lists its parameters: Params
// is empty.
func NewIn(b nn.Builder, c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("DINO config: %w", err)
	}
	act, err := nn.Activation(c.HiddenAct)
	if err != nil {
		return nil, fmt.Errorf("DINO config: hidden_act: %w", err)
	}
	e := b.In("embeddings")
	m := &Model{
		Config:    c,
		class:     e.Param("cls_token", start, 1, 1, c.HiddenSize),
		positions: e.Param("position_embeddings", start, 1, 1+c.Grid()*c.Grid(), c.HiddenSize),
		patches: nn.NewConv2D(e.In("patch_embeddings.projection"), c.NumChannels, c.HiddenSize, c.PatchSize).
			Strided(c.PatchSize, nn.Padding{}),
	}
	place := "layers.%d"
	if c.ModelType == TypeDINOv2 {
		place = "encoder.layer.%d"
	}
	for i := range c.NumHiddenLayers {
		m.layers = append(m.layers, newLayer(b.In(place, i), c, act))
	}
	m.norm = nn.NewLayerNorm(b.In("layernorm"), c.HiddenSize, c.LayerNormEps)
	return m, nil
}

// Output is what a forward pass computed; what is not used costs nothing. n is
// 1 + rows*columns: the class token, then the patches row by row.
type Output struct {
	// HiddenStates are the embeddings and then each layer's output, [batch, n,
	// hidden_size]. The last is before the final norm.
	HiddenStates []*Node
	// Last is the last state after the final norm, [batch, n, hidden_size], float32.
	Last *Node
	// CLS is the class token of Last, [batch, hidden_size].
	CLS *Node
}

// Forward maps pictures [batch, height, width, 3], normalised, to states. At
// another size than image_size the learned positions are resized. What is left
// of a side beyond whole patches is not looked at; it panics if a side is
// shorter than one patch.
func (m *Model) Forward(p *nn.Pass, pictures *Node) Output {
	d := pictures.Shape().Dimensions
	if len(d) != 4 || min(d[1], d[2]) < m.Config.PatchSize || d[3] != m.Config.NumChannels {
		panic(fmt.Errorf("pictures are %s, the model wants [batch, height, width, %d] with sides of %d or more",
			pictures.Shape(), m.Config.NumChannels, m.Config.PatchSize))
	}
	p.Declare(pictures, m.Params)
	x := m.embed(p, pictures)
	states := []*Node{x}
	for _, l := range m.layers {
		x = p.Leave(l.forward(p, p.Enter(x)))
		states = append(states, x)
	}
	last := m.norm.Forward(p, x)
	return Output{HiddenStates: states, Last: last, CLS: Squeeze(SliceAxis(last, 1, AxisElem(0)), 1)}
}

// embed puts the class token before the patches and adds positions.
func (m *Model) embed(p *nn.Pass, pictures *Node) *Node {
	x := m.patches.Forward(p, pictures)
	d := x.Shape().Dimensions // [batch, rows, columns, hidden_size]
	class := BroadcastToDims(p.Value(x, m.class), d[0], 1, d[3])
	x = Concatenate([]*Node{class, Reshape(x, d[0], d[1]*d[2], d[3])}, 1)
	return Add(x, m.place(p, x, d[1], d[2]))
}
