package diffusion

import (
	"fmt"
	"slices"
	"strings"

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
	// UNet and of decoding one batch, beside the weights.
	UNet, Decode int64
}

// Working is the most of the parts, which run one after the other.
func (p Plan) Working() int64 { return max(p.UNet, p.Decode) }

// Plan estimates what a request will take. Concepts add little and are left
// out, but for the second path of those that have a fidelity.
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
	texts *= r.Batch
	var p Plan
	p.UNet, err = m.working(func(g *Graph) *Node {
		x := parameter(g, "latents", texts, h, w, c)
		states := parameter(g, "states", texts, m.Tokenizer.MaxLength(), m.Text.Config.HiddenSize)
		pass := nn.NewPass(m.UNetWeights, nn.Options{DType: m.DType})
		if r.blends() {
			r.planBlend(pass, states)
		}
		return m.UNet.Merging(r.TokenMerging).Forward(pass, x, parameter(g, "timestep"), states).Sample
	})
	if err != nil {
		return p, err
	}
	if m.options.Tiling {
		h, w = min(h, defaultTiling.side), min(w, defaultTiling.side)
	}
	p.Decode, err = m.working(func(g *Graph) *Node {
		return m.VAE.Decode(nn.NewPass(m.VAE.Weights(), nn.Options{}), parameter(g, "latents", chunk(r.Batch, h*w*f*f), h, w, c))
	})
	return p, err
}

// blends says whether a step runs both paths.
func (r Request) blends() bool {
	return slices.ContainsFunc(r.fidelities(), func(f float64) bool { return f > 0 && f < 1 })
}

// planBlend gives a pass a second path like that of states, with the pairs that the
// concepts have in attention layers: where there are none, both paths share.
func (r Request) planBlend(pass *nn.Pass, states *Node) {
	g, pairs := states.Graph(), offsets{}
	for _, use := range r.Concepts {
		if _, dual := use.fidelity(); !dual || use.Concept.LoRA == nil {
			continue
		}
		for _, l := range use.Concept.LoRA.Layers {
			_, known := pairs[l.Layer]
			if !known && l.Component == partUNet && strings.Contains(l.Layer, ".attn") && len(l.DownShape) == 2 {
				pairs[l.Layer] = nn.Offset{Down: parameter(g, l.Layer+" down", l.DownShape...), Up: parameter(g, l.Layer+" up", l.UpShape...),
					Scale: parameter(g, l.Layer+" scale")}
			}
		}
	}
	pass.Adapters = []nn.Adapter{pairs}
	pass.Blend = &nn.Blend{Hard: parameter(g, "hard", states.Shape().Dimensions...), Alpha: parameter(g, "alpha")}
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
