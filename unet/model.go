package unet

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Model is a UNet2DConditionModel: its config and its layers.
type Model struct {
	Config Config
	// Params lists every weight by its checkpoint name.
	Params []*nn.Param

	convIn, convOut *nn.Conv2D
	time1, time2    *nn.Linear
	text            *textEmbedding // nil where the time embedding knows no text
	downs, ups      []*level
	mid             struct {
		resnets     [2]*resnet
		transformer *transformer
	}
	normOut *nn.GroupNorm
	act     func(*Node) *Node
	share   float64 // of tokens to merge
}

// New declares the model of a config.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("UNet config: %w", err)
	}
	act, err := nn.Activation(c.ActFn)
	if err != nil {
		return nil, fmt.Errorf("UNet config: act_fn: %w", err)
	}
	b := nn.NewBuilder()
	first, n := c.BlockOutChannels[0], len(c.BlockOutChannels)
	m := &Model{Config: c, act: act}
	m.convIn = nn.NewConv2D(b.In("conv_in"), c.InChannels, first, 3).Preserving()
	m.time1 = nn.NewLinear(b.In("time_embedding.linear_1"), first, first*4, true)
	m.time2 = nn.NewLinear(b.In("time_embedding.linear_2"), first*4, first*4, true)
	if c.poolsText() {
		m.text = newTextEmbedding(b.In("add_embedding"), c.CrossAttentionDim.At(0), first*4, c.AdditionEmbedHeads)
	}
	for i := range n {
		m.downs = append(m.downs, newDownLevel(b.In("down_blocks.%d", i), c, i))
	}
	m.buildMid(b.In("mid_block"), n-1)
	for i := range n {
		m.ups = append(m.ups, newUpLevel(b.In("up_blocks.%d", i), c, i))
	}
	m.normOut = nn.NewGroupNorm(b.In("conv_norm_out"), c.NormNumGroups, first, c.NormEps)
	m.convOut = nn.NewConv2D(b.In("conv_out"), first, c.OutChannels, 3).Zeroed()
	m.Params = b.Params()
	return m, nil
}

func (m *Model) buildMid(b nn.Builder, at int) {
	width := m.Config.BlockOutChannels[at]
	m.mid.resnets[0] = newResnet(b.In("resnets.0"), m.Config, width, width)
	m.mid.transformer = newTransformer(b.In("attentions.0"), m.Config, at)
	m.mid.resnets[1] = newResnet(b.In("resnets.1"), m.Config, width, width)
}

// Output is what a forward pass computed. Everything but Sample is there for
// encoders that read the UNet's features; what is not used costs nothing.
type Output struct {
	// Sample is the prediction [batch, h, w, out_channels] in float32: noise,
	// velocity or sample, as the scheduler's prediction_type says.
	Sample *Node
	// Down holds each down block's output, after its downsampler.
	Down []*Node
	// Skips holds conv_in's output and every output that the way up reads.
	Skips []*Node
	// Mid is the middle block's output.
	Mid *Node
	// Deep is what the last layer of the way up is given from below, which
	// [Model.Shallow] can use again at the next step.
	Deep *Node
}

// flow is the state of one forward pass.
type flow struct {
	pass    *nn.Pass
	time    *Node   // activated time embedding [batch, 4*first]
	states  *Node   // text states [batch, m, cross_attention_dim]
	skips   []*Node // stack
	act     func(*Node) *Node
	merging *merging // where features are as large as the latents
}

// Forward predicts from noisy latents sample [batch, h, w, in_channels], the
// timesteps [batch] or [] (any number type) and the text states
// [batch, tokens, cross_attention_dim]. Sides may have any size. With the pass's
// Blend the text states are the soft prompt's, and all that reads text reads both.
func (m *Model) Forward(p *nn.Pass, sample, timesteps, states *Node) Output {
	f := m.begin(p, sample, timesteps, states)
	x := f.skips[0]
	var out Output
	for _, l := range m.downs {
		x = l.down(f, x)
		out.Down = append(out.Down, x)
	}
	out.Skips = append([]*Node{}, f.skips...)
	x = m.forwardMid(f, x)
	out.Mid = x
	for _, l := range m.ups {
		x, out.Deep = l.up(f, x)
	}
	out.Sample = m.finish(p, x)
	return out
}

// Shallow predicts as Forward does, but takes what lies below the outermost
// layer from an earlier call's Deep, of the same size and texts: deep features
// change little from one step to the next (DeepCache, Ma et al., arXiv
// 2312.00858, section 3.3, with the first skip alone). With the Deep of the
// same call the result is Forward's.
func (m *Model) Shallow(p *nn.Pass, sample, timesteps, states, deep *Node) *Node {
	f := m.begin(p, sample, timesteps, states)
	l := m.ups[len(m.ups)-1]
	return m.finish(p, l.join(f, len(l.resnets)-1, deep))
}

// begin embeds the time and runs the first convolution, whose output is the
// first skip.
func (m *Model) begin(p *nn.Pass, sample, timesteps, states *Node) *flow {
	p.Declare(sample, m.Params)
	f := &flow{pass: p, states: states, act: m.act, merging: m.merges(p, sample)}
	f.time = m.act(m.conditioning(p, batched(timesteps, sample.Shape().Dim(0)), f.states))
	f.skips = []*Node{m.convIn.Forward(p, sample)}
	return f
}

// finish maps the last features to the prediction, in float32.
func (m *Model) finish(p *nn.Pass, x *Node) *Node {
	return m.convOut.Forward(p, m.normOut.Activate(p, x, m.act))
}

func (m *Model) forwardMid(f *flow, x *Node) *Node {
	x = m.mid.resnets[0].forward(f.pass, f.pass.Enter(x), f.time, f.act)
	x = m.mid.transformer.forward(f, x)
	return f.pass.Leave(m.mid.resnets[1].forward(f.pass, x, f.time, f.act))
}

// TimeEmbedding maps timesteps [batch] to [batch, 4*first], before the
// activation that every resnet applies.
func (m *Model) TimeEmbedding(p *nn.Pass, timesteps *Node) *Node {
	c := m.Config
	e := nn.Timesteps(timesteps, c.BlockOutChannels[0], c.FlipSinToCos, c.FreqShift)
	return m.time2.Forward(p, m.act(m.time1.Forward(p, e)))
}

// conditioning is what all resnets are given, [batch, 4*first], before their
// activation: the time embedding, and the pooled text where the config adds it.
func (m *Model) conditioning(p *nn.Pass, timesteps, states *Node) *Node {
	e := m.TimeEmbedding(p, timesteps)
	if m.text == nil {
		return e
	}
	return Add(e, m.pooledText(p, states))
}

// pooledText is the pooled text [batch, 4*first], of a blend that of both prompts.
func (m *Model) pooledText(p *nn.Pass, states *Node) *Node {
	soft := m.text.forward(p, states)
	if p.Blend == nil {
		return soft
	}
	return p.Blend.Mix(soft, m.text.forward(p, p.Blend.Hard))
}

// batched repeats one timestep for the whole batch.
func batched(timesteps *Node, batch int) *Node {
	if timesteps.Rank() > 0 {
		return timesteps
	}
	return BroadcastToDims(timesteps, batch)
}
