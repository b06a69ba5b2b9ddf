package nn_test

import (
	"testing"

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
