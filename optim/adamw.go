package optim

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, arXiv
// 1711.05101, algorithm 2), in the order of operations of PyTorch's.
type AdamW struct {
	Beta1, Beta2 float64 // decay of the two moments, in [0, 1)
	Eps          float64 // added to the root of the second moment
	WeightDecay  float64 // times the learning rate, taken off each weight
}

// DefaultAdamW has PyTorch's defaults.
func DefaultAdamW() AdamW {
	return AdamW{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}
}

// Slot is the path element under which optimiser state is kept.
const Slot = "optimizer"

// Scalars is the graph argument of one update: step counts from 1. The bias
// corrections are worked out here in float64, because powers of 0.999 lose
// their digits in float32.
func (a AdamW) Scalars(learningRate float64, step int) *tensors.Tensor {
	n := float64(step)
	return tensors.FromFlatDataAndDimensions([]float32{
		float32(learningRate),
		float32(1 - math.Pow(a.Beta1, n)),
		float32(math.Sqrt(1 - math.Pow(a.Beta2, n))),
	}, 3)
}

// NewState makes the zero moments of vars in their store. Moments that exist
// already, from a resumed run, are kept.
func (a AdamW) NewState(store *model.Store, vars []*model.Variable) error {
	return newMoments(store, vars, a.moments)
}

// StatePaths lists the paths of the variables' moments, for saving.
func (a AdamW) StatePaths(vars []*model.Variable) []string {
	return momentPaths(vars, a.moments)
}

// Update sets each variable's next value and moments in the graph. scalars is
// the argument that [AdamW.Scalars] makes; [AdamW.NewState] must have been called.
func (a AdamW) Update(store *model.Store, vars []*model.Variable, grads []*Node, scalars *Node) {
	rate, correct1, correct2 := pick(scalars, 0), pick(scalars, 1), pick(scalars, 2)
	for i, v := range vars {
		a.update(store, v, grads[i], rate, correct1, correct2)
	}
}

func (a AdamW) update(store *model.Store, v *model.Variable, grad, rate, correct1, correct2 *Node) {
	g := grad.Graph()
	m, s := store.GetVariable(slotPath(v, first)), store.GetVariable(slotPath(v, second))
	if m == nil || s == nil {
		panic(fmt.Errorf("no optimiser state for %s", v.Path()))
	}
	m1 := Add(MulScalar(m.NodeValue(g), a.Beta1), MulScalar(grad, 1-a.Beta1))
	s1 := Add(MulScalar(s.NodeValue(g), a.Beta2), MulScalar(Square(grad), 1-a.Beta2))
	m.SetNodeValue(m1)
	s.SetNodeValue(s1)
	w := v.NodeValue(g)
	w = Sub(w, Mul(w, MulScalar(rate, a.WeightDecay)))
	denominator := AddScalar(Div(Sqrt(s1), correct2), a.Eps)
	v.SetNodeValue(Sub(w, Mul(Div(rate, correct1), Div(m1, denominator))))
}

// moments are the kinds of state that a variable has.
func (a AdamW) moments(*model.Variable) []string { return []string{first, second} }

func newMoments(store *model.Store, vars []*model.Variable, of func(*model.Variable) []string) error {
	for _, v := range vars {
		for _, kind := range of(v) {
			if err := ensureZero(store, slotPath(v, kind), v); err != nil {
				return err
			}
		}
	}
	return nil
}

func momentPaths(vars []*model.Variable, of func(*model.Variable) []string) []string {
	var paths []string
	for _, v := range vars {
		for _, kind := range of(v) {
			paths = append(paths, slotPath(v, kind))
		}
	}
	return paths
}

const (
	first  = "m" // mean of gradients
	second = "v" // mean of squared gradients
)

func slotPath(v *model.Variable, kind string) string {
	return model.RootScopePath + Slot + v.Path() + model.ScopeSeparator + kind
}

// OwnerPath is the path of the variable whose moment is kept at path.
func OwnerPath(path string) string {
	path = strings.TrimPrefix(path, model.RootScopePath+Slot)
	return path[:strings.LastIndex(path, model.ScopeSeparator)]
}

func ensureZero(store *model.Store, path string, like *model.Variable) error {
	if v := store.GetVariable(path); v != nil {
		if !v.Shape().Equal(like.Shape()) {
			return fmt.Errorf("optimiser state %s has shape %s, its weight %s", path, v.Shape(), like.Shape())
		}
		return nil
	}
	store.VariableWithValue(path, tensors.FromShape(like.Shape()))
	return nil
}

// pick is element i of a vector, as a scalar.
func pick(x *Node, i int) *Node {
	return Reshape(Slice(x, AxisRange(i, i+1)))
}

// ClipByGlobalNorm scales all gradients down together where their joint norm
// is above limit (Pascanu et al., arXiv 1211.5063), and returns the norm before.
func ClipByGlobalNorm(grads []*Node, limit float64) (clipped []*Node, norm *Node) {
	norm = GlobalNorm(grads)
	factor := MinScalar(Div(Scalar(norm.Graph(), dtypes.Float32, limit), AddScalar(norm, 1e-6)), 1.0)
	for _, g := range grads {
		clipped = append(clipped, Mul(g, ConvertDType(factor, g.DType())))
	}
	return clipped, norm
}

// GlobalNorm is the Euclidean norm of all gradients together, a float32 scalar.
func GlobalNorm(grads []*Node) *Node {
	var sum *Node
	for _, g := range grads {
		square := ReduceAllSum(Square(ConvertDType(g, dtypes.Float32)))
		if sum == nil {
			sum = square
		} else {
			sum = Add(sum, square)
		}
	}
	return Sqrt(sum)
}
