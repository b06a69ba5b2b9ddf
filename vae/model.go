package vae

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Model is an AutoencoderKL: its config and its layers.
type Model struct {
	Config Config
	// Params lists every weight by its checkpoint name; EncoderParams and
	// DecoderParams are the halves.
	Params, EncoderParams, DecoderParams []*nn.Param

	encoder, decoder coder
	quant, postQuant *nn.Conv2D // nil where the config leaves them out
	act              func(*Node) *Node
}

// coder is the part that encoder and decoder share.
type coder struct {
	convIn, convOut *nn.Conv2D
	levels          []*level
	mid             *middle
	normOut         *nn.GroupNorm
}

// New declares the model of a config.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("VAE config: %w", err)
	}
	act, err := nn.Activation(c.ActFn)
	if err != nil {
		return nil, fmt.Errorf("VAE config: act_fn: %w", err)
	}
	m := &Model{Config: c, act: act}
	e := nn.NewBuilder()
	m.encoder = newEncoder(e.In("encoder"), c)
	if c.UseQuantConv {
		m.quant = nn.NewConv2D(e.In("quant_conv"), 2*c.LatentChannels, 2*c.LatentChannels, 1).Preserving()
	}
	d := nn.NewBuilder()
	if c.UsePostQuantConv {
		m.postQuant = nn.NewConv2D(d.In("post_quant_conv"), c.LatentChannels, c.LatentChannels, 1).Preserving()
	}
	m.decoder = newDecoder(d.In("decoder"), c)
	m.EncoderParams, m.DecoderParams = e.Params(), d.Params()
	m.Params = append(append([]*nn.Param{}, m.EncoderParams...), m.DecoderParams...)
	return m, nil
}

func newEncoder(b nn.Builder, c Config) coder {
	n := len(c.BlockOutChannels)
	e := coder{convIn: nn.NewConv2D(b.In("conv_in"), c.InChannels, c.BlockOutChannels[0], 3).Preserving()}
	for i, out := range c.BlockOutChannels {
		in := c.BlockOutChannels[max(i-1, 0)]
		part := b.In("down_blocks.%d", i)
		l := newLevel(part, c.NormNumGroups, c.LayersPerBlock, in, out)
		if i < n-1 {
			// One pixel of zeros below and to the right, as the original pads.
			l.resize = nn.NewConv2D(part.In("downsamplers.0.conv"), out, out, 3).Preserving().
				Strided(2, nn.Padding{Bottom: 1, Right: 1})
		}
		e.levels = append(e.levels, l)
	}
	e.mid = newMiddle(b.In("mid_block"), c)
	e.normOut = nn.NewGroupNorm(b.In("conv_norm_out"), c.NormNumGroups, c.BlockOutChannels[n-1], eps)
	e.convOut = nn.NewConv2D(b.In("conv_out"), c.BlockOutChannels[n-1], 2*c.LatentChannels, 3)
	return e
}

func newDecoder(b nn.Builder, c Config) coder {
	n := len(c.BlockOutChannels)
	d := coder{convIn: nn.NewConv2D(b.In("conv_in"), c.LatentChannels, c.BlockOutChannels[n-1], 3).Preserving()}
	d.mid = newMiddle(b.In("mid_block"), c)
	for i := range n {
		in, out := c.BlockOutChannels[min(n-i, n-1)], c.BlockOutChannels[n-1-i]
		part := b.In("up_blocks.%d", i)
		l := newLevel(part, c.NormNumGroups, c.LayersPerBlock+1, in, out)
		if i < n-1 {
			l.resize = nn.NewConv2D(part.In("upsamplers.0.conv"), out, out, 3).Preserving()
		}
		d.levels = append(d.levels, l)
	}
	d.normOut = nn.NewGroupNorm(b.In("conv_norm_out"), c.NormNumGroups, c.BlockOutChannels[0], eps)
	d.convOut = nn.NewConv2D(b.In("conv_out"), c.BlockOutChannels[0], c.OutChannels, 3)
	return d
}

// Posterior is the diagonal normal that the encoder predicts.
type Posterior struct {
	Mean   *Node // [batch, h, w, latent_channels], float32
	LogVar *Node // likewise, within [-30, 20]
}

// Sample is mean + exp(logvar/2) * noise.
func (q Posterior) Sample(noise *Node) *Node {
	return Add(q.Mean, Mul(Exp(MulScalar(q.LogVar, 0.5)), noise))
}

// KL is the divergence from the unit normal, summed over each picture's
// latents: [batch].
func (q Posterior) KL() *Node {
	inner := Sub(Add(Square(q.Mean), Exp(q.LogVar)), OnePlus(q.LogVar))
	return MulScalar(ReduceSum(inner, 1, 2, 3), 0.5)
}

// Encode maps pictures [batch, height, width, 3] in [-1, 1] to the posterior
// of their latents, before the scaling factor. Sides must be multiples of
// [Config.Factor].
func (m *Model) Encode(p *nn.Pass, pictures *Node) Posterior {
	x := m.encoder.convIn.Forward(p, pictures)
	for _, l := range m.encoder.levels {
		x = l.forward(p, x, m.act)
		if l.resize != nil {
			x = l.resize.Forward(p, x)
		}
	}
	x = m.finish(p, &m.encoder, m.encoder.mid.forward(p, x, m.act))
	if m.quant != nil {
		x = m.quant.Forward(p, x)
	}
	halves := Split(x, -1, 2)
	return Posterior{Mean: halves[0], LogVar: ClipScalar(halves[1], -30, 20)}
}

// Decode maps latents [batch, h, w, latent_channels], after division by the
// scaling factor, to pictures [batch, h*f, w*f, 3], nominally in [-1, 1].
func (m *Model) Decode(p *nn.Pass, latents *Node) *Node {
	x := latents
	if m.postQuant != nil {
		x = m.postQuant.Forward(p, x)
	}
	x = m.decoder.mid.forward(p, m.decoder.convIn.Forward(p, x), m.act)
	for _, l := range m.decoder.levels {
		x = l.forward(p, x, m.act)
		if l.resize != nil {
			d := x.Shape().Dimensions
			x = l.resize.Forward(p, nn.UpsampleNearest(x, 2*d[1], 2*d[2]))
		}
	}
	return m.finish(p, &m.decoder, x)
}

func (m *Model) finish(p *nn.Pass, c *coder, x *Node) *Node {
	return c.convOut.Forward(p, c.normOut.Activate(p, x, m.act))
}

// Scale turns raw latents into those that diffusion works on, and Unscale back.
func (c Config) Scale(latents *Node) *Node {
	return MulScalar(AddScalar(latents, -c.Shift()), c.ScalingFactor)
}

// Unscale is the inverse of Scale.
func (c Config) Unscale(latents *Node) *Node {
	return AddScalar(MulScalar(latents, 1/c.ScalingFactor), c.Shift())
}

// Rename maps the attention names of old checkpoints (query, key, value,
// proj_attn) to today's; other keys are kept.
func Rename(key string) string {
	for _, r := range [][2]string{{".query.", ".to_q."}, {".key.", ".to_k."}, {".value.", ".to_v."}, {".proj_attn.", ".to_out.0."}} {
		if strings.Contains(key, ".attentions.") {
			key = strings.Replace(key, r[0], r[1], 1)
		}
	}
	return key
}
