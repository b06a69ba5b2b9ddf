package diffusion

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
)

// Plan is what a request will take, found out without computing or compiling
// anything: graphs are built and looked at.
type Plan struct {
	// UNet and Decode estimate the working memory in bytes of one call of the
	// UNet and of decoding one picture, beside the weights.
	UNet, Decode int64
}

// Working is the most of the parts, which run one after the other.
func (p Plan) Working() int64 { return max(p.UNet, p.Decode) }

// Plan estimates what a request will take. Concepts add little and are left
// out.
func (m *Model) Plan(r Request) (Plan, error) {
	r, err := m.complete(r)
	if err != nil {
		return Plan{}, err
	}
	f := m.VAE.Factor()
	h, w, c := r.Height/f, r.Width/f, m.VAE.Channels()
	texts := 1
	if r.guided() {
		texts = 2
	}
	var p Plan
	p.UNet, err = m.working(func(g *Graph) *Node {
		x := parameter(g, "latents", texts, h, w, c)
		states := parameter(g, "states", texts, m.Tokenizer.MaxLength(), m.Text.Config.HiddenSize)
		pass := nn.NewPass(m.UNetWeights, nn.Options{DType: m.DType})
		return m.UNet.Forward(pass, x, parameter(g, "timestep"), states).Sample
	})
	if err != nil {
		return p, err
	}
	if m.options.Tiling {
		h, w = min(h, defaultTiling.side), min(w, defaultTiling.side)
	}
	p.Decode, err = m.working(func(g *Graph) *Node {
		return m.VAE.Decode(nn.NewPass(m.VAE.Weights(), nn.Options{}), parameter(g, "latents", 1, h, w, c))
	})
	return p, err
}

func parameter(g *Graph, name string, dims ...int) *Node {
	return Parameter(g, name, shapes.Make(dtypes.Float32, dims...))
}

// working builds a graph of this model and estimates its working memory.
func (m *Model) working(build func(g *Graph) *Node) (bytes int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	err = engine.Try(func() error {
		g := NewGraph(m.Engine.Backend(), "plan")
		defer g.Finalize()
		bytes = engine.WorkingMemory(build(g))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("plan: %w", err)
	}
	return bytes, nil
}
