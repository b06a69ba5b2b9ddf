package nn_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

func TestLinear(t *testing.T) {
	b := setup(t)
	l := nn.NewLinear(b.In("head"), 3, 2, true)
	b.set(l.Weight, 1, 2, 3, -1, 0, 1)
	b.set(l.Bias, 0.5, -0.5)
	got := b.forward(l.Forward, [][][]float32{{{1, 0, 0}, {0, 1, 0}}, {{0, 0, 1}, {1, 1, 1}}})
	near(t, "states", got, []float32{1.5, -1.5, 2.5, -0.5, 3.5, 0.5, 6.5, -0.5}, 0)
	if l.Name() != "head" || l.Weight.Name != "head.weight" || l.Bias.Name != "head.bias" {
		t.Errorf("names are %q, %q, %q", l.Name(), l.Weight.Name, l.Bias.Name)
	}
	near(t, "one vector", b.forward(l.Forward, []float32{1, 1, 1}), []float32{6.5, -0.5}, 0)
}

func TestLinearWithoutBias(t *testing.T) {
	b := setup(t)
	l := nn.NewLinear(b.In("head"), 2, 1, false)
	b.set(l.Weight, 3, 4)
	near(t, "rows", b.forward(l.Forward, [][]float32{{1, 2}, {0, -1}}), []float32{11, -4}, 0)
	if n := len(b.Params()); n != 1 {
		t.Errorf("%d parameters are declared, want 1", n)
	}
}

func TestEmbedding(t *testing.T) {
	b := setup(t)
	e := nn.NewEmbedding(b.In("table"), 3, 2, 1)
	b.set(e.Weight, 0, 1, 10, 11, 20, 21)
	near(t, "rows", b.forward(e.Forward, [][]int32{{2, 0}, {1, 2}}), []float32{20, 21, 0, 1, 10, 11, 20, 21}, 0)
}

func TestTimesteps(t *testing.T) {
	for _, c := range []struct {
		name  string
		width int
		flip  bool
		shift float64
		want  []float32 // at 0 and at 100
	}{
		// Frequencies are 10000^(-i/(half-shift)): 1 and 1/100, or 1 and 1/10000.
		{"SineFirst", 4, false, 0, []float32{0, 0, 1, 1, -0.50636564, 0.84147098, 0.86231887, 0.54030231}},
		{"CosineFirst", 4, true, 0, []float32{1, 1, 0, 0, 0.86231887, 0.54030231, -0.50636564, 0.84147098}},
		{"Shifted", 4, false, 1, []float32{0, 0, 1, 1, -0.50636564, 0.00999983, 0.86231887, 0.99995000}},
		{"Odd", 3, false, 0, []float32{0, 1, 0, -0.50636564, 0.86231887, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := setup(t).forward(func(_ *nn.Pass, x *Node) *Node {
				return nn.Timesteps(x, c.width, c.flip, c.shift)
			}, []int32{0, 100})
			near(t, "embedding", got, c.want, 1e-5)
		})
	}
}
