package vae

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// Open reads DIR/config.json of an AutoencoderKL and the weights beside it into
// store, under the path element component. Attention names of old checkpoints
// are understood.
func Open(dir string, store *model.Store, component string) (*Model, *nn.Weights, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	m, err := New(c)
	if err != nil {
		return nil, nil, err
	}
	w := nn.NewWeights(store, component)
	return m, w, load(dir, w, m.Params)
}

// OpenTiny is Open for an AutoencoderTiny.
func OpenTiny(dir string, store *model.Store, component string) (*Tiny, *nn.Weights, error) {
	c, err := ReadTinyConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	t, err := NewTiny(c)
	if err != nil {
		return nil, nil, err
	}
	w := nn.NewWeights(store, component)
	return t, w, load(dir, w, t.Params)
}

func load(dir string, w *nn.Weights, params []*nn.Param) error {
	src, err := weights.OpenComponent(dir)
	if err != nil {
		return fmt.Errorf("open VAE: %w", err)
	}
	defer src.Close()
	if err := w.Load(nn.Renamed(src, Rename), params, nil); err != nil {
		return fmt.Errorf("load VAE from %s: %w", dir, err)
	}
	return nil
}
