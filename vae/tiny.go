package vae

import (
	"fmt"
	"path/filepath"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// TinyConfig is the config.json of an AutoencoderTiny.
type TinyConfig struct {
	ClassName             string  `json:"_class_name"`
	InChannels            int     `json:"in_channels"`
	OutChannels           int     `json:"out_channels"`
	LatentChannels        int     `json:"latent_channels"`
	EncoderChannels       []int   `json:"encoder_block_out_channels"`
	DecoderChannels       []int   `json:"decoder_block_out_channels"`
	NumEncoderBlocks      []int   `json:"num_encoder_blocks"`
	NumDecoderBlocks      []int   `json:"num_decoder_blocks"`
	ActFn                 string  `json:"act_fn"`
	LatentMagnitude       float64 `json:"latent_magnitude"`
	LatentShift           float64 `json:"latent_shift"`
	ScalingFactor         float64 `json:"scaling_factor"`
	UpsampleScalingFactor int     `json:"upsampling_scaling_factor"`
}

// ReadTinyConfig reads DIR/config.json.
func ReadTinyConfig(dir string) (TinyConfig, error) {
	c := TinyConfig{
		ClassName: "AutoencoderTiny", InChannels: 3, OutChannels: 3, LatentChannels: 4,
		EncoderChannels: []int{64, 64, 64, 64}, DecoderChannels: []int{64, 64, 64, 64},
		NumEncoderBlocks: []int{1, 3, 3, 3}, NumDecoderBlocks: []int{3, 3, 3, 1}, ActFn: "relu",
		LatentMagnitude: 3, LatentShift: 0.5, ScalingFactor: 1, UpsampleScalingFactor: 2,
	}
	if err := readJSON(dir, &c); err != nil {
		return TinyConfig{}, err
	}
	if err := c.Validate(); err != nil {
		return TinyConfig{}, fmt.Errorf("VAE config %s: %w", filepath.Join(dir, "config.json"), err)
	}
	return c, nil
}

// Validate reports the first value that this package cannot build, by its key.
func (c TinyConfig) Validate() error {
	switch {
	case c.ClassName != "AutoencoderTiny":
		return fmt.Errorf("_class_name: %q is not AutoencoderTiny", c.ClassName)
	case len(c.EncoderChannels) == 0 || len(c.EncoderChannels) != len(c.NumEncoderBlocks):
		return fmt.Errorf("encoder_block_out_channels and num_encoder_blocks must be equally long and not empty")
	case len(c.DecoderChannels) == 0 || len(c.DecoderChannels) != len(c.NumDecoderBlocks):
		return fmt.Errorf("decoder_block_out_channels and num_decoder_blocks must be equally long and not empty")
	case c.UpsampleScalingFactor < 1 || c.UpsampleScalingFactor > 8:
		return fmt.Errorf("upsampling_scaling_factor: %d is not between 1 and 8", c.UpsampleScalingFactor)
	case !(c.LatentMagnitude > 0):
		return fmt.Errorf("latent_magnitude: %g is not positive", c.LatentMagnitude)
	}
	for _, l := range []struct {
		key       string
		values    []int
		low, high int
	}{
		{"encoder_block_out_channels", c.EncoderChannels, 1, maxChannels},
		{"decoder_block_out_channels", c.DecoderChannels, 1, maxChannels},
		{"num_encoder_blocks", c.NumEncoderBlocks, 0, 64},
		{"num_decoder_blocks", c.NumDecoderBlocks, 0, 64},
	} {
		for i, v := range l.values {
			if v < l.low || v > l.high {
				return fmt.Errorf("%s[%d]: %d is not between %d and %d", l.key, i, v, l.low, l.high)
			}
		}
	}
	return checkChannels(c.InChannels, c.OutChannels, c.LatentChannels)
}

// Tiny is an AutoencoderTiny: a small autoencoder for quick previews.
type Tiny struct {
	Config TinyConfig
	// Params lists every weight by its checkpoint name.
	Params []*nn.Param

	encoder, decoder []step
	act              func(*Node) *Node
}

// step is one entry of the checkpoint's flat list of layers.
type step func(p *nn.Pass, x *Node) *Node

// NewTiny declares the model of a config.
func NewTiny(c TinyConfig) (*Tiny, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("VAE config: %w", err)
	}
	act, err := nn.Activation(c.ActFn)
	if err != nil {
		return nil, fmt.Errorf("VAE config: act_fn: %w", err)
	}
	b := nn.NewBuilder()
	t := &Tiny{Config: c, act: act}
	t.encoder = t.buildEncoder(b.In("encoder.layers"))
	t.decoder = t.buildDecoder(b.In("decoder.layers"))
	t.Params = b.Params()
	return t, nil
}

// buildEncoder numbers layers as the checkpoint does: a convolution in, then
// for each level a halving (but the first) and its blocks, a convolution out.
func (t *Tiny) buildEncoder(b nn.Builder) []step {
	c := t.Config
	steps := []step{nn.NewConv2D(b.In("0"), c.InChannels, c.EncoderChannels[0], 3).Forward}
	for i, n := range c.NumEncoderBlocks {
		width := c.EncoderChannels[i]
		if i > 0 {
			halve := nn.NewConv2DNoBias(b.In("%d", len(steps)), width, width, 3).Strided(2, nn.PadAll(1))
			steps = append(steps, halve.Forward)
		}
		for range n {
			steps = append(steps, t.block(b.In("%d", len(steps)), width))
		}
	}
	last := c.EncoderChannels[len(c.EncoderChannels)-1]
	return append(steps, nn.NewConv2D(b.In("%d", len(steps)), last, c.LatentChannels, 3).Forward)
}

// buildDecoder: a convolution in and its activation, then for each level its
// blocks, an enlargement (but the last) and a convolution.
func (t *Tiny) buildDecoder(b nn.Builder) []step {
	c := t.Config
	steps := []step{nn.NewConv2D(b.In("0"), c.LatentChannels, c.DecoderChannels[0], 3).Forward, t.activate}
	for i, n := range c.NumDecoderBlocks {
		width := c.DecoderChannels[i]
		for range n {
			steps = append(steps, t.block(b.In("%d", len(steps)), width))
		}
		if i == len(c.NumDecoderBlocks)-1 {
			return append(steps, nn.NewConv2D(b.In("%d", len(steps)), width, c.OutChannels, 3).Forward)
		}
		steps = append(steps, t.enlarge)
		steps = append(steps, nn.NewConv2DNoBias(b.In("%d", len(steps)), width, width, 3).Forward)
	}
	return steps
}

// block is AutoencoderTinyBlock: three convolutions and a residual.
func (t *Tiny) block(b nn.Builder, width int) step {
	convs := [3]*nn.Conv2D{}
	for i := range convs {
		convs[i] = nn.NewConv2D(b.In("conv.%d", 2*i), width, width, 3)
	}
	return func(p *nn.Pass, x *Node) *Node {
		h := t.act(convs[0].Forward(p, x))
		h = convs[2].Forward(p, t.act(convs[1].Forward(p, h)))
		return nn.ReLU(Add(h, x))
	}
}

func (t *Tiny) activate(_ *nn.Pass, x *Node) *Node { return t.act(x) }

func (t *Tiny) enlarge(_ *nn.Pass, x *Node) *Node {
	d, f := x.Shape().Dimensions, t.Config.UpsampleScalingFactor
	return nn.UpsampleNearest(x, f*d[1], f*d[2])
}

// Encode maps pictures [batch, height, width, 3] in [-1, 1] to latents as
// diffusion uses them.
func (t *Tiny) Encode(p *nn.Pass, pictures *Node) *Node {
	x := MulScalar(AddScalar(pictures, 1), 0.5)
	for _, s := range t.encoder {
		x = s(p, x)
	}
	return x
}

// Decode maps latents to pictures in [-1, 1].
func (t *Tiny) Decode(p *nn.Pass, latents *Node) *Node {
	x := MulScalar(Tanh(MulScalar(latents, 1.0/3)), 3)
	for _, s := range t.decoder {
		x = s(p, x)
	}
	return AddScalar(MulScalar(x, 2), -1)
}

// ScaleLatents maps raw latents to [0, 1] for storing as a picture.
func (c TinyConfig) ScaleLatents(x *Node) *Node {
	return ClipScalar(AddScalar(MulScalar(x, 1/(2*c.LatentMagnitude)), c.LatentShift), 0, 1)
}

// UnscaleLatents is the inverse of ScaleLatents.
func (c TinyConfig) UnscaleLatents(x *Node) *Node {
	return MulScalar(AddScalar(x, -c.LatentShift), 2*c.LatentMagnitude)
}
