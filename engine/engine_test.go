package engine_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/engine/enginetest"
)

func TestOpenRunsAGraph(t *testing.T) {
	e := enginetest.Open(t)
	exec, err := graph.NewExec(e.Backend(), func(x *graph.Node) *graph.Node { return graph.AddScalar(graph.Mul(x, x), 1) })
	if err != nil {
		t.Fatal(err)
	}
	got := exec.MustCall([]float32{1, 2, 3})[0].Value()
	if diff := cmp.Diff([]float32{2, 5, 10}, got); diff != "" {
		t.Errorf("x*x+1 (-want +got):\n%s", diff)
	}
}
