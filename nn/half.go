package nn

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/dtypes/gotype"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// OpenOption is a choice about the weights of a model that is opened.
type OpenOption func(*Weights)

// KeptIn keeps the matrices and kernels that are read in float16 or bfloat16, for
// weights that stay as they are: half the memory. In float16 a checkpoint of that
// precision loses nothing; bfloat16 can be multiplied as it is. Passes convert
// where they multiply in another precision. Vectors and tables of embeddings stay
// in float32.
func KeptIn(dtype dtypes.DType) OpenOption { return func(w *Weights) { w.kept = dtype } }

// keeps is the precision that a parameter is kept in.
func (w *Weights) keeps(p *Param) dtypes.DType {
	if w.kept == dtypes.InvalidDType || len(p.Shape) < 2 || strings.Contains(p.Name, "embedding") {
		return dtypes.Float32
	}
	return w.kept
}

// OnDevice reads weights straight into the device's memory where that is the
// processor's own, and otherwise as without it.
func OnDevice(backend compute.Backend) OpenOption { return func(w *Weights) { w.backend = backend } }

// tensor makes a parameter's tensor, in the precision that it is kept in, from
// values in checkpoint layout.
func (w *Weights) tensor(p *Param, flat []float32) (*tensors.Tensor, error) {
	kept := w.keeps(p)
	if kept == dtypes.Float16 {
		for _, v := range flat {
			if math.Abs(float64(v)) > mostHalf {
				return nil, fmt.Errorf("it holds %g, which float16 cannot: open the model in float32", v)
			}
		}
	}
	t, err := tensors.FromShapeForBackend(w.backend, 0, shapes.Make(kept, p.GraphShape()...))
	if err != nil {
		return nil, fmt.Errorf("make room: %w", err)
	}
	switch kept {
	case dtypes.Float16:
		err = tensors.MutableFlatData(t, func(to []float16.Float16) { toGraph(p, to, flat, float16.FromFloat32) })
	case dtypes.BFloat16:
		err = tensors.MutableFlatData(t, func(to []bfloat16.BFloat16) { toGraph(p, to, flat, bfloat16.FromFloat32) })
	default:
		err = tensors.MutableFlatData(t, func(to []float32) { toGraph(p, to, flat, same) })
	}
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	return t, nil
}

func same(v float32) float32 { return v }

// mostHalf is the largest number that float16 has.
const mostHalf = 65504

// after makes x wait for other nodes. XLA keeps a product with 0, which may be
// NaN.
func after(x *Node, others ...*Node) *Node {
	for _, other := range others {
		one := Reshape(Slice(other, slices.Repeat([]SliceAxisSpec{AxisElem(0)}, other.Rank())...)) // a scalar
		x = Add(x, MulScalar(ConvertDType(one, x.DType()), 0))
	}
	return x
}

// floats reads a tensor of a precision that weights are kept in.
func floats(t *tensors.Tensor) ([]float32, error) {
	switch t.DType() {
	case dtypes.Float16:
		return widened[float16.Float16](t)
	case dtypes.BFloat16:
		return widened[bfloat16.BFloat16](t)
	}
	return tensors.CopyFlatData[float32](t)
}

func widened[T interface {
	gotype.Supported
	Float32() float32
}](t *tensors.Tensor) ([]float32, error) {
	half, err := tensors.CopyFlatData[T](t)
	if err != nil {
		return nil, err
	}
	flat := make([]float32, len(half))
	for i, h := range half {
		flat[i] = h.Float32()
	}
	return flat, nil
}
