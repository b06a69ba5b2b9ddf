package vae

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
)

var (
	folder = nn.Folder[Config, *Model]{
		Kind: "VAE", Config: ReadConfig, New: New,
		Params: func(m *Model) []*nn.Param { return m.Params },
		Rename: func(_ Config, key string) string { return Rename(key) },
	}
	tinyFolder = nn.Folder[TinyConfig, *Tiny]{
		Kind: "VAE", Config: ReadTinyConfig, New: NewTiny,
		Params: func(t *Tiny) []*nn.Param { return t.Params },
	}
)

// Open reads DIR/config.json of an AutoencoderKL and the weights beside it into
// store, under the path element component. Attention names of old checkpoints
// are understood.
func Open(dir string, store *model.Store, component string, options ...nn.OpenOption) (*Model, *nn.Weights, error) {
	return folder.Open(dir, store, component, options...)
}

// OpenTiny is Open for an AutoencoderTiny.
func OpenTiny(dir string, store *model.Store, component string, options ...nn.OpenOption) (*Tiny, *nn.Weights, error) {
	return tinyFolder.Open(dir, store, component, options...)
}
