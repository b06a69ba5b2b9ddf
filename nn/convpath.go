package nn

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/engine"
)

// ConvShape is what the cost of a convolution, or of a gradient of it, depends on.
type ConvShape struct {
	Batch, Height, Width, In, Out, Kernel, Stride int
	// Result is what is computed of it.
	Result ConvResult
	// DType is the precision of its products.
	DType dtypes.DType
}

// ConvResult is one of the three things that are computed of a convolution.
type ConvResult int

// The output and both gradients.
const (
	ConvOutput ConvResult = iota
	ConvPictureGradient
	ConvKernelGradient
)

// ConvPath is a way to compute a convolution.
type ConvPath int

// The ways. They give the same result up to rounding.
const (
	ConvDirect   ConvPath = iota // XLA's own convolution
	ConvIm2col                   // patches laid out, then one matrix product
	ConvWinograd                 // 16 products of a ninth of the kernel's rows each, for 3x3 kernels with stride 1
	ConvBlocked                  // patches of blocks of outputs, one wide product: for few channels
)

// DefaultConvPath is the choice without measurements: patches where the
// picture is so small that XLA's CPU convolution falls into a naive loop
// (maps up to 2x2), XLA's own elsewhere.
func DefaultConvPath(s ConvShape) ConvPath {
	if s.Kernel > 1 && s.Height <= 2 && s.Width <= 2 {
		return ConvIm2col
	}
	return ConvDirect
}

// convolve applies an HWIO kernel; a 1x1 kernel is a matrix product.
// A frozen kernel has no gradient.
func (p *Pass) convolve(x, kernel *Node, stride int, pad Padding, frozen bool) *Node {
	d, k := x.Shape().Dimensions, kernel.Shape().Dimensions
	if k[0] == 1 && k[1] == 1 && stride == 1 && pad == (Padding{}) {
		y := p.product("nc,co->no", Reshape(x, d[0]*d[1]*d[2], d[3]), Reshape(kernel, k[2], k[3]), frozen)
		return Reshape(y, d[0], d[1], d[2], k[3])
	}
	if k[0] == k[1] && k[0] == stride && pad == (Padding{}) && d[1]%stride == 0 && d[2]%stride == 0 {
		return p.patches(x, kernel, frozen)
	}
	c := convolution{p, stride, pad, frozen}
	shape := ConvShape{d[0], d[1], d[2], d[3], k[3], k[0], stride, ConvOutput, p.DType}
	path := func(result ConvResult) ConvPath {
		s := shape
		s.Result = result
		return p.convPath(x, s, pad)
	}
	// Where blocks are recomputed, GoMLX would recompute the block once more for each
	// gradient that is derived within another.
	output := path(ConvOutput)
	if p.Gradients == NoGradients || p.Checkpoint || p.ConvPath == nil && engine.MeasurementsOf(x.Graph().Backend()) == nil && output != ConvBlocked {
		return c.forward(output, x, kernel)
	}
	return c.convolve(path, x, kernel)
}

// convPath is the choice for x's device.
func (p *Pass) convPath(x *Node, s ConvShape, pad Padding) (path ConvPath) {
	if p.ConvPath != nil {
		path = p.ConvPath(s)
	} else {
		path = MeasuredConvPath(x.Graph().Backend(), s)
	}
	if path == ConvWinograd && pad != PadAll(1) {
		path = ConvDirect
	}
	if path == ConvDirect && s.Kernel%2 == 0 && p.Gradients != NoGradients {
		return ConvIm2col // GoMLX's gradient for the picture is wrong where the kernel is even
	}
	return path
}

// convolution is the part of a convolution that is not its operands.
type convolution struct {
	pass   *Pass
	stride int
	pad    Padding
	frozen bool // no gradient for the kernel
}

// forward convolves one way. GoMLX derives its gradients.
func (c convolution) forward(path ConvPath, x, kernel *Node) *Node {
	switch path {
	case ConvIm2col:
		return c.im2col(x, kernel)
	case ConvBlocked:
		return c.blocked(x, kernel)
	case ConvWinograd:
		return winograd(c.pass.DType, x, after(to(dtypes.Float32, kernel), StopGradient(x)))
	}
	y := ConvGeneral(to(c.pass.DType, x), to(c.pass.DType, kernel), nhwc, []int{c.stride, c.stride},
		[][2]int{{c.pad.Top, c.pad.Bottom}, {c.pad.Left, c.pad.Right}}, nil, nil, 1, 1)
	return to(dtypes.Float32, y)
}

// convolve convolves with a way of its own for each of output and gradients.
func (c convolution) convolve(path func(ConvResult) ConvPath, x, kernel *Node) *Node {
	forward := c.forward(path(ConvOutput), StopGradient(x), StopGradient(kernel))
	return withGradient(forward, []*Node{x, kernel}, func(operands []*Node, y *Node) []*Node {
		x, kernel := operands[0], operands[1]
		forPicture, forKernel := c.forPicture(path(ConvPictureGradient), x, kernel, y), ZerosLike(kernel)
		if !c.frozen {
			forKernel = c.forKernel(path(ConvKernelGradient), x, kernel, y)
		}
		return []*Node{forPicture, forKernel}
	})
}

// forPicture is the gradient for the picture where the output's is y. The ways
// that rearrange the kernel wait for y: XLA would rearrange those of all layers
// before anything else.
func (c convolution) forPicture(path ConvPath, x, kernel, y *Node) *Node {
	switch {
	case path == ConvWinograd:
		return winogradForPicture(c.pass.DType, y, after(to(dtypes.Float32, kernel), y))
	case path == ConvDirect:
		kernel = after(kernel, y)
	case path == ConvBlocked && c.stride == 1:
		return c.blockedForPicture(y, after(kernel, y))
	case c.stride == 1:
		return c.im2colForPicture(y, after(kernel, y))
	}
	x = Identity(x)
	return derive(c.forward(path, x, StopGradient(kernel)), y, x)
}

// forKernel is the gradient for the kernel where the output's is y. What the ways
// lay out of the picture is laid out again rather than kept since the output.
func (c convolution) forKernel(path ConvPath, x, kernel, y *Node) *Node {
	if path != ConvDirect {
		x = after(x, y)
	}
	kernel = Identity(kernel)
	return derive(c.forward(path, StopGradient(x), kernel), y, kernel)
}

// derive is the gradient for of where out's is y, as GoMLX derives it. Nothing
// else of out is computed.
func derive(out, y, of *Node) *Node {
	return Gradient(ReduceAllSum(Mul(out, StopGradient(y))), of)[0]
}

// patches convolves windows that lie side by side, as a vision transformer's first
// layer does: each is a row of one matrix product.
func (p *Pass) patches(x, kernel *Node, frozen bool) *Node {
	d, k := x.Shape().Dimensions, kernel.Shape().Dimensions
	high, wide := d[1]/k[0], d[2]/k[1]
	x = TransposeAllAxes(Reshape(x, d[0], high, k[0], wide, k[1], d[3]), 0, 1, 3, 2, 4, 5)
	y := p.product("nc,co->no", Reshape(x, d[0]*high*wide, k[0]*k[1]*k[2]), Reshape(kernel, k[0]*k[1]*k[2], k[3]), frozen)
	return Reshape(y, d[0], high, wide, k[3])
}
