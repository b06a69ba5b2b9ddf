package nn

import . "github.com/gomlx/gomlx/core/graph"

// UpsampleNearest enlarges [batch, h, w, c] to [batch, height, width, c], each
// pixel taken from floor(i * h / height), as PyTorch's "nearest" does.
func UpsampleNearest(x *Node, height, width int) *Node {
	d := x.Shape().Dimensions
	if height%d[1] == 0 && width%d[2] == 0 {
		return repeatPixels(x, height/d[1], width/d[2])
	}
	return nearestAxis(nearestAxis(x, 1, height), 2, width)
}

// repeatPixels repeats each pixel a whole number of times: a broadcast, whose
// gradient is a plain sum.
func repeatPixels(x *Node, rows, columns int) *Node {
	d := x.Shape().Dimensions
	x = BroadcastToDims(Reshape(x, d[0], d[1], 1, d[2], 1, d[3]), d[0], d[1], rows, d[2], columns, d[3])
	return Reshape(x, d[0], d[1]*rows, d[2]*columns, d[3])
}

// nearestAxis resizes one axis by slices; sizes that are no multiple occur
// only for pictures whose sides are not a multiple of the model's stride.
func nearestAxis(x *Node, axis, size int) *Node {
	from := x.Shape().Dim(axis)
	if from == size {
		return x
	}
	parts := make([]*Node, size)
	for i := range parts {
		at := i * from / size
		parts[i] = SliceAxis(x, axis, AxisRange(at, at+1))
	}
	return Concatenate(parts, axis)
}

// ToNHWC turns [batch, c, h, w] into [batch, h, w, c].
func ToNHWC(x *Node) *Node { return TransposeAllAxes(x, 0, 2, 3, 1) }

// ToNCHW turns [batch, h, w, c] into [batch, c, h, w].
func ToNCHW(x *Node) *Node { return TransposeAllAxes(x, 0, 3, 1, 2) }
