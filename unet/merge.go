package unet

import (
	"errors"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// Merging is the same model with the same weights, which draws in less time: where
// features are as large as the latents, self-attention runs on fewer tokens (Bolya
// and Hoffman, arXiv 2303.17604, after Bolya et al., arXiv 2210.09461). share, 0 to
// below 1, is the part of the tokens that is merged into others like them: 0 is the
// plain model, and three of each four are the most. A pass that takes gradients is
// refused.
func (m *Model) Merging(share float64) *Model {
	merging := *m
	merging.share = share
	return &merging
}

// errMergedGradients is the panic of a pass that takes gradients.
var errMergedGradients = errors.New("a UNet that merges tokens draws only: this pass takes gradients")

// merges is how a pass merges, nil where it does not.
func (m *Model) merges(p *nn.Pass, sample *Node) *merging {
	if m.share == 0 {
		return nil
	}
	if p.Gradients != nn.NoGradients {
		panic(errMergedGradients)
	}
	return newMerging(sample.Graph(), sample.Shape().Dim(1), sample.Shape().Dim(2), m.share)
}

// merging is how count of a grid's n tokens are merged; nil merges none. The first
// token of each patch of 2x2 is one of d destinations, which others are merged into;
// the other s are sources. The paper takes any one of a patch at random: the first
// makes one picture of one seed. Of an odd side the last patches are cut off, and
// have a destination too.
type merging struct {
	height, width, count int
	order                *Node // [1, n] the tokens by their place in the grid, sources first
	places               *Node // [1, n] where each of the grid stands in order
}

// newMerging merges a share of all tokens, or all sources where those are fewer.
func newMerging(g *Graph, height, width int, share float64) *merging {
	m := &merging{height: height, width: width}
	if m.count = min(int(share*float64(height*width)), m.sources()); m.count <= 0 {
		return nil
	}
	order, places := m.sourcesFirst()
	m.order, m.places = Const(g, [][]int32{order}), Const(g, [][]int32{places})
	return m
}

func (m *merging) destinations() int { return (m.height + 1) / 2 * ((m.width + 1) / 2) }

func (m *merging) sources() int { return m.height*m.width - m.destinations() }

// sourcesFirst is order and places as numbers.
func (m *merging) sourcesFirst() (order, places []int32) {
	n := m.height * m.width
	order, places = make([]int32, n), make([]int32, n)
	source, destination := 0, m.sources()
	for token := range n {
		next := &source
		if token/m.width%2 == 0 && token%m.width%2 == 0 {
			next = &destination
		}
		order[*next], places[token] = int32(token), int32(*next)
		*next++
	}
	return order, places
}

// at is m for features x [batch, h, w, width] as large as the latents, which are all
// that it merges.
func (m *merging) at(x *Node) *merging {
	if m != nil && x.Shape().Dim(1) == m.height && x.Shape().Dim(2) == m.width {
		return m
	}
	return nil
}

// around is f of x [batch, n, width] with tokens merged before it and parted behind
// it. f maps [batch, n-count, width] to the same shape, whatever the tokens' order.
func (m *merging) around(p *nn.Pass, x *Node, f func(*Node) *Node) *Node {
	if m == nil {
		return f(x)
	}
	x = take(x, m.order)
	l := m.match(p, x)
	y := f(m.merge(p, x, l))
	return take(y, take(l.homes, m.places))
}

// likeness is who is merged with whom, for each row of a batch by itself.
type likeness struct {
	merged *Node // [batch, count] sources
	into   *Node // [batch, count] the destination of each
	kept   *Node // [batch, s-count] the other sources; nil where there are none
	homes  *Node // [batch, n] for each of order, its token among the merged ones
}

// match merges the sources that are most like a destination, by the cosines of the
// tokens x [batch, n, width], each into the one that it is most like. x is ordered.
// All cosines are held at once: 3/16 n² floats a row, where scores of 8 heads that
// are attended in 32 parts, as [nn.Attention] does it, are 4/16 n².
func (m *merging) match(p *nn.Pass, x *Node) likeness {
	s, d := m.sources(), m.destinations()
	unit := Div(x, Sqrt(AddScalar(L2NormSquare(x, -1), 1e-12)))
	cosines := product(p, tokens(unit, 0, s), 2, tokens(unit, s, s+d), 2) // [batch, s, d]
	nearest := ArgMax(cosines, -1)                                        // [batch, s]
	_, byLikeness := TopK(ReduceMax(cosines, -1), s, -1)
	_, ranks := BottomK(byLikeness, s, -1) // the sorted order's reverse
	left := s - m.count                    // sources, which stand before the destinations
	l := likeness{merged: tokens(byLikeness, 0, m.count)}
	if left > 0 {
		l.kept = tokens(byLikeness, m.count, s)
	}
	l.into = take(nearest, l.merged)
	ofSources := Where(LessThan(ranks, Const(x.Graph(), int32(m.count))), AddScalar(nearest, left), AddScalar(ranks, -m.count))
	ofDestinations := AddScalar(Iota(x.Graph(), shapes.Make(dtypes.Int32, x.Shape().Dim(0), d), 1), left)
	l.homes = Concatenate([]*Node{ofSources, ofDestinations}, 1)
	return l
}

// merge maps the ordered x [batch, n, width] to [batch, n-count, width]: the sources
// that are left, and the mean of each destination with what is merged into it. Sums
// are a product with zeros and ones: a card adds by index in no certain order, and
// the same seed would give other pictures.
func (m *merging) merge(p *nn.Pass, x *Node, l likeness) *Node {
	s, d := m.sources(), m.destinations()
	numbers := Iota(x.Graph(), shapes.Make(dtypes.Int32, 1, d, 1), 1)
	member := ConvertDType(Equal(numbers, InsertAxes(l.into, 1)), dtypes.Float32) // [batch, d, count]
	sums := Add(tokens(x, s, s+d), product(p, member, 2, take(x, l.merged), 1))
	means := Div(sums, AddScalar(ReduceAndKeep(member, ReduceSum, -1), 1))
	if l.kept == nil {
		return means
	}
	return Concatenate([]*Node{take(x, l.kept), means}, 1)
}

// product is the sums over an axis of a and one of b, both [batch, ...], in float32
// with operands in the pass's precision: [batch, a's other axis, b's other axis].
func product(p *nn.Pass, a *Node, ofA int, b *Node, ofB int) *Node {
	return Dot(ConvertDType(a, p.DType), ConvertDType(b, p.DType)).WithAccumulatorDType(dtypes.Float32).WithOutputDType(dtypes.Float32).
		General([]int{ofA}, []int{0}, []int{ofB}, []int{0})
}

// tokens are those of x [batch, n, ...] from one on, up to another.
func tokens(x *Node, from, to int) *Node { return Slice(x, AxisRange(), AxisRange(from, to)) }

// take is the tokens of x [batch, n, ...] at the places at, int32 [batch or 1, k]:
// [batch, k, ...].
func take(x, at *Node) *Node {
	d := x.Shape().Dimensions
	firsts := MulScalar(Iota(x.Graph(), shapes.Make(dtypes.Int32, d[0], 1), 0), d[1]) // of each row
	at = Add(at, firsts)                                                              // [batch, k]
	y := Gather(Reshape(x, append([]int{d[0] * d[1]}, d[2:]...)...), Reshape(at, -1, 1))
	return Reshape(y, append([]int{d[0], at.Shape().Dim(1)}, d[2:]...)...)
}
