package optim

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Optimizer moves variables by their gradients, inside a graph.
type Optimizer interface {
	// NewState makes what the optimiser remembers of vars, in their store; what
	// exists already, from a resumed run, is kept.
	NewState(store *model.Store, vars []*model.Variable) error
	// StatePaths lists the paths of that state, for saving.
	StatePaths(vars []*model.Variable) []string
	// Scalars is the graph argument of one update: step counts from 1.
	Scalars(learningRate float64, step int) *tensors.Tensor
	// Update sets each variable's next value and its state.
	Update(store *model.Store, vars []*model.Variable, grads []*Node, scalars *Node)
}
