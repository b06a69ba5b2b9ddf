package unet

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// Open reads DIR/config.json and the weights beside it into store, under the
// path element component. Every missing, unexpected or wrongly shaped key is
// reported at once.
func Open(dir string, store *model.Store, component string) (*Model, *nn.Weights, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	m, err := New(c)
	if err != nil {
		return nil, nil, err
	}
	src, err := weights.OpenComponent(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("open UNet: %w", err)
	}
	defer src.Close()
	w := nn.NewWeights(store, component)
	if err := w.Load(src, m.Params, nil); err != nil {
		return nil, nil, fmt.Errorf("load UNet from %s: %w", dir, err)
	}
	return m, w, nil
}
