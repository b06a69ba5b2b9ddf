package encoder

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Adapter gives the denoiser's layers the predicted pairs, each row of a batch its
// own. The batch of the forward pass must be that of the prediction.
func (m *Model) Adapter(p Prediction) nn.Adapter {
	a := adapter{}
	for i, l := range m.Config.Layers {
		a[l.Name] = nn.Offset{Down: p.Down[i], Up: p.Up[i], Scale: Scalar(p.Token.Graph(), dtypes.Float32, 1)}
	}
	return a
}

type adapter map[string]nn.Offset

// Offset implements [nn.Adapter].
func (a adapter) Offset(_ *Graph, layer string) (nn.Offset, bool) {
	o, ok := a[layer]
	return o, ok
}

// Times multiplies what each row's pairs add by a factor of its own, [batch].
func (p Prediction) Times(factor *Node) Prediction {
	up := make([]*Node, len(p.Up))
	for i, u := range p.Up {
		up[i] = Mul(u, InsertAxes(factor, -1, -1))
	}
	p.Up = up
	return p
}

// Flat joins the pairs of the one row of a prediction as [nn.FlatPairs] lays them
// out: [sum of pairs].
func (p Prediction) Flat() *Node {
	var parts []*Node
	for i := range p.Down {
		parts = append(parts, Reshape(p.Down[i], -1), Reshape(p.Up[i], -1))
	}
	return Concatenate(parts, 0)
}
