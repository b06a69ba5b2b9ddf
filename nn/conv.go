package nn

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Padding is zeros around a picture, in pixels.
type Padding struct{ Top, Bottom, Left, Right int }

// PadAll is the same padding on all four sides.
func PadAll(n int) Padding { return Padding{n, n, n, n} }

// Conv2D is a two-dimensional convolution (a cross-correlation, as everywhere
// in deep learning) of NHWC pictures.
type Conv2D struct {
	name    string
	Weight  *Param // [out, in, k, k]
	Bias    *Param // [out], or nil
	Stride  int
	Padding Padding
}

// NewConv2D declares NAME.weight and NAME.bias with a square kernel, stride 1
// and the padding that keeps the size. It starts as PyTorch's does.
func NewConv2D(b Builder, in, out, kernel int) *Conv2D {
	start := Init{InitUniform, 1 / math.Sqrt(float64(in*kernel*kernel))}
	return &Conv2D{
		name:    b.Name(),
		Weight:  b.Param("weight", start, out, in, kernel, kernel),
		Bias:    b.Param("bias", start, out),
		Stride:  1,
		Padding: PadAll(kernel / 2),
	}
}

// NewConv2DNoBias declares NAME.weight alone.
func NewConv2DNoBias(b Builder, in, out, kernel int) *Conv2D {
	start := Init{InitUniform, 1 / math.Sqrt(float64(in*kernel*kernel))}
	return &Conv2D{
		name:    b.Name(),
		Weight:  b.Param("weight", start, out, in, kernel, kernel),
		Stride:  1,
		Padding: PadAll(kernel / 2),
	}
}

// Strided sets stride and padding and returns the layer. GoMLX has no gradient
// for a padding that is as wide as the kernel.
func (c *Conv2D) Strided(stride int, padding Padding) *Conv2D {
	c.Stride, c.Padding = stride, padding
	return c
}

// Zeroed makes the layer start at 0 and returns it.
func (c *Conv2D) Zeroed() *Conv2D {
	c.Weight.Init = Init{}
	if c.Bias != nil {
		c.Bias.Init = Init{}
	}
	return c
}

// Preserving makes the layer start so that it hands its input on, and returns
// it: for layers that carry a picture without a norm behind them. Each channel
// starts as itself; channels beyond the input's start as random mixtures of the
// same variance. A chain of random mixtures alone would let only its few
// strongest directions through.
func (c *Conv2D) Preserving() *Conv2D {
	fan := float64(c.Weight.Size() / c.Weight.Shape[0])
	c.Weight.Init = Init{InitDirac, 0.1 / math.Sqrt(fan)}
	return c
}

// Name is the layer's checkpoint name, by which adapters find it.
func (c *Conv2D) Name() string { return c.name }

// Forward maps [batch, height, width, in] to [batch, height', width', out].
func (c *Conv2D) Forward(p *Pass, x *Node) *Node {
	y := p.convolve(x, p.factor(x, c.Weight), c.Stride, c.Padding, p.Gradients != AllGradients)
	if c.Bias != nil {
		y = Add(y, ExpandLeftToRank(p.Value(x, c.Bias), 4))
	}
	return p.adaptConv(c, x, y)
}

// nhwc are the axes of NHWC pictures and HWIO kernels.
var nhwc = compute.ConvolveAxesConfig{
	InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2},
	KernelInputChannels: 2, KernelOutputChannels: 3, KernelSpatial: []int{0, 1},
	OutputBatch: 0, OutputChannels: 3, OutputSpatial: []int{1, 2},
}

// zeroPad pads a picture by concatenation, because GoMLX's Pad has no gradient.
func zeroPad(x *Node, pad Padding) *Node {
	x = padAxis(x, 1, pad.Top, pad.Bottom)
	return padAxis(x, 2, pad.Left, pad.Right)
}

func padAxis(x *Node, axis, before, after int) *Node {
	parts := []*Node{x}
	if before > 0 {
		parts = append([]*Node{zerosAlong(x, axis, before)}, parts...)
	}
	if after > 0 {
		parts = append(parts, zerosAlong(x, axis, after))
	}
	if len(parts) == 1 {
		return x
	}
	return Concatenate(parts, axis)
}

func zerosAlong(x *Node, axis, n int) *Node {
	dims := append([]int{}, x.Shape().Dimensions...)
	dims[axis] = n
	return Zeros(x.Graph(), shapes.Make(x.DType(), dims...))
}
