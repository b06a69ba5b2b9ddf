package engine

import (
	"log/slog"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// TestWorkingMemory counts by hand. Every matrix is 8x8 float32, 256 bytes.
func TestWorkingMemory(t *testing.T) {
	skipPureGoUnderRace(t, Config{Device: DeviceGo})
	e, err := Open(t.Context(), Config{Device: DeviceGo, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const matrix = 256
	for name, c := range map[string]struct {
		build func(x *graph.Node) []*graph.Node
		want  int64
	}{
		// Alone the result is there.
		"a chain of elementwise operations": {func(x *graph.Node) []*graph.Node {
			return []*graph.Node{graph.Exp(graph.Sin(graph.Neg(x)))}
		}, matrix},
		// The first product is alive until the second one has its result.
		"two products": {func(x *graph.Node) []*graph.Node {
			return []*graph.Node{graph.MatMul(graph.MatMul(x, x), x)}
		}, 2 * matrix},
		// A product wants its input laid out, also through a change of shape; the
		// input is alive while its result is made.
		"a product of a chain": {func(x *graph.Node) []*graph.Node {
			y := graph.Reshape(graph.Exp(x), 4, 16)
			return []*graph.Node{graph.MatMul(graph.Reshape(y, 8, 8), x)}
		}, 2 * matrix},
		// What a late elementwise operation reads stays alive until then: a, b and
		// the product of both, and the sum at the end in place of b.
		"a long wait": {func(x *graph.Node) []*graph.Node {
			a := graph.MatMul(x, x)
			b := graph.MatMul(a, x)
			return []*graph.Node{graph.Add(a, graph.MatMul(b, x))}
		}, 3 * matrix},
		// A sum that is laid out for the last product is computed anew, of the first
		// one, for the product of its exponential: that one stays too.
		"a detour": {func(x *graph.Node) []*graph.Node {
			vector := graph.Parameter(x.Graph(), "vector", shapes.Make(dtypes.Float32, 8, 1))
			a := graph.Add(graph.MatMul(x, x), x)
			return []*graph.Node{graph.MatMul(a, graph.MatMul(graph.Exp(a), vector))}
		}, 3 * matrix},
		// Behind the last product that wants it laid out, it is read there, and the
		// two of which it was made are not needed; the vector is a result.
		"a late loop": {func(x *graph.Node) []*graph.Node {
			vector := graph.Parameter(x.Graph(), "vector", shapes.Make(dtypes.Float32, 8, 1))
			a := graph.Add(graph.MatMul(x, x), graph.MatMul(x, x))
			first := graph.MatMul(a, vector)
			return []*graph.Node{first, graph.ReduceAllSum(graph.Add(graph.Exp(a), graph.MatMul(graph.MatMul(x, x), x)))}
		}, 3*matrix + 32},
		// What nothing depends on is not computed.
		"a dead end": {func(x *graph.Node) []*graph.Node {
			graph.MatMul(graph.MatMul(x, x), x)
			return []*graph.Node{graph.ReduceAllSum(x)}
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			g := graph.NewGraph(e.Backend(), name)
			defer g.Finalize()
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 8, 8))
			if got := WorkingMemory(c.build(x)...); got != c.want {
				t.Errorf("%d bytes, want %d", got, c.want)
			}
		})
	}
	if got := WorkingMemory(); got != 0 {
		t.Errorf("nothing takes %d bytes", got)
	}
}
