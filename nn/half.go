package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// OpenOption is a choice about the weights of a model that is opened.
type OpenOption func(*Weights)

// InHalf keeps the matrices and kernels that are read in float16, for weights
// that stay as they are: half the memory, and for checkpoints in float16 the same
// values. Passes convert each where it is used. Vectors and tables of embeddings
// stay in float32.
func InHalf() OpenOption { return func(w *Weights) { w.half = true } }

// keepsHalf says whether a parameter is kept in float16.
func (w *Weights) keepsHalf(p *Param) bool {
	return w.half && len(p.Shape) >= 2 && !strings.Contains(p.Name, "embedding")
}

// tensor makes a parameter's tensor, in the precision that it is kept in, from
// values in checkpoint layout.
func (w *Weights) tensor(p *Param, flat []float32) (*tensors.Tensor, error) {
	if !w.keepsHalf(p) {
		return GraphTensor(p, flat), nil
	}
	for _, v := range flat {
		if math.Abs(float64(v)) > mostHalf {
			return nil, fmt.Errorf("weight %s holds %g, which float16 cannot: open the model in float32", p.Name, v)
		}
	}
	return tensors.FromFlatDataAndDimensions(float16.FromFloat32s(p.toGraph(flat)...), p.GraphShape()...), nil
}

// mostHalf is the largest number that float16 has.
const mostHalf = 65504

// whole is a weight kept in half precision, in float32, from when x is there: all
// weights are there from the beginning, and XLA would convert them all at once.
func whole(x, stored *Node) *Node {
	return after(ConvertDType(stored, dtypes.Float32), StopGradient(x))
}

// after makes x wait for other nodes. XLA keeps a product with 0, which may be
// NaN.
func after(x *Node, others ...*Node) *Node {
	for _, other := range others {
		one := Reshape(Slice(other, slices.Repeat([]SliceAxisSpec{AxisElem(0)}, other.Rank())...)) // a scalar
		x = Add(x, MulScalar(ConvertDType(one, x.DType()), 0))
	}
	return x
}

// floats reads a tensor of float32 or float16.
func floats(t *tensors.Tensor) ([]float32, error) {
	if t.DType() != dtypes.Float16 {
		return tensors.CopyFlatData[float32](t)
	}
	half, err := tensors.CopyFlatData[float16.Float16](t)
	if err != nil {
		return nil, err
	}
	flat := make([]float32, len(half))
	for i, h := range half {
		flat[i] = h.Float32()
	}
	return flat, nil
}
