package dino

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// place is the position embeddings of a grid of patches, [1, 1+rows*columns,
// hidden_size] in float32: the learned grid resized, the class token's position
// kept.
func (m *Model) place(p *nn.Pass, g GraphProvider, rows, columns int) *Node {
	table := p.Value(g, m.positions)
	side, width := m.Config.Grid(), m.Config.HiddenSize
	if rows == side && columns == side {
		return table
	}
	grid := Reshape(Slice(table, AxisRange(), AxisRange(1)), side, side, width)
	grid = Einsum("oi,ijw->ojw", Const(table.Graph(), bicubic(side, rows)), grid)
	grid = Einsum("oi,jiw->jow", Const(table.Graph(), bicubic(side, columns)), grid)
	class := Slice(table, AxisRange(), AxisRange(0, 1))
	return Concatenate([]*Node{class, Reshape(grid, 1, rows*columns, width)}, 1)
}

// bicubic is the matrix [to][from] that resizes one axis as PyTorch's
// interpolate(mode="bicubic", align_corners=False) does: four taps whatever the
// scale, those beyond an end taken from the end.
func bicubic(from, to int) [][]float32 {
	matrix := make([][]float32, to)
	for i := range matrix {
		at := (float64(i)+0.5)*float64(from)/float64(to) - 0.5
		first := int(math.Floor(at)) - 1
		row := make([]float64, from)
		for tap := first; tap < first+4; tap++ {
			row[min(max(tap, 0), from-1)] += cubic(at - float64(tap))
		}
		matrix[i] = make([]float32, from)
		for j, v := range row {
			matrix[i][j] = float32(v)
		}
	}
	return matrix
}

// cubic is the convolution kernel of Keys ("Cubic convolution interpolation for
// digital image processing", 1981, eq. 15) with a = -0.75, PyTorch's choice.
func cubic(x float64) float64 {
	const a = -0.75
	x = math.Abs(x)
	switch {
	case x <= 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return ((x-5)*x+8)*x*a - 4*a
	}
	return 0
}
