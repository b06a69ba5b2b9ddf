package clip

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
)

// logitScale is the checkpoint key of the logarithm of the logit scale.
const logitScale = "logit_scale"

// Model is a CLIPModel: a text and a picture encoder into one space.
type Model struct {
	Config Config
	// Params lists every weight by its checkpoint name.
	Params []*nn.Param

	Text   *TextModel
	Vision *VisionModel

	scale *nn.Param // logarithm, a scalar
}

// New declares the model of a config.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("CLIP config: %w", err)
	}
	text, err := NewText(c.Text)
	if err != nil {
		return nil, err
	}
	vision, err := NewVision(c.Vision)
	if err != nil {
		return nil, err
	}
	b := nn.NewBuilder()
	m := &Model{Config: c, Text: text, Vision: vision, scale: b.Param(logitScale, nn.Init{})}
	m.Params = append(append(b.Params(), text.Params...), vision.Params...)
	return m, nil
}

// Initialise gives every weight its starting value for training from nothing.
func (m *Model) Initialise(w *nn.Weights, seed uint64) error {
	if err := w.Initialise(m.Params, seed); err != nil {
		return err
	}
	return w.Set(logitScale, tensors.FromScalar(float32(m.Config.LogitScaleInit)))
}

// Output is what a forward pass computed, in float32.
type Output struct {
	Text   TextOutput
	Vision VisionOutput
	// TextEmbeds [texts, projection_dim] and ImageEmbeds [pictures,
	// projection_dim] have length 1.
	TextEmbeds, ImageEmbeds *Node
	// Scale is exp(logit_scale), a scalar: the inverse of the temperature.
	Scale *Node
	// LogitsPerImage [pictures, texts] are the scaled cosines, and
	// LogitsPerText [texts, pictures] the same transposed.
	LogitsPerImage, LogitsPerText *Node
}

// Forward compares every text with every picture: ids [texts, n] and pictures
// [pictures, image_size, image_size, 3].
func (m *Model) Forward(p *nn.Pass, ids, pictures *Node, opts TextOptions) Output {
	p.Declare(ids, m.Params)
	o := Output{Text: m.Text.Forward(p, ids, opts), Vision: m.Vision.Forward(p, pictures)}
	o.TextEmbeds, o.ImageEmbeds = Normalize(o.Text.Embeds), Normalize(o.Vision.Embeds)
	o.Scale = Exp(p.Value(ids, m.scale))
	o.LogitsPerText = Mul(o.Scale, Einsum("td,pd->tp", o.TextEmbeds, o.ImageEmbeds))
	o.LogitsPerImage = Transpose(o.LogitsPerText, 0, 1)
	return o
}

// Normalize scales the vectors of the last axis to length 1.
func Normalize(x *Node) *Node {
	return Div(x, Sqrt(ReduceAndKeep(Square(x), ReduceSum, -1)))
}
