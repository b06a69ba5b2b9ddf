package diffusion

import (
	"context"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine/enginetest"
)

func TestProgramsAreBounded(t *testing.T) {
	m := &Model{Engine: enginetest.Open(t), Store: model.NewStore()}
	ps := &programs{limit: 2}
	built := 0
	call := func(key string, factor float64) {
		t.Helper()
		got, err := m.run1(context.Background(), ps, "multiply", key, func(in []*Node) []*Node {
			built++
			return []*Node{MulScalar(in[0], factor)}
		}, tensors.FromValue([]float32{3}))
		if err != nil || got[0] != float32(3*factor) {
			t.Fatalf("%s gave %v, %v", key, got, err)
		}
	}
	call("a", 1)
	call("b", 2)
	call("a", 1)
	call("c", 3) // b goes, for a was used since
	call("a", 1)
	if built != 3 || len(ps.entries) != 2 {
		t.Errorf("built %d programs and kept %d, want 3 and 2", built, len(ps.entries))
	}
	call("b", 2)
	if built != 4 {
		t.Errorf("built %d programs, want b again", built)
	}
}

// A panic while a graph is built becomes an error and leaves no program.
func TestProgramThatCannotBeBuilt(t *testing.T) {
	m := &Model{Engine: enginetest.Open(t), Store: model.NewStore()}
	ps := &programs{limit: 2}
	_, err := m.run(context.Background(), ps, "add up", "bad", func(in []*Node) []*Node {
		return []*Node{Add(in[0], Reshape(in[0], 5))}
	}, tensors.FromValue([]float32{1, 2}))
	if err == nil || !strings.HasPrefix(err.Error(), "add up: ") {
		t.Errorf("got %v, want an error that names the work", err)
	}
	if len(ps.entries) != 0 {
		t.Error("the program was kept")
	}
}
