package clip_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
)

func shape(dimensions ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dimensions...) }

// buildError builds a graph that is wrong and returns what was said of it.
func buildError(t *testing.T, store *model.Store, use func(*nn.Pass, *Node), w *nn.Weights, input *tensors.Tensor) error {
	t.Helper()
	return engine.Try(func() error {
		exec, err := model.NewExec(enginetest.Open(t).Backend(), store, func(_ *model.Scope, x *Node) *Node {
			use(nn.NewPass(w, nn.Options{}), x)
			return x
		})
		if err != nil {
			return err
		}
		defer exec.Finalize()
		_, err = exec.Call(input)
		return err
	})
}
