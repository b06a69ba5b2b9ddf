package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// im2col lays every window out as a row and multiplies once. Rows have half the
// size in half the precision, but not where their gradient will be taken, which
// adds up what comes back for each pixel.
func (c convolution) im2col(x, kernel *Node) *Node {
	if c.pass.Gradients == NoGradients {
		x = to(c.pass.DType, x)
	}
	k := kernel.Shape().Dimensions
	rows, d := windows(x, c.pad, k[0], k[1], c.stride)
	y := c.pass.product("nc,co->no", rows, Reshape(kernel, k[0]*k[1]*k[2], k[3]), c.frozen)
	return Reshape(y, d[0], d[1], d[2], k[3])
}

// im2colForPicture is the gradient for the picture of a convolution with stride 1
// where the output's is y: y convolved with the kernel turned by half a turn,
// inputs and outputs exchanged.
func (c convolution) im2colForPicture(y, kernel *Node) *Node {
	k := kernel.Shape().Dimensions
	kernel = Reshape(Reverse(to(c.pass.DType, kernel), 0, 1), k[0]*k[1], k[2], k[3])
	pad := Padding{Top: k[0] - 1 - c.pad.Top, Bottom: k[0] - 1 - c.pad.Bottom, Left: k[1] - 1 - c.pad.Left, Right: k[1] - 1 - c.pad.Right}
	rows, d := windows(to(c.pass.DType, y), pad, k[0], k[1], 1)
	rows = Reshape(rows, rows.Shape().Dim(0), k[0]*k[1], k[3])
	return Reshape(multiply(c.pass.DType, "nko,kco->nc", rows, kernel), d[0], d[1], d[2], k[2])
}

// windows are the windows of a padded picture, a row each, and the three
// dimensions that the rows stand for.
func windows(x *Node, pad Padding, high, wide, stride int) (rows *Node, dims []int) {
	x = zeroPad(x, pad)
	d := x.Shape().Dimensions
	height, width := (d[1]-high)/stride+1, (d[2]-wide)/stride+1
	var list []*Node
	for i := range high {
		for j := range wide {
			list = append(list, Slice(x, AxisRange(),
				AxisRange(i, i+(height-1)*stride+1).Stride(stride),
				AxisRange(j, j+(width-1)*stride+1).Stride(stride), AxisRange()))
		}
	}
	return Reshape(Concatenate(list, -1), d[0]*height*width, high*wide*d[3]), []int{d[0], height, width}
}
