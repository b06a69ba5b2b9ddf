package nn

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// winograd convolves with a 3x3 kernel, stride 1 and the size kept, by F(2x2, 3x3)
// of Lavin and Gray (arXiv 1509.09308, section 4.1): each 2x2 patch of the output
// takes 16 products in place of 36. It rounds a few times more. Both transforms are in
// float32, dtype is the products'.
func winograd(dtype dtypes.DType, x, kernel *Node) *Node {
	k := kernel.Shape().Dimensions
	transformed := Reshape(winogradKernel(kernel, false), 16, k[2], k[3])
	return winogradProducts(dtype, x, transformed, "tpc,tco->tpo", k[3])
}

// winogradForPicture is the gradient for the picture where the output's is y: y
// convolved with the kernel turned by half a turn, inputs and outputs exchanged.
func winogradForPicture(dtype dtypes.DType, y, kernel *Node) *Node {
	k := kernel.Shape().Dimensions
	transformed := Reshape(winogradKernel(kernel, true), 16, k[2], k[3])
	return winogradProducts(dtype, y, transformed, "tpo,tco->tpc", k[2])
}

// winogradProducts transforms the picture, multiplies as equation says, and
// transforms back to a picture of so many channels.
func winogradProducts(dtype dtypes.DType, x, kernel *Node, equation string, channels int) *Node {
	d := x.Shape().Dimensions
	high, wide := (d[1]+1)/2, (d[2]+1)/2
	x = zeroPad(x, Padding{Top: 1, Left: 1, Bottom: 1 + 2*high - d[1], Right: 1 + 2*wide - d[2]})

	var picture []*Node
	for _, rows := range winogradInput(x, 1, high) {
		for _, tile := range winogradInput(rows, 2, wide) {
			picture = append(picture, Reshape(tile, 1, d[0]*high*wide, d[3]))
		}
	}
	products := multiply(dtype, equation, Concatenate(picture, 0), kernel)

	m := make([]*Node, 16)
	for i := range m {
		m[i] = Reshape(Slice(products, AxisElem(i)), d[0], high, 1, wide, 1, channels)
	}
	var rows [2][]*Node
	for column := range 4 {
		top, bottom := winogradOutput(m[column], m[4+column], m[8+column], m[12+column])
		rows[0], rows[1] = append(rows[0], top), append(rows[1], bottom)
	}
	var halves []*Node
	for _, r := range rows {
		left, right := winogradOutput(r[0], r[1], r[2], r[3])
		halves = append(halves, Concatenate([]*Node{left, right}, 4))
	}
	y := Reshape(Concatenate(halves, 2), d[0], 2*high, 2*wide, channels)
	return Slice(y, AxisRange(), AxisRange(0, d[1]), AxisRange(0, d[2]), AxisRange())
}

// winogradInput is one side of B^T d B: the four sums of each of n windows of
// four, two apart, along an axis.
func winogradInput(x *Node, axis, n int) [4]*Node {
	var d [4]*Node
	for i := range d {
		d[i] = sliceAxis(x, axis, AxisRange(i, i+2*n-1).Stride(2))
	}
	return [4]*Node{Sub(d[0], d[2]), Add(d[1], d[2]), Sub(d[2], d[1]), Sub(d[1], d[3])}
}

// winogradKernel is G g G^T: [3, 3, in, out] to [4, 4, in, out]. A kernel that is
// turned by half a turn has the same sums in the middle.
func winogradKernel(kernel *Node, turned bool) *Node {
	for axis := range 2 {
		var g [3]*Node
		for i := range g {
			g[i] = sliceAxis(kernel, axis, AxisElem(i))
		}
		ends, middle := MulScalar(Add(g[0], g[2]), 0.5), MulScalar(g[1], 0.5)
		sums := []*Node{g[0], Add(ends, middle), Sub(ends, middle), g[2]}
		if turned {
			slices.Reverse(sums)
			sums[1], sums[2] = sums[2], sums[1]
		}
		kernel = Concatenate(sums, axis)
	}
	return kernel
}

// winogradOutput is one side of A^T m A.
func winogradOutput(a, b, c, d *Node) (first, second *Node) {
	return Add(Add(a, b), c), Sub(Sub(b, c), d)
}

// sliceAxis slices one of four axes.
func sliceAxis(x *Node, axis int, part SliceAxisSpec) *Node {
	spec := []SliceAxisSpec{AxisRange(), AxisRange(), AxisRange(), AxisRange()}
	spec[axis] = part
	return Slice(x, spec...)
}
