package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Speed is what a device was measured to do, in GFLOP/s (10⁹ floating-point
// operations a second, a multiply-add counting as two), in float32.
type Speed struct {
	MatMul float64 `json:"matmul"` // product of two 1024x1024 matrices
	Conv   float64 `json:"conv"`   // 3x3 convolution as in a UNet
}

// probeTime is how long each measurement repeats its work.
const probeTime = 400 * time.Millisecond

// probe measures a device in under three seconds. Pure Go gets a convolution
// a few hundred times smaller, or it would take minutes.
func probe(e *Engine) (s Speed, err error) {
	const n = 1024
	s.MatMul, err = rate(e, 2*n*n*n, graph.MatMul, []int{n, n}, []int{n, n})
	if err != nil {
		return s, fmt.Errorf("time a matrix product: %w", err)
	}
	side, channels := 64, 320
	if e.Device() == DeviceGo {
		side, channels = 16, 64
	}
	flop := 2 * 9 * float64(side*side) * float64(channels*channels)
	s.Conv, err = rate(e, flop, convolve, []int{1, side, side, channels}, []int{3, 3, channels, channels})
	if err != nil {
		return s, fmt.Errorf("time a convolution: %w", err)
	}
	return s, nil
}

// convolve is a 3x3 convolution that keeps the picture's size.
func convolve(x, kernel *graph.Node) *graph.Node { return graph.Convolve(x, kernel).PadSame().Done() }

// rate returns the best rate, in GFLOP/s, at which f is computed on two arrays
// of ones that are on the device already.
func rate(e *Engine, flop float64, f func(a, b *graph.Node) *graph.Node, aShape, bShape []int) (float64, error) {
	a, b := ones(aShape), ones(bShape)
	defer a.FinalizeAll()
	defer b.FinalizeAll()
	return rateOn(e, flop, f, a, b)
}

// rateOn is rate on two arrays. It leaves them.
func rateOn(e *Engine, flop float64, f func(a, b *graph.Node) *graph.Node, a, b *tensors.Tensor) (float64, error) {
	// The second result is one element: reading it waits for the whole product,
	// without carrying that from the device.
	exec, err := graph.NewExec(e.backend, func(a, b *graph.Node) (all, first *graph.Node) {
		all = f(a, b)
		return all, graph.Slice(graph.Reshape(all, all.Shape().Size()), graph.AxisElem(0))
	})
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()
	best := time.Duration(0)
	for end := time.Now(); ; {
		start := time.Now()
		if err := runOnce(exec, a, b); err != nil {
			return 0, err
		}
		took := time.Since(start)
		if best == 0 { // the first run compiled: time starts now
			best, end = took, time.Now().Add(probeTime)
			continue
		}
		best = min(best, took)
		if time.Now().After(end) {
			return flop / best.Seconds() / 1e9, nil
		}
	}
}

// runOnce computes once and waits until the result is there.
func runOnce(exec *graph.Exec, a, b *tensors.Tensor) error {
	return Try(func() error {
		out, err := exec.Call(a, b)
		if err != nil {
			return err
		}
		out[1].MaterializeLocal()
		return errors.Join(out[0].FinalizeAll(), out[1].FinalizeAll())
	})
}

// ones returns an array of ones.
func ones(shape []int) *tensors.Tensor {
	size := 1
	for _, n := range shape {
		size *= n
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = 1
	}
	return tensors.FromFlatDataAndDimensions(values, shape...)
}
