package nn_test

import (
	"fmt"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// A kernel that is not symmetric tells a correlation from a convolution and
// rows from columns.
func TestConv2D(t *testing.T) {
	b := setup(t)
	c := nn.NewConv2D(b.In("conv"), 1, 1, 3)
	b.set(c.Weight, 0, 0, 0, 0, 1, 10, 0, 100, 0) // itself, 10 to the right, 100 below
	b.set(c.Bias, 0.5)
	picture := [][][][]float32{{{{1}, {2}, {3}}, {{4}, {5}, {6}}}}
	near(t, "picture", b.forward(c.Forward, picture), []float32{421.5, 532.5, 603.5, 54.5, 65.5, 6.5}, 0)
	if c.Name() != "conv" {
		t.Errorf("name is %q", c.Name())
	}
}

// oihw convolves on the host: x [height, width, in], kernel [out, in, k, k].
func oihw(x, kernel []float32, height, width, in, out, k, stride int, pad nn.Padding) []float32 {
	at := func(y, x0, c int) float32 {
		if y < 0 || y >= height || x0 < 0 || x0 >= width {
			return 0
		}
		return x[(y*width+x0)*in+c]
	}
	var result []float32
	for top := -pad.Top; top+k <= height+pad.Bottom; top += stride {
		for left := -pad.Left; left+k <= width+pad.Right; left += stride {
			for o := range out {
				var sum float32
				for c := range in {
					for i := range k * k {
						sum += kernel[(o*in+c)*k*k+i] * at(top+i/k, left+i%k, c)
					}
				}
				result = append(result, sum)
			}
		}
	}
	return result
}

// All ways to convolve give what the definition says, and the same gradients.
func TestConvPaths(t *testing.T) {
	const height, width, in, out = 5, 4, 2, 3
	for _, c := range []struct {
		kernel, stride int
		pad            nn.Padding
	}{
		{3, 1, nn.PadAll(1)},
		{3, 2, nn.PadAll(1)},
		{3, 2, nn.Padding{Bottom: 1, Right: 1}},
		{3, 1, nn.Padding{Top: 2, Left: 1}},
		{1, 2, nn.Padding{}},
		{1, 1, nn.Padding{}},
	} {
		t.Run(fmt.Sprintf("%dx%d stride %d %v", c.kernel, c.kernel, c.stride, c.pad), func(t *testing.T) {
			b := setup(t)
			layer := nn.NewConv2DNoBias(b.In("conv"), in, out, c.kernel).Strided(c.stride, c.pad)
			b.random()
			x := waves(height*width*in, 9)
			kernel, err := b.weights.Float32(layer.Weight)
			if err != nil {
				t.Fatal(err)
			}
			want := oihw(x, kernel, height, width, in, out, c.kernel, c.stride, c.pad)
			direct := b.convolve(layer, always(nn.ConvDirect))
			near(t, "direct", direct[0], want, 1e-5)
			ways := map[string]func(nn.ConvShape) nn.ConvPath{"im2col": always(nn.ConvIm2col)}
			if c.kernel == 3 && c.stride == 1 && c.pad == nn.PadAll(1) {
				ways["winograd"] = always(nn.ConvWinograd)
				ways["one for each"] = func(s nn.ConvShape) nn.ConvPath {
					switch s.Result {
					case nn.ConvOutput:
						return nn.ConvWinograd
					case nn.ConvKernelGradient:
						return nn.ConvIm2col
					}
					return nn.ConvDirect
				}
			}
			for name, way := range ways {
				got := b.convolve(layer, way)
				for i, what := range []string{"output", "gradient of the picture", "gradient of the kernel"} {
					near(t, name+": "+what, got[i], direct[i], 1e-5)
				}
			}
		})
	}
}

// oihwGradients are the gradients, on the host, of a convolution without padding
// where the output's is y: for the picture and for the kernel as a graph holds it,
// [k, k, in, out].
func oihwGradients(x, kernel, y []float32, batch, height, width, in, out, k, stride int) (forPicture, forKernel []float32) {
	forPicture, forKernel = make([]float32, len(x)), make([]float32, len(kernel))
	high, wide := (height-k)/stride+1, (width-k)/stride+1
	for at, g := range y {
		o, left, top, n := at%out, at/out%wide, at/out/wide%high, at/out/wide/high
		for c := range in {
			for i := range k * k {
				pixel := ((n*height+top*stride+i/k)*width+left*stride+i%k)*in + c
				forPicture[pixel] += g * kernel[(o*in+c)*k*k+i]
				forKernel[(i*in+c)*out+o] += g * x[pixel]
			}
		}
	}
	return forPicture, forKernel
}

// Windows that lie side by side give what XLA's own convolution does, and the right
// gradients, without asking for a way. Where pixels are left over, or windows overlap
// or are apart, the way is asked for.
func TestConvPatches(t *testing.T) {
	const batch, in, out = 2, 3, 4
	for _, c := range []struct {
		height, width, kernel, stride int
		asks                          bool
	}{
		{4, 6, 2, 2, false},
		{9, 3, 3, 3, false},
		{5, 6, 2, 2, true},
		{8, 11, 4, 4, true},
		{10, 9, 3, 3, true},
		{6, 6, 2, 3, true},
		{4, 5, 2, 1, true},
		{8, 7, 3, 2, true},
	} {
		t.Run(fmt.Sprintf("%dx%d kernel %d stride %d", c.height, c.width, c.kernel, c.stride), func(t *testing.T) {
			b := setup(t)
			layer := nn.NewConv2DNoBias(b.In("conv"), in, out, c.kernel).Strided(c.stride, nn.Padding{})
			b.random()
			kernel, err := b.weights.Float32(layer.Weight)
			if err != nil {
				t.Fatal(err)
			}
			asked := false
			way := func(nn.ConvShape) nn.ConvPath { asked = true; return nn.ConvDirect }
			for name, path := range map[string]func(nn.ConvShape) nn.ConvPath{"as told": way, "unmeasured": nil} {
				got := b.run(nn.Options{ConvPath: path, Gradients: nn.AllGradients}, func(p *nn.Pass, in []*Node) []*Node {
					x, kernel := in[0], p.Stored(in[0], layer.Weight)
					y := layer.Forward(p, x)
					weights := Sin(IotaFull(y.Graph(), y.Shape()))
					grads := Gradient(ReduceAllSum(Mul(y, weights)), x, kernel)
					return append([]*Node{y, weights, Convolve(x, kernel).Strides(c.stride).NoPadding().Done()}, grads...)
				}, waveTensor(9, batch, c.height, c.width, in))
				near(t, name+": output", got[0], got[2], 1e-5)
				forPicture, forKernel := oihwGradients(waves(batch*c.height*c.width*in, 9), kernel, got[1], batch, c.height, c.width, in, out, c.kernel, c.stride)
				near(t, name+": gradient of the picture", got[3], forPicture, 1e-5)
				near(t, name+": gradient of the kernel", got[4], forKernel, 1e-5)
			}
			if asked != c.asks {
				t.Errorf("a way is asked for: %t, want %t", asked, c.asks)
			}
		})
	}
}

// always is the choice of one way for all.
func always(path nn.ConvPath) func(nn.ConvShape) nn.ConvPath {
	return func(nn.ConvShape) nn.ConvPath { return path }
}

// convolve returns a layer's output and two gradients of its weighted sum.
func (b *bundle) convolve(layer *nn.Conv2D, path func(nn.ConvShape) nn.ConvPath) [][]float32 {
	b.t.Helper()
	options := nn.Options{ConvPath: path, Gradients: nn.AllGradients}
	return b.run(options, func(p *nn.Pass, in []*Node) []*Node {
		y := layer.Forward(p, in[0])
		weights := Sin(IotaFull(y.Graph(), y.Shape()))
		grads := Gradient(ReduceAllSum(Mul(y, weights)), in[0], p.Stored(y, layer.Weight))
		return append([]*Node{y}, grads...)
	}, waveTensor(9, 1, 5, 4, 2))
}

func TestDefaultConvPath(t *testing.T) {
	for shape, want := range map[nn.ConvShape]nn.ConvPath{
		{Height: 2, Width: 2, Kernel: 3}: nn.ConvIm2col,
		{Height: 2, Width: 3, Kernel: 3}: nn.ConvDirect,
		{Height: 1, Width: 1, Kernel: 1}: nn.ConvDirect,
	} {
		if got := nn.DefaultConvPath(shape); got != want {
			t.Errorf("%+v: path %d, want %d", shape, got, want)
		}
	}
}
