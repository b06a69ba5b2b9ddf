package optim

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// GradientSlot is the path element under which summed gradients are kept.
const GradientSlot = "gradient"

// NewAccumulator makes the zero sums of vars in their store.
func NewAccumulator(store *model.Store, vars []*model.Variable) error {
	for _, v := range vars {
		if err := ensureZero(store, gradientPath(v), v); err != nil {
			return err
		}
	}
	return nil
}

// AccumulatorPaths lists the paths of the sums, for saving.
func AccumulatorPaths(vars []*model.Variable) []string {
	var paths []string
	for _, v := range vars {
		paths = append(paths, gradientPath(v))
	}
	return paths
}

// Accumulate adds the gradients, divided by parts, to the sums: the graph of
// one of parts micro-batches.
func Accumulate(store *model.Store, vars []*model.Variable, grads []*Node, parts int) {
	for i, v := range vars {
		sum := accumulator(store, v)
		sum.SetNodeValue(Add(sum.NodeValue(grads[i].Graph()), MulScalar(grads[i], 1/float64(parts))))
	}
}

// Take returns the sums as gradients and sets them back to 0: the graph of the
// update after the last micro-batch.
func Take(store *model.Store, g *Graph, vars []*model.Variable) []*Node {
	grads := make([]*Node, len(vars))
	for i, v := range vars {
		sum := accumulator(store, v)
		grads[i] = sum.NodeValue(g)
		sum.SetNodeValue(ZerosLike(grads[i]))
	}
	return grads
}

func accumulator(store *model.Store, v *model.Variable) *model.Variable {
	sum := store.GetVariable(gradientPath(v))
	if sum == nil {
		panic(fmt.Errorf("no gradient accumulator for %s", v.Path()))
	}
	return sum
}

func gradientPath(v *model.Variable) string {
	return model.RootScopePath + GradientSlot + v.Path()
}
