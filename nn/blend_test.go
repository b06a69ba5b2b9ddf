package nn_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// one adapter knows one layer.
type one struct {
	layer  string
	offset nn.Offset
}

func (a one) Offset(_ *Graph, layer string) (nn.Offset, bool) { return a.offset, layer == a.layer }

func TestBlendMix(t *testing.T) {
	b := setup(t)
	soft, hard := [][]float32{{1, 2}, {3, 4}}, [][]float32{{5, -6}, {7, 8}}
	got := b.run(nn.Options{}, func(_ *nn.Pass, in []*Node) []*Node {
		row, whole := nn.Blend{Alpha: in[2]}, nn.Blend{Alpha: in[3]}
		return []*Node{row.Mix(in[0], in[1]), whole.Mix(in[0], in[1]), whole.Mix(in[0], in[0]), row.Weigh(in[0])}
	}, soft, hard, []float32{0, 1}, float32(0.5))
	near(t, "alpha of each row", got[0], []float32{5, -6, 3, 4}, 0)
	near(t, "one alpha", got[1], []float32{3, -2, 5, 6}, 0)
	near(t, "two of the same", got[2], []float32{1, 2, 3, 4}, 0)
	near(t, "a share", got[3], []float32{0, 0, 3, 4}, 0)
}

// A layer's parts make the whole, and shared adapters belong to the base.
func TestLinearBaseAndOffset(t *testing.T) {
	b := setup(t)
	l := nn.NewLinear(b.In("to_q"), 3, 2, true)
	b.random()
	down, up := waveTensor(4, 1, 3), waveTensor(5, 2, 1)
	got := b.run(nn.Options{}, func(p *nn.Pass, in []*Node) []*Node {
		x, scale := in[0], Scalar(in[0].Graph(), in[0].DType(), 1)
		if l.Offset(p, x) != nil {
			t.Error("there is an offset without adapters")
		}
		plain := l.Base(p, x)
		adapter := one{l.Name(), nn.Offset{Down: in[1], Up: in[2], Scale: scale}}
		p.Adapters = []nn.Adapter{adapter, one{layer: "other"}}
		base, offset, whole := l.Base(p, x), l.Offset(p, x), l.Forward(p, x)
		p.Adapters, p.Blend = nil, &nn.Blend{Shared: []nn.Adapter{adapter}}
		return []*Node{plain, base, Add(base, offset), whole, l.Base(p, x), l.Forward(p, x)}
	}, waveTensor(7, 2, 4, 3), down, up)
	near(t, "base", got[1], got[0], 0)
	near(t, "base and offset", got[2], got[3], 1e-6)
	near(t, "base with a shared adapter", got[4], got[3], 1e-6)
	near(t, "whole with a shared adapter", got[5], got[3], 1e-6)
	if got[0][0] == got[3][0] {
		t.Error("the adapter changes nothing")
	}
}

// What both branches share may stand in other places in the hard prompt.
func TestBlendAtHard(t *testing.T) {
	p := &nn.Pass{}
	if p.AtHard() != p {
		t.Error("without a blend there is another pass")
	}
	soft, hard := one{layer: "soft"}, one{layer: "hard"}
	p.Blend = &nn.Blend{Shared: []nn.Adapter{soft}}
	if p.AtHard() != p {
		t.Error("where both share the same there is another pass")
	}
	p.Blend.HardShared = []nn.Adapter{hard}
	at := p.AtHard()
	if at.Blend.Shared[0] != nn.Adapter(hard) || p.Blend.Shared[0] != nn.Adapter(soft) {
		t.Errorf("the hard branch has %v, the soft one %v", at.Blend.Shared, p.Blend.Shared)
	}
}
