package nn_test

import (
	"fmt"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Output pixel i is input pixel floor(i*in/out), whole multiples or not, and
// the gradient counts how often each input pixel was taken.
func TestUpsampleNearest(t *testing.T) {
	const height, width, channels = 2, 3, 2
	x := waves(height*width*channels, 1)
	for _, size := range [][2]int{{4, 6}, {2, 3}, {6, 3}, {3, 5}, {5, 4}, {3, 6}, {7, 8}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			var want []float32
			counts := make([]float32, len(x))
			for i := range size[0] {
				for j := range size[1] {
					from := (i*height/size[0]*width + j*width/size[1]) * channels
					want = append(want, x[from:from+channels]...)
					for c := range channels {
						counts[from+c]++
					}
				}
			}
			got := setup(t).run(nn.Options{}, func(_ *nn.Pass, in []*Node) []*Node {
				y := nn.UpsampleNearest(in[0], size[0], size[1])
				return append(Gradient(ReduceAllSum(y), in[0]), y)
			}, waveTensor(1, 1, height, width, channels))
			near(t, "pixels", got[1], want, 0)
			near(t, "gradient", got[0], counts, 0)
		})
	}
}

func TestLayouts(t *testing.T) {
	got := setup(t).run(nn.Options{}, func(_ *nn.Pass, in []*Node) []*Node {
		y := nn.ToNHWC(in[0])
		return []*Node{y, nn.ToNCHW(y)}
	}, [][][][]float32{{{{1, 2, 3}}, {{4, 5, 6}}}}) // [1, 2 channels, 1, 3]
	near(t, "NHWC", got[0], []float32{1, 4, 2, 5, 3, 6}, 0)
	near(t, "NCHW", got[1], []float32{1, 2, 3, 4, 5, 6}, 0)
}
