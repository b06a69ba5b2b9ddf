package engine

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// WorkingMemory estimates the bytes that computing outputs takes beside what the
// graph is given: the most that is alive at once, if the operations run in the
// order in which they were built and XLA computes chains of elementwise ones in
// one loop, without keeping what is between. Loops ahead of a product for which the
// result of an elementwise operation is laid out do not read that: they compute it
// anew, and what goes into it stays alive. It is a plan, not a promise: XLA chooses
// its own order, and products need room of their own.
func WorkingMemory(outputs ...*graph.Node) int64 {
	if len(outputs) == 0 {
		return 0
	}
	l := newLiveness(outputs)
	l.backwards()
	return l.peak()
}

// liveness is what is known of each node of a graph, by its place in it.
type liveness struct {
	nodes []*graph.Node
	used  []bool // the outputs depend on it
	kept  []bool // its values are laid out in memory
	until []int  // place of the last operation that reads them there
	anew  []int  // place of the last loop that computes it within itself
}

func newLiveness(outputs []*graph.Node) *liveness {
	nodes := outputs[0].Graph().Nodes()
	l := &liveness{nodes: nodes, used: make([]bool, len(nodes)), kept: make([]bool, len(nodes)), until: make([]int, len(nodes)), anew: make([]int, len(nodes))}
	for _, n := range outputs {
		at := int(n.Id())
		l.used[at], l.kept[at], l.until[at] = true, true, len(nodes)
	}
	return l
}

// backwards finds out, from the last node to the first, what is kept and until
// when.
func (l *liveness) backwards() {
	for at := len(l.nodes) - 1; at >= 0; at-- {
		n := l.nodes[at]
		if !l.used[at] {
			continue
		}
		if slices.Contains(loops, n.Type()) || l.kept[at] && l.anew[at] > l.until[at] {
			// All take its values from memory.
			l.kept[at], l.until[at], l.anew[at] = true, max(l.until[at], l.anew[at]), 0
		}
		for _, in := range n.Inputs() {
			l.used[in.Id()] = true
			l.reads(n, int(in.Id()))
		}
	}
}

// reads notes that a node, whose own readers are known, reads its input i. What is
// computed within a loop reads its own inputs when that loop runs.
func (l *liveness) reads(n *graph.Node, i int) {
	at, kind := int(n.Id()), n.Type()
	switch {
	case slices.Contains(readers, kind):
		l.kept[i], l.until[i] = true, max(l.until[i], at)
	case slices.Contains(loops, kind):
		l.anew[i] = max(l.anew[i], at)
	case slices.Contains(aliases, kind):
		l.kept[i] = l.kept[i] || l.kept[at]
		l.until[i], l.anew[i] = max(l.until[i], l.until[at]), max(l.anew[i], l.anew[at])
	case l.kept[at]:
		l.anew[i] = max(l.anew[i], l.anew[at], at)
	default:
		l.anew[i] = max(l.anew[i], l.anew[at])
	}
}

// peak goes through the nodes in order.
func (l *liveness) peak() int64 {
	freed := make([]int64, len(l.nodes)+1)
	alive, most := int64(0), int64(0)
	for at, n := range l.nodes {
		if l.used[at] && l.kept[at] && !slices.Contains(aliases, n.Type()) && !slices.Contains(given, n.Type()) {
			size := bytesOf(n)
			alive += size
			freed[l.until[at]] += size
		}
		most = max(most, alive)
		alive -= freed[at]
	}
	return most
}

// bytesOf is the size of a node's values. One of several results is counted
// where it is split off from the others.
func bytesOf(n *graph.Node) int64 {
	if n.NumOutputs() != 1 {
		return 0
	}
	return int64(n.Shape().ByteSize())
}

var (
	// given are there before the graph runs, or cost nothing to speak of.
	given = []graph.NodeType{graph.NodeTypeParameter, graph.NodeTypeConstant}
	// aliases only look at their input in another way.
	aliases = []graph.NodeType{graph.NodeTypeReshape, graph.NodeTypeBitcast, graph.NodeTypeIdentity}
	// readers want their inputs in memory.
	readers = []graph.NodeType{
		graph.NodeTypeDotGeneral, graph.NodeTypeConvGeneral, graph.NodeTypeGather, graph.NodeTypeReduceWindow, graph.NodeTypeOptimizationBarrier,
		graph.NodeTypeScatterSum, graph.NodeTypeScatterMax, graph.NodeTypeScatterMin,
		graph.NodeTypeSelectAndScatterMax, graph.NodeTypeSelectAndScatterMin,
	}
	// loops have a loop of their own, whose result is laid out in memory.
	loops = append([]graph.NodeType{
		graph.NodeTypeReduceSum, graph.NodeTypeReduceMax, graph.NodeTypeReduceMin, graph.NodeTypeReduceProduct,
		graph.NodeTypeArgMinMax, graph.NodeTypeRNGBitGenerator, graph.NodeTypeSplitNode,
	}, readers...)
)
