package nn_test

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/ichimai/ichimai/nn"
)

// lowRank declares a layer's pair in a place of its own in the same store and
// gives it values, which it returns in checkpoint layout.
func (b *bundle) lowRank(layer string, down, up []int) (w *nn.Weights, d, u []float32) {
	b.t.Helper()
	pairs := nn.NewBuilder()
	l := pairs.In("%s", layer)
	pd, pu := l.Param(nn.LoRADown, nn.Init{}, down...), l.Param(nn.LoRAUp, nn.Init{}, up...)
	w = nn.NewWeights(b.store, "lora")
	d, u = waves(pd.Size(), 4), waves(pu.Size(), 5)
	for p, values := range map[*nn.Param][]float32{pd: d, pu: u} {
		if err := w.Set(p.Name, nn.GraphTensor(p, values)); err != nil {
			b.t.Fatal(err)
		}
	}
	return w, d, u
}

// merge adds scale * up @ down to a weight; all are matrices of rows [out],
// [out] and [rank], kernels being flattened to [out, in*k*k].
func merge(weight, down, up []float32, out, rank int, scale float32) []float32 {
	columns := len(weight) / out
	merged := make([]float32, len(weight))
	for o := range out {
		for c := range columns {
			sum := float32(0)
			for r := range rank {
				sum += up[o*rank+r] * down[r*columns+c]
			}
			merged[o*columns+c] = weight[o*columns+c] + scale*sum
		}
	}
	return merged
}

func TestLoRALinear(t *testing.T) {
	const in, out, rank = 4, 3, 2
	b := setup(t)
	l := nn.NewLinear(b.In("attn.to_q"), in, out, true)
	b.random()
	w, down, up := b.lowRank(l.Name(), []int{rank, in}, []int{out, rank})
	x := waveTensor(7, 2, 5, in)
	adapted := func(adapter *nn.LoRA) []float32 {
		return b.run(nn.Options{Adapters: []nn.Adapter{adapter}}, func(p *nn.Pass, n []*Node) []*Node {
			return []*Node{l.Forward(p, n[0])}
		}, x)[0]
	}
	byScale := adapted(&nn.LoRA{Weights: w, Scale: 0.75})
	byLayer := adapted(&nn.LoRA{Weights: w, Scale: 9, ScaleOf: map[string]float64{l.Name(): 0.75}})
	elsewhere := adapted(&nn.LoRA{Weights: nn.NewWeights(b.store, "other"), Scale: 9})
	plain := b.forward(l.Forward, x)
	b.set(l.Weight, merge(waves(in*out, 1), down, up, out, rank, 0.75)...)
	merged := b.forward(l.Forward, x)
	near(t, "adapter", byScale, merged, 1e-5)
	near(t, "adapter with a scale of its own", byLayer, merged, 1e-5)
	near(t, "adapter without this layer", elsewhere, plain, 0)
	if merged[0] == plain[0] {
		t.Error("the low-rank pair changes nothing")
	}
}

// The strength is an argument of the graph; two adapters add up.
func TestLoRAStrength(t *testing.T) {
	const in, out, rank = 3, 2, 1
	b := setup(t)
	l := nn.NewLinear(b.In("proj"), in, out, false)
	b.random()
	w, down, up := b.lowRank(l.Name(), []int{rank, in}, []int{out, rank})
	got := b.run(nn.Options{}, func(p *nn.Pass, n []*Node) []*Node {
		p.Adapters = []nn.Adapter{
			&nn.LoRA{Weights: w, Scale: 2, Strength: n[1]},
			&nn.LoRA{Weights: w, Scale: 0.5},
		}
		return []*Node{l.Forward(p, n[0])}
	}, waveTensor(7, 4, in), float32(0.25))[0]
	b.set(l.Weight, merge(waves(in*out, 1), down, up, out, rank, 2*0.25+0.5)...)
	near(t, "adapters", got, b.forward(l.Forward, waveTensor(7, 4, in)), 1e-5)
}

func TestLoRAConv(t *testing.T) {
	const in, out, rank, kernel = 2, 3, 2, 3
	b := setup(t)
	c := nn.NewConv2D(b.In("conv_in"), in, out, kernel).Strided(2, nn.Padding{Bottom: 1, Right: 1})
	b.random()
	w, down, up := b.lowRank(c.Name(), []int{rank, in, kernel, kernel}, []int{out, rank, 1, 1})
	x := waveTensor(7, 1, 6, 4, in)
	got := b.run(nn.Options{Adapters: []nn.Adapter{&nn.LoRA{Weights: w, Scale: 0.5}}}, func(p *nn.Pass, n []*Node) []*Node {
		return []*Node{c.Forward(p, n[0])}
	}, x)[0]
	b.set(c.Weight, merge(waves(c.Weight.Size(), 1), down, up, out, rank, 0.5)...)
	near(t, "adapter", got, b.forward(c.Forward, x), 1e-5)
}

// Every row of a batch may have a pair and a scale of its own: each gives what it
// gives alone.
func TestOffsetOfEachRow(t *testing.T) {
	const batch, n, in, out, rank = 3, 5, 4, 2, 2
	b := setup(t)
	l := nn.NewLinear(b.In("to_v"), in, out, true)
	b.random()
	forward := func(p *nn.Pass, x, down, up, scale *Node) *Node {
		p.Adapters = []nn.Adapter{one{l.Name(), nn.Offset{Down: down, Up: up, Scale: scale}}}
		return l.Forward(p, x)
	}
	row := func(x *Node, i int) *Node { return Squeeze(SliceAxis(x, 0, AxisElem(i)), 0) }
	args := []any{waveTensor(7, batch, n, in), waveTensor(4, batch, rank, in), waveTensor(5, batch, out, rank), []float32{1, -0.5, 2}}
	for name, dtype := range map[string]dtypes.DType{"float32": dtypes.Float32, "bfloat16": dtypes.BFloat16} {
		t.Run(name, func(t *testing.T) {
			got := b.run(nn.Options{DType: dtype, Gradients: nn.InputGradients}, func(p *nn.Pass, a []*Node) []*Node {
				var alone []*Node
				for i := range batch {
					alone = append(alone, forward(p, row(a[0], i), row(a[1], i), row(a[2], i), row(a[3], i)))
				}
				first := SliceAxis(a[0], 1, AxisElem(0)) // [batch, 1, in]
				y := forward(p, a[0], a[1], a[2], a[3])
				return []*Node{y, Stack(alone, 0), forward(p, Squeeze(first, 1), a[1], a[2], a[3]), SliceAxis(y, 1, AxisElem(0))}
			}, args...)
			near(t, "rows", got[0], got[1], 1e-6)
			near(t, "rows of a matrix", got[2], got[3], 1e-6)
		})
	}
	loss := func(p *nn.Pass, a []*Node) *Node { return ReduceAllSum(Square(forward(p, a[0], a[1], a[2], a[3]))) }
	for what, at := range map[string]int{"input": 0, "down": 1, "up": 2, "scale": 3} {
		got := b.run(nn.Options{Gradients: nn.InputGradients}, func(p *nn.Pass, a []*Node) []*Node {
			const step = 0.01
			direction := Sin(AddScalar(MulScalar(IotaFull(a[at].Graph(), a[at].Shape()), 3), 1))
			moved := func(by float64) *Node {
				there := slices.Clone(a)
				there[at] = Add(a[at], MulScalar(direction, by))
				return loss(p, there)
			}
			slope := MulScalar(Sub(moved(step), moved(-step)), 1/(2*step))
			return []*Node{ReduceAllSum(Mul(Gradient(loss(p, a), a[at])[0], direction)), slope}
		}, args...)
		near(t, "gradient of "+what, got[0], got[1], 1e-3)
	}
}

// A mask keeps an offset to some positions: there the layer is the adapted one, to
// the bit the plain one elsewhere.
func TestOffsetMask(t *testing.T) {
	const batch, n, in, out, rank = 2, 3, 4, 5, 2
	b := setup(t)
	l := nn.NewLinear(b.In("attn2.to_k"), in, out, false)
	b.random()
	x, each := waveTensor(7, batch, n, in), [][][]float32{{{0}, {1}, {0}}, {{1}, {0}, {0.5}}} // [batch, n, 1]
	down, up := waveTensor(4, rank, in), waveTensor(5, out, rank)
	for name, dtype := range map[string]dtypes.DType{"float32": dtypes.Float32, "bfloat16": dtypes.BFloat16} {
		t.Run(name, func(t *testing.T) {
			got := b.run(nn.Options{DType: dtype}, func(p *nn.Pass, a []*Node) []*Node {
				forward := func(mask *Node) *Node {
					p.Adapters = []nn.Adapter{one{l.Name(), nn.Offset{Down: a[1], Up: a[2], Scale: Scalar(a[0].Graph(), dtypes.Float32, 2), Mask: mask}}}
					return l.Forward(p, a[0])
				}
				return []*Node{l.Base(p, a[0]), forward(nil), forward(a[3]), forward(Slice(a[3], AxisElem(0)))}
			}, x, down, up, each)
			plain, whole, masked, same := got[0], got[1], got[2], got[3]
			at := func(v []float32, row, position int) []float32 { return v[(row*n+position)*out:][:out] }
			for row := range batch {
				for position := range n {
					share := each[row][position][0]
					want := slices.Clone(at(plain, row, position))
					for i, y := range at(whole, row, position) {
						want[i] += share * (y - want[i])
					}
					tolerance := 1e-6
					if share == 0 {
						tolerance = 0
					}
					near(t, "a mask of each row", at(masked, row, position), want, tolerance)
				}
				near(t, "one mask", at(same, row, 0), at(plain, row, 0), 0)
				near(t, "one mask", at(same, row, 1), at(whole, row, 1), 1e-6)
			}
		})
	}
}
