package unet

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
)

var folder = nn.Folder[Config, *Model]{
	Kind: "UNet", Config: ReadConfig, New: New,
	Params: func(m *Model) []*nn.Param { return m.Params },
}

// Open reads DIR/config.json and the weights beside it into store, under the
// path element component. Every missing, unexpected or wrongly shaped key is
// reported at once.
func Open(dir string, store *model.Store, component string, options ...nn.OpenOption) (*Model, *nn.Weights, error) {
	return folder.Open(dir, store, component, options...)
}
