package optim

import (
	"fmt"
	"math"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Muon moves every weight matrix along its momentum made orthogonal (Jordan et
// al., "Muon: An optimizer for hidden layers in neural networks", 2024), so that
// directions in which gradients are small are learned as fast as the large ones.
// Updates have the size of Adam's (Liu et al., arXiv 2502.16982, section 2.2), so
// one learning rate serves both. Vectors, tables of embeddings and a model's
// first and last layers are moved by AdamW.
type Muon struct {
	AdamW
	Momentum float64 // decay of the momentum, in [0, 1)
}

// DefaultMuon has the authors' defaults.
func DefaultMuon() Muon { return Muon{AdamW: DefaultAdamW(), Momentum: 0.95} }

// adamOnly are the layers of which matrices are moved by AdamW.
var adamOnly = []string{"token_embedding", "position_embedding", "positional_embedding", "conv_in", "conv_out"}

// orthogonal says whether a variable is moved by its orthogonal momentum.
func orthogonal(v *model.Variable) bool {
	for _, name := range adamOnly {
		if strings.Contains(v.Path(), name) {
			return false
		}
	}
	return v.Shape().Rank() >= 2
}

// NewState makes the zero moments of vars in their store: the momentum alone of
// those that are moved by it. Moments that exist already are kept.
func (u Muon) NewState(store *model.Store, vars []*model.Variable) error {
	return newMoments(store, vars, u.moments)
}

// StatePaths lists the paths of the variables' moments, for saving.
func (u Muon) StatePaths(vars []*model.Variable) []string { return momentPaths(vars, u.moments) }

func (u Muon) moments(v *model.Variable) []string {
	if orthogonal(v) {
		return []string{first}
	}
	return u.AdamW.moments(v)
}

// Update sets each variable's next value and moments in the graph.
func (u Muon) Update(store *model.Store, vars []*model.Variable, grads []*Node, scalars *Node) {
	rate, correct1, correct2 := pick(scalars, 0), pick(scalars, 1), pick(scalars, 2)
	for i, v := range vars {
		if orthogonal(v) {
			u.update(store, v, grads[i], rate)
		} else {
			u.AdamW.update(store, v, grads[i], rate, correct1, correct2)
		}
	}
}

func (u Muon) update(store *model.Store, v *model.Variable, grad, rate *Node) {
	g := grad.Graph()
	m := store.GetVariable(slotPath(v, first))
	if m == nil {
		panic(fmt.Errorf("no optimiser state for %s", v.Path()))
	}
	m1 := Add(MulScalar(m.NodeValue(g), u.Momentum), MulScalar(grad, 1-u.Momentum))
	m.SetNodeValue(m1)
	ahead := Add(MulScalar(m1, u.Momentum), MulScalar(grad, 1-u.Momentum)) // Nesterov
	d := v.Shape().Dimensions
	out := d[len(d)-1]
	in := v.Shape().Size() / out
	step := Reshape(orthogonalise(Reshape(ahead, in, out)), d...)
	size := 0.2 * math.Sqrt(float64(max(in, out)))
	w := v.NodeValue(g)
	w = Sub(w, Mul(w, MulScalar(rate, u.WeightDecay)))
	v.SetNodeValue(Sub(w, Mul(MulScalar(rate, size), step)))
}

// orthogonalise brings all singular values of a matrix to about 1 by five
// Newton-Schulz steps with the authors' coefficients.
func orthogonalise(x *Node) *Node {
	const a, b, c, steps = 3.4445, -4.7750, 2.0315, 5
	rows, columns := x.Shape().Dim(0), x.Shape().Dim(1)
	x = Div(x, AddScalar(Sqrt(ReduceAllSum(Square(x))), 1e-12))
	longer, product := 1, func(s *Node) *Node { return MatMul(s, x) }
	if rows > columns {
		longer, product = 0, func(s *Node) *Node { return MatMul(x, s) }
	}
	for range steps {
		s := Dot(x, x).General([]int{longer}, nil, []int{longer}, nil)
		s = Add(MulScalar(s, b), MulScalar(MatMul(s, s), c))
		x = Add(MulScalar(x, a), product(s))
	}
	return x
}
