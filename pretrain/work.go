package pretrain

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/engine"
)

// Work is the floating-point operations of the matrix products and convolutions of
// one training step, by the precision of what is multiplied. A multiply-add counts
// as two, a product with the zeros of padding or dilation as none, as in XLA's own
// cost analysis; what is computed again in the backward pass counts again.
type Work map[dtypes.DType]float64

// Worked is a stage that knows its step's work, once it has made one.
type Worked interface {
	// Work is nil before the first step, and where it cannot be counted.
	Work() Work
}

// workOf counts what outputs, of one graph, depend on. Gradients are nodes of the
// same graph, so that theirs is counted with it.
func workOf(outputs ...*Node) (Work, error) {
	nodes := outputs[0].Graph().Nodes()
	used := make([]bool, len(nodes))
	for _, n := range outputs {
		used[n.Id()] = true
	}
	t := newTally()
	defer t.graph.Finalize()
	err := engine.Try(func() error {
		for _, n := range slices.Backward(nodes) { // a node's inputs are made before it
			if !used[n.Id()] {
				continue
			}
			for _, in := range n.Inputs() {
				used[in.Id()] = true
			}
			if err := t.count(n); err != nil {
				return err
			}
		}
		return nil
	})
	return t.work, err
}

// count adds a node's operations.
func (t *tally) count(n *Node) error {
	switch n.Type() {
	case NodeTypeDotGeneral, NodeTypeConvGeneral:
		t.ask(n)
	case NodeTypeFusedAttentionQKVProjection, NodeTypeFusedDense, NodeTypeFusedQuantizedDense,
		NodeTypeFusedScaledDotProductAttention, NodeTypeFusedScaledDotProductAttentionVJP:
		return fmt.Errorf("the products inside of %s are not known", n.Type())
	}
	return nil
}

// seconds is how long the work takes at a device's peak, given in operations a
// second for each precision; 0 where a peak is not known.
func (w Work) seconds(peak func(dtypes.DType) (float64, error)) (sum float64) {
	for dtype, operations := range w {
		var rate float64
		err := engine.Try(func() (err error) {
			rate, err = peak(dtype)
			return err
		})
		if err != nil || !(rate > 0) {
			return 0
		}
		sum += operations / rate
	}
	return sum
}
