package optim_test

import (
	"maps"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/optim"
)

// newtonSchulz is what five steps make of one singular value.
func newtonSchulz(s float64) float64 {
	for range 5 {
		s = 3.4445*s - 4.7750*s*s*s + 2.0315*s*s*s*s*s
	}
	return s
}

// TestMuon moves a matrix whose singular vectors are the axes, so that each
// entry of the momentum goes its own way: along (1 - 0.95^2) of the first gradient.
// A tall matrix goes through transposed.
func TestMuon(t *testing.T) {
	for name, dims := range map[string][2]int{"wide": {2, 3}, "tall": {3, 2}} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, 0)
			rows, columns := dims[0], dims[1]
			grad, start := make([][]float32, rows), make([][]float32, rows)
			for i := range grad {
				grad[i], start[i] = make([]float32, columns), make([]float32, columns)
			}
			grad[0][0], grad[1][1] = 30, -4
			start[0][0], start[0][1] = 2, 1
			v := b.store.VariableWithValue("/unet/matrix", start)
			vars := []*model.Variable{v}
			u := optim.DefaultMuon()
			if err := u.NewState(b.store, vars); err != nil {
				t.Fatal(err)
			}
			b.run(func(in []*Node) []*Node {
				u.Update(b.store, vars, []*Node{in[0]}, in[1])
				return in[:1]
			}, grad, u.Scalars(0.1, 1))
			norm := math.Hypot(30, 4)
			step := 0.1 * 0.2 * math.Sqrt(3)
			want := make([]float32, rows*columns)
			want[0] = float32(2*(1-0.001) - step*newtonSchulz(30/norm))
			want[1] = 1 - 0.001
			want[columns+1] = float32(step * newtonSchulz(4/norm))
			near(t, "the matrix", b.values("/unet/matrix"), want)
			if paths := u.StatePaths(vars); len(paths) != 1 {
				t.Errorf("the state of a matrix is %q, want its momentum alone", paths)
			}
		})
	}
}

// Matrices of one shape, or of its transpose, go through in one stack: each moves
// as it does alone. A convolution's kernel moves as the matrix that it is.
func TestMuonTogether(t *testing.T) {
	shapes := map[string][]int{
		"/unet/a": {3, 5}, "/unet/b": {3, 5}, "/unet/c": {5, 3}, "/unet/d": {3, 5}, // stacked
		"/unet/e": {2, 6}, "/unet/f": {4, 4}, // alone in their stacks
		"/unet/conv": {3, 3, 2, 4}, "/unet/g": {4, 18}, // stacked as 4 by 18
	}
	paths := slices.Sorted(maps.Keys(shapes))
	waves := func(path string, phase float64) []float32 {
		n := 1
		for _, d := range shapes[path] {
			n *= d
		}
		flat := make([]float32, n)
		for i := range flat {
			flat[i] = float32(math.Sin(phase + float64(slices.Index(paths, path)) + 1.7*float64(i)))
		}
		return flat
	}
	u := optim.DefaultMuon()
	// moved takes two steps, so that the momentum of the first tells in the second.
	moved := func(paths []string, shape func(path string) []int) *bundle {
		b := setup(t, 0)
		var vars []*model.Variable
		for _, path := range paths {
			vars = append(vars, b.store.VariableWithValue(path, tensors.FromFlatDataAndDimensions(waves(path, 0), shape(path)...)))
		}
		if err := u.NewState(b.store, vars); err != nil {
			t.Fatal(err)
		}
		for step := 1; step <= 2; step++ {
			args := []any{u.Scalars(0.1, step)}
			for _, path := range paths {
				args = append(args, tensors.FromFlatDataAndDimensions(waves(path, 0.3*float64(step)), shape(path)...))
			}
			b.run(func(in []*Node) []*Node {
				u.Update(b.store, vars, in[1:], in[0])
				return in[:1]
			}, args...)
		}
		return b
	}
	together := moved(paths, func(path string) []int { return shapes[path] })
	for _, path := range paths {
		alone := moved([]string{path}, func(path string) []int {
			last := shapes[path][len(shapes[path])-1]
			return []int{len(waves(path, 0)) / last, last}
		})
		near(t, path, together.values(path), alone.values(path))
		momentum := u.StatePaths([]*model.Variable{alone.store.GetVariable(path)})[0]
		near(t, "the momentum of "+path, together.values(momentum), alone.values(momentum))
	}
}

// What is not a matrix of a hidden layer moves as AdamW moves it.
func TestMuonLeavesTheRest(t *testing.T) {
	for _, path := range []string{"/unet/bias", "/text/token_embedding/weight", "/unet/conv_in/weight"} {
		var got [2][]float32
		for i, o := range []optim.Optimizer{optim.DefaultMuon(), optim.DefaultAdamW()} {
			b := setup(t, 0)
			vars := []*model.Variable{b.store.VariableWithValue(path, [][]float32{{1, 2}, {3, 4}})}
			if path == "/unet/bias" {
				vars[0] = b.w
			}
			grad := any([][]float32{{1, -1}, {0, 5}})
			if path == "/unet/bias" {
				grad = []float32{3}
			}
			if err := o.NewState(b.store, vars); err != nil {
				t.Fatal(err)
			}
			b.run(func(in []*Node) []*Node {
				o.Update(b.store, vars, []*Node{in[0]}, in[1])
				return in[:1]
			}, grad, o.Scalars(0.1, 1))
			got[i] = b.values(vars[0].Path())
			if len(o.StatePaths(vars)) != 2 {
				t.Errorf("%s: the state is %q", path, o.StatePaths(vars))
			}
		}
		near(t, path, got[0], got[1])
	}
}
