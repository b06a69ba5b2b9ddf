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
	var matrices []*model.Variable
	var momenta []*Node
	for i, v := range vars {
		if !orthogonal(v) {
			u.AdamW.update(store, v, grads[i], rate, correct1, correct2)
			continue
		}
		matrices = append(matrices, v)
		momenta = append(momenta, u.momentum(store, v, grads[i]))
	}
	for i, step := range orthogonaliseAll(momenta) {
		u.move(matrices[i], step, rate)
	}
}

// momentum sets a variable's next momentum and returns where Nesterov's
// acceleration looks, as a matrix [in, out].
func (u Muon) momentum(store *model.Store, v *model.Variable, grad *Node) *Node {
	m := store.GetVariable(slotPath(v, first))
	if m == nil {
		panic(fmt.Errorf("no optimiser state for %s", v.Path()))
	}
	m1 := Add(MulScalar(m.NodeValue(grad.Graph()), u.Momentum), MulScalar(grad, 1-u.Momentum))
	m.SetNodeValue(m1)
	d := v.Shape().Dimensions
	out := d[len(d)-1]
	return Reshape(Add(MulScalar(m1, u.Momentum), MulScalar(grad, 1-u.Momentum)), v.Shape().Size()/out, out)
}

// move sets a variable's next value from an orthogonal step [in, out].
func (u Muon) move(v *model.Variable, step, rate *Node) {
	size := 0.2 * math.Sqrt(float64(max(step.Shape().Dim(0), step.Shape().Dim(1))))
	w := v.NodeValue(step.Graph())
	w = Sub(w, Mul(w, MulScalar(rate, u.WeightDecay)))
	v.SetNodeValue(Sub(w, Mul(MulScalar(rate, size), Reshape(step, v.Shape().Dimensions...))))
}

// orthogonaliseAll brings all singular values of each matrix to about 1. Those of
// one shape, or of its transpose, go through together: the steps are small, and a
// graph with some for each of hundreds of matrices takes minutes to compile.
func orthogonaliseAll(matrices []*Node) []*Node {
	groups := map[[2]int][]int{}
	var order [][2]int
	for i, m := range matrices {
		d := m.Shape().Dimensions
		shape := [2]int{min(d[0], d[1]), max(d[0], d[1])}
		if groups[shape] == nil {
			order = append(order, shape)
		}
		groups[shape] = append(groups[shape], i)
	}
	steps := make([]*Node, len(matrices))
	for _, shape := range order {
		var wide []*Node
		for _, i := range groups[shape] {
			wide = append(wide, InsertAxes(widened(matrices[i], shape), 0))
		}
		stack := orthogonalise(Concatenate(wide, 0))
		for k, i := range groups[shape] {
			step := Squeeze(SliceAxis(stack, 0, AxisElem(k)), 0)
			steps[i] = widened(step, [2]int(matrices[i].Shape().Dimensions))
		}
	}
	return steps
}

// widened is a matrix or its transpose, whichever has a shape.
func widened(m *Node, shape [2]int) *Node {
	if m.Shape().Dim(0) == shape[0] && m.Shape().Dim(1) == shape[1] {
		return m
	}
	return Transpose(m, 0, 1)
}

// orthogonalise brings all singular values of matrices [n, rows, columns], none of
// them tall, to about 1 by five Newton-Schulz steps with the authors' coefficients.
func orthogonalise(x *Node) *Node {
	const a, b, c, steps = 3.4445, -4.7750, 2.0315, 5
	norm := Sqrt(ReduceAndKeep(Square(x), ReduceSum, 1, 2))
	x = Div(x, AddScalar(norm, 1e-12))
	for range steps {
		s := Dot(x, x).General([]int{2}, []int{0}, []int{2}, []int{0})
		s = Add(MulScalar(s, b), MulScalar(matMuls(s, s), c))
		x = Add(MulScalar(x, a), matMuls(s, x))
	}
	return x
}

// matMuls are the products of matrices [n, i, j] and [n, j, k].
func matMuls(x, y *Node) *Node { return Dot(x, y).General([]int{2}, []int{0}, []int{1}, []int{0}) }
