package encoder

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Model is the network of an encoder.
type Model struct {
	Config Config
	// Params lists every weight by its name in the file.
	Params []*nn.Param

	trunk *trunk
	token *tokenHead
	hyper *hypernetwork // nil at rank 0
	bank  *nn.Param     // [bank, token_width], nil where none is kept
}

// New declares the network of a config.
func New(c Config) (*Model, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("encoder config: %w", err)
	}
	b := nn.NewBuilder()
	trunk, err := newTrunk(b, c)
	if err != nil {
		return nil, fmt.Errorf("encoder config: %w", err)
	}
	m := &Model{Config: c, trunk: trunk, token: newTokenHead(b.In("token"), c.Width, c.TokenWidth)}
	if c.Rank > 0 {
		m.hyper = newHypernetwork(b.In("hypernetwork"), c)
	}
	if c.Bank > 0 {
		m.bank = b.Param("bank", nn.Init{}, c.Bank, c.TokenWidth)
	}
	m.Params = b.Params()
	return m, nil
}

// Learned are the parameters that training moves: all but the bank.
func (m *Model) Learned() []*nn.Param {
	if m.bank == nil {
		return m.Params
	}
	return m.Params[:len(m.Params)-1]
}

// Tower are the parameters of the tower, none without one.
func (m *Model) Tower() []*nn.Param {
	return slices.DeleteFunc(slices.Clone(m.Params), func(p *nn.Param) bool { return !strings.HasPrefix(p.Name, "tower.") })
}

// TokenStart and TokenScale are the parameters of the vector that predictions
// begin around, [token_width], and of how far they go at first, [1]: see
// [StartToken].
func (m *Model) TokenStart() *nn.Param { return m.token.start }

// TokenScale is described at [Model.TokenStart].
func (m *Model) TokenScale() *nn.Param { return m.token.scale }

// Bank is the parameter of the kept predictions, [bank, token_width], nil where
// none are kept.
func (m *Model) Bank() *nn.Param { return m.bank }

// Scale is the parameter of the pairs' scales s_l, [layers], which start at 0;
// nil without a hypernetwork.
func (m *Model) Scale() *nn.Param {
	if m.hyper == nil {
		return nil
	}
	return m.hyper.scale
}

// Features are what the network reads, in float32.
type Features struct {
	Vision *Node // [batch, vision_layers * vision_width]; nil where it is not read
	UNet   *Node // [batch, feature_timesteps * unet_width]; nil where it is not read
	// Latents are the scaled latents of the pictures' squares, flat in the order of
	// latents_shape; nil without a tower.
	Latents *Node
}

// Prediction is what the network says of each row.
type Prediction struct {
	Token *Node // [batch, token_width]
	// Down and Up are the pairs of each of the config's layers, [batch, rank, in] and
	// [batch, out, rank]; the scale s_l is within Up. None without a hypernetwork.
	Down, Up []*Node
}

// Forward predicts for every row by itself.
func (m *Model) Forward(p *nn.Pass, f Features) Prediction {
	return m.heads(p, m.read(p, f))
}

// Together predicts once for rows that show one subject, from the mean of what
// the trunk makes of them: a batch of 1.
func (m *Model) Together(p *nn.Pass, f Features) Prediction {
	return m.heads(p, ReduceAndKeep(m.read(p, f), ReduceMean, 0))
}

// read is the trunk's [batch, width]. A caller may use the token alone: see
// [nn.Pass.Declare].
func (m *Model) read(p *nn.Pass, f Features) *Node {
	first := f.Vision
	if first == nil {
		first = f.UNet
	}
	p.Declare(first, m.Learned())
	return m.trunk.forward(p, f)
}

func (m *Model) heads(p *nn.Pass, h *Node) Prediction {
	out := Prediction{Token: m.token.forward(p, h)}
	if m.hyper != nil {
		out.Down, out.Up = m.hyper.forward(p, h)
	}
	return out
}
