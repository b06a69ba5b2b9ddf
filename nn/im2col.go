package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// im2col lays every window out as a row and multiplies once.
func im2col(x, kernel *Node, stride int, pad Padding) *Node {
	x = zeroPad(x, pad)
	d, k := x.Shape().Dimensions, kernel.Shape().Dimensions
	height, width := (d[1]-k[0])/stride+1, (d[2]-k[1])/stride+1
	var windows []*Node
	for i := range k[0] {
		for j := range k[1] {
			windows = append(windows, Slice(x, AxisRange(),
				AxisRange(i, i+(height-1)*stride+1).Stride(stride),
				AxisRange(j, j+(width-1)*stride+1).Stride(stride), AxisRange()))
		}
	}
	rows := Reshape(Concatenate(windows, -1), d[0]*height*width, k[0]*k[1]*k[2])
	y := MatMul(rows, Reshape(kernel, k[0]*k[1]*k[2], k[3]))
	return Reshape(y, d[0], height, width, k[3])
}
