package engine

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// errCardRate: a product of 1024x1024 matrices ends on a card before the next is
// begun, and one that fills every card would take long on most.
var errCardRate = errors.New("the matrix product that measures a processor is too small for a card")

// MatMulRate measures, for about half a second, how many floating-point operations
// of matrix products the device does in a second where operands are of a precision
// and sums float32: a multiply-add counts as two. It is the best of what it
// repeats, which other programs on the machine can only lower. It fails on a card.
func (e *Engine) MatMulRate(dtype dtypes.DType) (float64, error) {
	if e.Device() == DeviceCUDA {
		return 0, errCardRate
	}
	n := 1024
	if e.Device() == DeviceGo {
		n = 256
	}
	perSecond, err := e.matMulRate(dtype, n)
	if err != nil {
		return 0, fmt.Errorf("time a matrix product in %s: %w", dtype, err)
	}
	return perSecond, nil
}

// matMulRate measures products of two n x n matrices.
func (e *Engine) matMulRate(dtype dtypes.DType, n int) (float64, error) {
	ones, err := graph.CallOnce(e.backend, func(g *graph.Graph) *graph.Node {
		return graph.Ones(g, shapes.Make(dtype, n, n))
	})
	if err != nil {
		return 0, err
	}
	defer ones.FinalizeAll()
	giga, err := rateOn(e, 2*float64(n*n*n), func(a, b *graph.Node) *graph.Node {
		return graph.Dot(a, b).WithAccumulatorDType(dtypes.Float32).WithOutputDType(dtypes.Float32).Product()
	}, ones, ones)
	return 1e9 * giga, err
}
