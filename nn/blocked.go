package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// blocked lays out the windows of whole blocks of outputs, n by n, and multiplies
// them by a kernel that stands once for each output of the block, zeros around it.
// Where channels are few, windows of single outputs are nine times the picture and
// their products narrow; those of a block of four by four are little more than
// twice the picture and sixteen times as wide, for four times the products, most of
// them by zero. It is im2col where a block is one output.
func (c convolution) blocked(x, kernel *Node) *Node {
	if c.pass.Gradients == NoGradients {
		x = to(c.pass.DType, x)
	}
	k, d := kernel.Shape().Dimensions, x.Shape().Dimensions
	side := func(n int) int { return (n-k[0])/c.stride + 1 }
	n := blockSide(side(d[1]+c.pad.Top+c.pad.Bottom), side(d[2]+c.pad.Left+c.pad.Right), k[3])
	window := (n-1)*c.stride + k[0]
	rows, dims := windows(x, c.pad, window, window, n*c.stride)
	y := c.pass.product("nc,co->no", rows, Reshape(repeated(kernel, n, c.stride), -1, n*n*k[3]), c.frozen)
	y = TransposeAllAxes(Reshape(y, dims[0], dims[1], dims[2], n, n, k[3]), 0, 1, 3, 2, 4, 5)
	return Reshape(y, dims[0], dims[1]*n, dims[2]*n, k[3])
}

// blockedForPicture is the gradient for the picture of a convolution with stride 1
// where the output's is y, by blocks of pixels.
func (c convolution) blockedForPicture(y, kernel *Node) *Node {
	k := kernel.Shape().Dimensions
	turned := c
	turned.pad = Padding{Top: k[0] - 1 - c.pad.Top, Bottom: k[0] - 1 - c.pad.Bottom, Left: k[1] - 1 - c.pad.Left, Right: k[1] - 1 - c.pad.Right}
	return turned.blocked(y, TransposeAllAxes(Reverse(kernel, 0, 1), 0, 1, 3, 2))
}

// blockSide is the side of the blocks into which a map is cut whose pixels have so
// many channels: 1 where it cannot be cut or the products are wide without it.
func blockSide(height, width, channels int) int {
	for _, b := range []struct{ side, channels int }{{4, 32}, {2, 64}} {
		if height%b.side == 0 && width%b.side == 0 && channels <= b.channels {
			return b.side
		}
	}
	return 1
}

// repeated sets a kernel [k, k, in, out] once for each of n by n outputs, stride
// pixels apart, into a window that holds them all: [window, window, in, n, n, out].
func repeated(kernel *Node, n, stride int) *Node {
	for axis := range 2 {
		var places []*Node
		for i := range n {
			places = append(places, padAxis(kernel, axis, i*stride, (n-1-i)*stride))
		}
		kernel = Stack(places, 3+axis)
	}
	return kernel
}
