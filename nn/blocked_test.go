package nn_test

import (
	"fmt"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Blocks of every size, of all strides and paddings, give what XLA's own convolution
// does, and its gradients, derived as GoMLX does and by ways of their own.
func TestConvBlocked(t *testing.T) {
	const batch, in = 2, 3
	for _, c := range []struct {
		height, width, out, kernel, stride int
		pad                                nn.Padding
	}{
		{8, 12, 4, 3, 1, nn.PadAll(1)},                         // four by four
		{16, 8, 4, 3, 2, nn.Padding{Bottom: 1, Right: 1}},      // and half the size
		{8, 8, 4, 5, 1, nn.Padding{Top: 4, Left: 3, Right: 1}}, // a wide kernel, askew
		{8, 8, 40, 3, 1, nn.PadAll(1)},                         // two by two, for the channels
		{6, 10, 4, 3, 1, nn.PadAll(1)},                         // and for the size
		{5, 4, 4, 3, 1, nn.PadAll(1)},                          // one
		{8, 8, 80, 3, 2, nn.PadAll(1)},                         // one, for the channels
	} {
		t.Run(fmt.Sprintf("%dx%d to %d kernel %d stride %d %v", c.height, c.width, c.out, c.kernel, c.stride, c.pad), func(t *testing.T) {
			b := setup(t)
			layer := nn.NewConv2DNoBias(b.In("conv"), in, c.out, c.kernel).Strided(c.stride, c.pad)
			b.random()
			run := func(path nn.ConvPath, checkpoint bool) [][]float32 {
				options := nn.Options{ConvPath: always(path), Gradients: nn.AllGradients, Checkpoint: checkpoint}
				return b.run(options, func(p *nn.Pass, in []*Node) []*Node {
					y := layer.Forward(p, in[0])
					weights := Sin(IotaFull(y.Graph(), y.Shape()))
					return append([]*Node{y}, Gradient(ReduceAllSum(Mul(y, weights)), in[0], p.Stored(y, layer.Weight))...)
				}, waveTensor(9, batch, c.height, c.width, in))
			}
			want := run(nn.ConvDirect, false)
			for _, checkpoint := range []bool{false, true} {
				for i, got := range run(nn.ConvBlocked, checkpoint) {
					near(t, fmt.Sprintf("%s (checkpoint %t)", []string{"output", "gradient of the picture", "gradient of the kernel"}[i], checkpoint), got, want[i], 1e-5)
				}
			}
		})
	}
}
