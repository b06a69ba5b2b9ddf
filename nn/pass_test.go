package nn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
)

// twoBlocks is a small model with everything that a block may have.
type twoBlocks struct {
	norms [2]*nn.LayerNorm
	in    [2]*nn.Linear
	out   [2]*nn.Linear
}

const blockWidth = 6

func newTwoBlocks(b nn.Builder) *twoBlocks {
	m := &twoBlocks{}
	for i := range m.in {
		part := b.In("blocks.%d", i)
		m.norms[i] = nn.NewLayerNorm(part.In("norm"), blockWidth, 1e-5)
		m.in[i] = nn.NewLinear(part.In("in"), blockWidth, blockWidth, true)
		m.out[i] = nn.NewLinear(part.In("out"), blockWidth, blockWidth, true)
	}
	return m
}

func (m *twoBlocks) forward(p *nn.Pass, x *Node) *Node {
	for i := range m.in {
		h := m.norms[i].Forward(p, p.Enter(x))
		h = nn.Attention(p, h, h, nn.GELU(m.in[i].Forward(p, h)), 2, nil)
		x = p.Leave(Add(x, m.out[i].Forward(p, h)))
	}
	return x
}

// Recomputing the blocks in the backward pass changes neither the output nor
// any gradient.
func TestCheckpoint(t *testing.T) {
	b := setup(t)
	m := newTwoBlocks(b.Builder)
	b.random()
	gradients := func(checkpoint bool) [][]float32 {
		return b.run(nn.Options{Checkpoint: checkpoint}, func(p *nn.Pass, in []*Node) []*Node {
			y := m.forward(p, in[0])
			about := []*Node{in[0]}
			for _, param := range b.Params() {
				about = append(about, p.Stored(y, param))
			}
			return append([]*Node{y}, Gradient(ReduceAllSum(Square(y)), about...)...)
		}, waveTensor(3, 2, 3, blockWidth))
	}
	plain, recomputed := gradients(false), gradients(true)
	near(t, "output", recomputed[0], plain[0], 1e-6)
	near(t, "gradient of the input", recomputed[1], plain[1], 1e-5)
	for i, p := range b.Params() {
		near(t, "gradient of "+p.Name, recomputed[i+2], plain[i+2], 1e-5)
	}
}

// A pass in bfloat16 has the same numbers to about three digits, in float32, and
// leaves the weights as they are.
func TestBFloat16(t *testing.T) {
	b := setup(t)
	m := newTwoBlocks(b.Builder)
	conv := nn.NewConv2D(b.In("conv"), blockWidth, 4, 3)
	b.random()
	forward := func(dtype dtypes.DType) []float32 {
		return b.run(nn.Options{DType: dtype}, func(p *nn.Pass, in []*Node) []*Node {
			y := conv.Forward(p, Reshape(m.forward(p, in[0]), 1, 2, 3, blockWidth))
			if y.DType() != dtypes.Float32 || p.Stored(y, conv.Weight).DType() != dtypes.Float32 {
				t.Errorf("the output is %s, the kernel %s", y.DType(), p.Stored(y, conv.Weight).DType())
			}
			return []*Node{y}
		}, waveTensor(3, 1, 6, blockWidth))[0]
	}
	exact, half := forward(dtypes.InvalidDType), forward(dtypes.BFloat16)
	near(t, "bfloat16", half, exact, 0.03)
	if half[0] == exact[0] && half[1] == exact[1] {
		t.Error("the pass in bfloat16 was computed in float32")
	}
}

func TestMissingWeight(t *testing.T) {
	b := setup(t)
	l := nn.NewLinear(b.In("down_blocks.0.proj"), 2, 2, true)
	b.set(l.Weight, 1, 2, 3, 4)
	_, err := b.try(nn.Options{}, func(p *nn.Pass, in []*Node) []*Node { return []*Node{l.Forward(p, in[0])} }, []float32{1, 2})
	if err == nil || !strings.Contains(err.Error(), "down_blocks.0.proj.bias") {
		t.Errorf("a missing bias gave %v", err)
	}
	// Without an executor in between, the panic is an error that engine.Try keeps.
	err = engine.Try(func() error {
		nn.NewPass(b.weights, nn.Options{}).Stored(nil, l.Bias)
		return nil
	})
	var caught *engine.PanicError
	if !errors.As(err, &caught) || caught.Internal || !strings.Contains(err.Error(), "down_blocks.0.proj.bias") {
		t.Errorf("a missing bias gave %v", err)
	}
	if _, err := b.weights.Variables(b.Params()); err == nil || !strings.Contains(err.Error(), l.Bias.Name) {
		t.Errorf("listing variables gave %v", err)
	}
}

// A graph that uses only what was computed first runs on every backend once the
// parameters are declared: see [nn.Pass.Declare].
func TestDeclare(t *testing.T) {
	b := setup(t)
	first, second := nn.NewLinear(b.In("first"), 2, 1, false), nn.NewLinear(b.In("second"), 1, 1, false)
	b.set(first.Weight, 3, 4)
	b.set(second.Weight, 5)
	got := b.forward(func(p *nn.Pass, x *Node) *Node {
		p.Declare(x, b.Params())
		y := first.Forward(p, x)
		second.Forward(p, y) // unused
		return y
	}, [][]float32{{1, 2}})
	near(t, "output", got, []float32{11}, 0)
}
