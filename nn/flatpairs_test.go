package nn_test

import (
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/nn"
)

// TestFlatPairs compares the layout with what each parameter says of itself, for
// a linear layer and a convolution.
func TestFlatPairs(t *testing.T) {
	linear := &nn.Param{Name: "attn.to_q.weight", Shape: []int{3, 2}}
	conv := &nn.Param{Name: "conv.weight", Shape: []int{2, 1, 3, 3}}
	f := nn.FlatPairs{Layers: []*nn.Param{linear, conv}, Rank: 2}
	var shapes [][]int
	var names []string
	for _, p := range f.Params() {
		names, shapes = append(names, p.Name), append(shapes, p.Shape)
	}
	wantNames := []string{"attn.to_q.lora_down.weight", "attn.to_q.lora_up.weight", "conv.lora_down.weight", "conv.lora_up.weight"}
	wantShapes := [][]int{{2, 2}, {3, 2}, {2, 1, 3, 3}, {2, 2, 1, 1}}
	if diff := cmp.Diff(wantNames, names) + cmp.Diff(wantShapes, shapes); diff != "" {
		t.Error(diff)
	}
	flat := f.Start(func(layer int) *rand.Rand { return rand.New(rand.NewPCG(9, uint64(layer))) })
	if len(flat) != f.Size() || f.Size() != 4+6+18+4 {
		t.Fatalf("%d values, size %d", len(flat), f.Size())
	}
	for i, part := range f.Cut(flat) {
		zero := true
		for _, v := range part {
			zero = zero && v == 0
		}
		if zero != (i%2 == 1) {
			t.Errorf("part %d is %v", i, part)
		}
	}
	for i := range flat {
		flat[i] = float32(i)
	}
	out := setup(t).run(nn.Options{}, func(_ *nn.Pass, in []*Node) []*Node {
		a := f.Adapter(f.Leaves(in[0]), Scalar(in[0].Graph(), in[0].DType(), 1))
		q, _ := a.Offset(in[0].Graph(), "attn.to_q")
		c, _ := a.Offset(in[0].Graph(), "conv")
		if _, ok := a.Offset(in[0].Graph(), "other"); ok {
			t.Error("a layer without a pair has one")
		}
		return []*Node{q.Down, q.Up, c.Down, c.Up}
	}, flat)
	parts := f.Cut(flat)
	if diff := cmp.Diff(parts[0], out[0]) + cmp.Diff(parts[1], out[1]); diff != "" {
		t.Error(diff)
	}
	// [rank, in, 3, 3] to [3, 3, in, rank]: the second value is the second rank's first.
	if out[2][0] != parts[2][0] || out[2][1] != parts[2][9] || out[2][2] != parts[2][1] {
		t.Errorf("the convolution's down is %v of %v", out[2], parts[2])
	}
	// [out, rank, 1, 1] to [1, 1, rank, out].
	if diff := cmp.Diff([]float32{parts[3][0], parts[3][2], parts[3][1], parts[3][3]}, out[3]); diff != "" {
		t.Error(diff)
	}
}
