package clip_test

import (
	"context"
	"fmt"
	"log"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
)

// A text model's states are what a diffusion model reads; a placeholder token
// has an id above the vocabulary and a row from outside.
func ExampleTextModel_Forward() {
	config := clip.DefaultTextConfig()
	config.VocabSize, config.HiddenSize, config.IntermediateSize, config.NumHiddenLayers = 100, 16, 32, 2
	text, err := clip.NewText(config)
	if err != nil {
		log.Fatal(err)
	}
	store := model.NewStore()
	w := nn.NewWeights(store, "text_encoder")
	if err := w.Initialise(text.Params, 1); err != nil {
		log.Fatal(err)
	}
	e, err := engine.Open(context.Background(), engine.Config{Install: engine.InstallNever})
	if err != nil {
		log.Fatal(err)
	}
	defer e.Close()

	states, err := model.CallOnce(e.Backend(), store, func(_ *model.Scope, ids, rows *Node) *Node {
		return text.Forward(nn.NewPass(w, nn.Options{}), ids, clip.TextOptions{Rows: rows}).Last
	}, [][]int32{{98, 5, 100, 99}}, [][]float32{make([]float32, 16)})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(states.Shape().Dimensions)
	// Output: [1 4 16]
}
