package dino_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
)

// tolerance is the golden README's.
const tolerance = 2e-5

// evaluate runs the model on NCHW pictures and returns its outputs by the names
// of the fixture.
func evaluate(t *testing.T, m *dino.Model, w *nn.Weights, prefix string, pictures *tensors.Tensor) map[string][]float32 {
	t.Helper()
	var names []string
	exec, err := model.NewExec(enginetest.Open(t).Backend(), w.Store(), func(_ *model.Scope, x *Node) []*Node {
		out := m.Forward(nn.NewPass(w, nn.Options{}), nn.ToNHWC(x))
		names = []string{prefix + "last_hidden_state", prefix + "cls"}
		nodes := []*Node{out.Last, out.CLS}
		for i, s := range out.HiddenStates {
			names = append(names, fmt.Sprintf("%shidden_states.%d", prefix, i))
			nodes = append(nodes, ConvertDType(s, dtypes.Float32))
		}
		return nodes
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(pictures)
	if err != nil {
		t.Fatal(err)
	}
	flat := map[string][]float32{}
	for i, r := range results {
		flat[names[i]] = golden.Flat(t, r)
	}
	return flat
}

func TestGoldenStates(t *testing.T) {
	for _, fixture := range []string{"dino-tiny/dinov2", "dino-tiny/vit"} {
		dir := golden.Dir(t, fixture)
		f := golden.Open(t, dir, "golden", "outputs.safetensors")
		m, w, err := dino.Open(dir, model.NewStore(), "dino")
		if err != nil {
			t.Fatal(err)
		}
		cases := 0
		for _, name := range f.Names() {
			prefix, found := strings.CutSuffix(name, "pixel_values")
			if !found {
				continue
			}
			cases++
			t.Run(fixture+"/"+prefix, func(t *testing.T) {
				for name, values := range evaluate(t, m, w, prefix, f.Tensor(name)) {
					f.Close(name, values, tolerance, false)
				}
			})
		}
		if cases == 0 {
			t.Errorf("%s: found no pixel_values among %q", fixture, f.Names())
		}
	}
}
