package nn_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Two pixels of four channels in two groups: the groups hold {1, 3, 5, 7} and
// {0, 0, 0, 4}, of mean 4 and 1 and variance 5 and 3.
func TestGroupNorm(t *testing.T) {
	b := setup(t)
	n := nn.NewGroupNorm(b.In("norm"), 2, 4, 1)
	b.set(n.Weight, 1, 2, 1, 1)
	b.set(n.Bias, 0, 0, 0, 10)
	got := b.forward(n.Forward, [][][][]float32{{{{1, 3, 0, 0}, {5, 7, 0, 4}}}})
	first, second := float32(1/math.Sqrt(6)), float32(0.5) // with eps 1
	near(t, "norm", got, []float32{
		-3 * first, -2 * first, -second, 10 - second,
		1 * first, 6 * first, -second, 10 + 3*second,
	}, 1e-6)
}

// Each picture of a batch is normalised by itself.
func TestGroupNormKeepsPicturesApart(t *testing.T) {
	b := setup(t)
	n := nn.NewGroupNorm(b.In("norm"), 1, 2, 1e-6)
	b.set(n.Weight, 1, 1)
	b.set(n.Bias, 0, 0)
	got := b.forward(n.Forward, [][][][]float32{{{{-1, 1}}}, {{{100, 300}}}})
	near(t, "norm", got, []float32{-1, 1, -1, 1}, 1e-6)
}

func TestLayerNorm(t *testing.T) {
	b := setup(t)
	n := nn.NewLayerNorm(b.In("norm"), 4, 4)
	b.set(n.Weight, 1, 1, 1, 2)
	b.set(n.Bias, 0, 0, 5, 0)
	// Mean 4 and variance 5; mean 0 and variance 0.
	got := b.forward(n.Forward, [][]float32{{1, 3, 5, 7}, {0, 0, 0, 0}})
	near(t, "norm", got, []float32{-1, -1.0 / 3, 5 + 1.0/3, 2, 0, 0, 5, 0}, 1e-6)
}

// The gradient of a norm's output is orthogonal to a constant and to what was
// normalised: neither a shift nor a scale of the input changes it (eps aside).
func TestNormGradient(t *testing.T) {
	b := setup(t)
	n := nn.NewLayerNorm(b.In("norm"), 6, 1e-9)
	b.random()
	out := b.run(nn.Options{}, func(p *nn.Pass, in []*Node) []*Node {
		return Gradient(ReduceAllSum(Square(n.Forward(p, in[0]))), in[0])
	}, waves(6, 2))
	var sum, along float64
	for i, x := range waves(6, 2) {
		sum += float64(out[0][i])
		along += float64(out[0][i]) * float64(x)
	}
	if math.Abs(sum) > 1e-4 || math.Abs(along) > 1e-4 {
		t.Errorf("gradient %v sums to %g and is %g along the input", out[0], sum, along)
	}
	if math.Abs(float64(out[0][0])) < 1e-3 {
		t.Errorf("gradient %v is empty", out[0])
	}
}
