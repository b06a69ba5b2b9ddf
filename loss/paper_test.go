package loss_test

import (
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/loss"
)

// TestGoldenContrastive compares neighbours among all words of a text encoder,
// losses and gradients. The fixture's own rounding is 7e-6 of a loss and 9e-5
// of a gradient (ours 4e-7 and 1e-6), by the formula in float64.
func TestGoldenContrastive(t *testing.T) {
	dir := golden.Dir(t, "paper")
	values := golden.Open(t, dir, "paper.safetensors")
	table := golden.Open(t, golden.Dir(t, "sd1-tiny"), "text_encoder", "model.safetensors").
		Tensor("text_model.embeddings.token_embedding.weight")
	var about map[string]struct {
		Neighbours int
		Tau        float64
	}
	golden.JSON(t, &about, dir, "paper.json")
	cases := 0
	for name, settings := range about {
		if !strings.HasPrefix(name, "contrastive.") {
			continue
		}
		cases++
		t.Run(name, func(t *testing.T) {
			c := loss.Contrastive{Neighbours: settings.Neighbours, Temperature: settings.Tau}
			exec, err := NewExec(enginetest.Open(t).Backend(), func(v, table *Node) []*Node {
				l := c.Loss(v, table, nil)
				return []*Node{l, Gradient(l, v)[0], c.Nearest(v, table)}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			out, err := exec.Call(values.Tensor("contrastive.embeddings"), table)
			if err != nil {
				t.Fatal(err)
			}
			nearest := tensors.MustCopyFlatData[int32](out[2])
			if want := values.Int32(name + ".neighbours"); !slices.Equal(nearest, want) {
				t.Errorf("the nearest are %v, want %v", nearest, want)
			}
			values.Close(name+".loss", golden.Flat(t, out[0]), 1e-5, true)
			values.Close(name+".grad", golden.Flat(t, out[1]), 2e-4, true)
		})
	}
	if cases == 0 {
		t.Error("the fixture has no contrastive losses")
	}
}

func TestGoldenSquaredLength(t *testing.T) {
	values := golden.Open(t, golden.Dir(t, "paper"), "paper.safetensors")
	out := run(t, func(in []*Node) []*Node { return []*Node{loss.SquaredLength(in[0])} },
		values.Tensor("contrastive.embeddings"))
	values.Close("l2.loss", out[0], 1e-6, true)
}
