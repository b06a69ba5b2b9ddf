package concept

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// tokenTable is the checkpoint key of a CLIP text encoder's token embeddings,
// [vocab_size, hidden_size].
const tokenTable = "text_model.embeddings.token_embedding.weight"

// FitError says why a concept cannot be used with a model: the layers that the
// model does not have, and those of another size.
type FitError struct {
	Concept string
	Missing []string // names with their component
	Sizes   []string // what and both sizes
}

func (e *FitError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "concept %q was made for another kind of model", e.Concept)
	list := func(what string, items []string) {
		const most = 8
		if len(items) == 0 {
			return
		}
		fmt.Fprintf(&b, "; %d %s: %s", len(items), what, strings.Join(items[:min(len(items), most)], ", "))
		if len(items) > most {
			b.WriteString(", ...")
		}
	}
	list("sizes differ", e.Sizes)
	list("layers are not in this model", e.Missing)
	return b.String()
}

// CheckFit says with a *FitError whether a concept's layers are those of the
// model in store, and of the same sizes. The model's components are under the
// path elements unet and text_encoder.
func (c *Concept) CheckFit(store *model.Store) error {
	e := &FitError{Concept: c.Name}
	if len(c.Embeddings) > 0 {
		e.checkWidth(store, c.Width())
	}
	for _, l := range c.layers() {
		v := nn.NewWeights(store, l.Component).Variable(l.Layer + ".weight")
		if v == nil {
			e.Missing = append(e.Missing, layerKey(l))
			continue
		}
		if want, got := v.Shape().Dimensions, product(l, v.Shape().Rank()); !slices.Equal(want, got) {
			e.Sizes = append(e.Sizes, fmt.Sprintf("%s changes a weight of %v, the model's is %v", layerKey(l), got, want))
		}
	}
	if len(e.Missing)+len(e.Sizes) > 0 {
		return e
	}
	return nil
}

func (e *FitError) checkWidth(store *model.Store, width int) {
	v := nn.NewWeights(store, weights.TextEncoder).Variable(tokenTable)
	if v == nil {
		e.Missing = append(e.Missing, weights.TextEncoder+"."+tokenTable)
		return
	}
	if want := v.Shape().Dim(-1); want != width {
		e.Sizes = append(e.Sizes, fmt.Sprintf("the placeholder's vectors have %d numbers, the text encoder's have %d", width, want))
	}
}

// product is the shape of the weight that a layer changes, in graph layout: a
// matrix [out, in], or a kernel [kh, kw, in, out] where the model's has rank 4.
func product(l weights.LoRALayer, rank int) []int {
	out, in, kh, kw := l.UpShape[0], l.DownShape[1], 1, 1
	if len(l.DownShape) == 4 {
		kh, kw = l.DownShape[2], l.DownShape[3]
	}
	if rank == 4 || kh*kw != 1 {
		return []int{kh, kw, in, out}
	}
	return []int{out, in}
}
