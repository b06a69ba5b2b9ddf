package nn_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Layers that are recomputed for the gradient give what the same layers give
// when their insides are kept, for their operands and their weights.
func TestRecomputedGradients(t *testing.T) {
	const batch, side, channels = 2, 32, 64 // 512 KiB, from which on layers are recomputed
	for name, declare := range map[string]func(b nn.Builder) func(p *nn.Pass, x *Node) *Node{
		"group norm": func(b nn.Builder) func(p *nn.Pass, x *Node) *Node {
			return nn.NewGroupNorm(b, 8, channels, 1e-5).Forward
		},
		"group norm and SiLU": func(b nn.Builder) func(p *nn.Pass, x *Node) *Node {
			n := nn.NewGroupNorm(b, 8, channels, 1e-5)
			return func(p *nn.Pass, x *Node) *Node { return n.Activate(p, x, nn.SiLU) }
		},
		"layer norm": func(b nn.Builder) func(p *nn.Pass, x *Node) *Node {
			return nn.NewLayerNorm(b, channels, 1e-5).Forward
		},
		"GEGLU": func(b nn.Builder) func(p *nn.Pass, x *Node) *Node {
			return nn.GEGLU
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			layer := declare(b.In("layer"))
			b.random()
			run := func(options nn.Options) [][]float32 {
				return b.run(options, func(p *nn.Pass, in []*Node) []*Node {
					y := layer(p, in[0])
					weights := Sin(MulScalar(IotaFull(y.Graph(), y.Shape()), 0.37))
					of := []*Node{in[0]}
					for _, param := range b.Params() {
						of = append(of, p.Stored(y, param))
					}
					return append([]*Node{y}, Gradient(ReduceAllSum(Mul(y, weights)), of...)...)
				}, waveTensor(9, batch, side, side, channels))
			}
			plain, own := run(nn.Options{}), run(nn.Options{Gradients: nn.AllGradients})
			for i := range plain {
				near(t, name, own[i], plain[i], 1e-5*largest(plain[i]))
			}
		})
	}
}

func largest(values []float32) float64 {
	var most float64
	for _, v := range values {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}
