package nn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// relativeError is the root of the mean square difference over that of want.
func relativeError(got, want []float32) float64 {
	var difference, size float64
	for i, w := range want {
		difference += math.Pow(float64(got[i])-float64(w), 2)
		size += math.Pow(float64(w), 2)
	}
	return math.Sqrt(difference / size)
}

// Outputs and gradients of products in bfloat16 are those in float32 to about two
// digits, whichever way they are computed, and they are float32 themselves.
func TestProductsInBFloat16(t *testing.T) {
	const side, channels = 8, 16
	conv := func(path nn.ConvPath, kernel, stride int) func(b nn.Builder) (func(p *nn.Pass, x *Node) *Node, nn.ConvPath) {
		return func(b nn.Builder) (func(p *nn.Pass, x *Node) *Node, nn.ConvPath) {
			return nn.NewConv2D(b, channels, channels, kernel).Strided(stride, nn.PadAll(kernel/2)).Forward, path
		}
	}
	for name, declare := range map[string]func(b nn.Builder) (func(p *nn.Pass, x *Node) *Node, nn.ConvPath){
		"linear": func(b nn.Builder) (func(p *nn.Pass, x *Node) *Node, nn.ConvPath) {
			return nn.NewLinear(b, channels, 6, true).Forward, 0
		},
		"attention": func(nn.Builder) (func(p *nn.Pass, x *Node) *Node, nn.ConvPath) {
			return func(p *nn.Pass, x *Node) *Node {
				x = Reshape(x, 1, side*side, channels)
				return nn.Attention(p, x, MulScalar(x, 0.5), Square(x), 4, nil)
			}, 0
		},
		"direct":           conv(nn.ConvDirect, 3, 1),
		"patches":          conv(nn.ConvIm2col, 3, 1),
		"patches, strided": conv(nn.ConvIm2col, 3, 2),
		"winograd":         conv(nn.ConvWinograd, 3, 1),
		"1x1":              conv(nn.ConvDirect, 1, 1),
	} {
		for of, gradients := range map[string]nn.Gradients{"input": nn.InputGradients, "all": nn.AllGradients} {
			t.Run(fmt.Sprintf("%s/%s", name, of), func(t *testing.T) {
				b := setup(t)
				layer, path := declare(b.In("layer"))
				b.random()
				run := func(dtype dtypes.DType) [][]float32 {
					options := nn.Options{DType: dtype, Gradients: gradients, ConvPath: func(nn.ConvShape) nn.ConvPath { return path }}
					return b.run(options, func(p *nn.Pass, in []*Node) []*Node {
						y := layer(p, in[0])
						about := []*Node{in[0]}
						for _, param := range b.Params() {
							if gradients == nn.AllGradients {
								about = append(about, p.Stored(y, param))
							}
						}
						out := append([]*Node{y}, Gradient(ReduceAllSum(Mul(y, Sin(IotaFull(y.Graph(), y.Shape())))), about...)...)
						for _, x := range out {
							if x.DType() != dtypes.Float32 {
								t.Errorf("a result is %s", x.DType())
							}
						}
						return out
					}, waveTensor(9, 1, side, side, channels))
				}
				exact, half := run(dtypes.Float32), run(dtypes.BFloat16)
				for i := range exact {
					if off := relativeError(half[i], exact[i]); off > 0.06 { // the kernel gradients cancel out
						t.Errorf("result %d is off by %.3f of its size", i, off)
					}
				}
				if fmt.Sprint(half[0]) == fmt.Sprint(exact[0]) || fmt.Sprint(half[1]) == fmt.Sprint(exact[1]) {
					t.Error("output or gradient was computed in float32")
				}
			})
		}
	}
}
