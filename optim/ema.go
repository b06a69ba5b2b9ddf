package optim

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// EMASlot is the path element under which moving averages are kept.
const EMASlot = "ema"

// NewEMA starts a moving average of each variable at its present value.
// Averages that exist already, from a resumed run, are kept.
func NewEMA(store *model.Store, vars []*model.Variable) error {
	for _, v := range vars {
		path := EMAPath(v.Path())
		if store.GetVariable(path) != nil {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("start average of %s: %w", v.Path(), err)
		}
		clone, err := value.LocalClone()
		if err != nil {
			return fmt.Errorf("start average of %s: %w", v.Path(), err)
		}
		store.VariableWithValue(path, clone)
	}
	return nil
}

// EMAPath is the path of the average of the variable at path.
func EMAPath(path string) string { return model.RootScopePath + EMASlot + path }

// UpdateEMA moves every average towards its variable's new value: average =
// decay * average + (1 - decay) * value. decay is a scalar node. Call it after
// the optimiser's update in the same graph.
func UpdateEMA(store *model.Store, vars []*model.Variable, decay *Node) {
	g := decay.Graph()
	for _, v := range vars {
		average := store.GetVariable(EMAPath(v.Path()))
		if average == nil {
			panic(fmt.Errorf("no moving average for %s", v.Path()))
		}
		old := average.NodeValue(g)
		average.SetNodeValue(Add(old, Mul(Sub(v.NodeValue(g), old), OneMinus(decay))))
	}
}

// EMADecay is the decay at a step (from 1): it rises as (1+step)/(10+step)
// towards limit, so that an average does not remember the random start.
func EMADecay(limit float64, step int) float64 {
	return min(limit, (1+float64(step))/(10+float64(step)))
}
