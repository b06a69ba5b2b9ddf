package nn

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/weights"
)

// Folder says how a model M of config C is read from a folder of config.json
// and weights.
type Folder[C, M any] struct {
	// Kind is the model's name in errors: "UNet".
	Kind string
	// Config reads DIR/config.json, New declares the model, and Params are its
	// parameters.
	Config func(dir string) (C, error)
	New    func(C) (M, error)
	Params func(M) []*Param

	// Rename, if set, gives the key of today for a key of the file.
	Rename func(c C, key string) string
	// Complete, if set, adds to the config what only the weights tell.
	Complete func(c C, src weights.Source) C
	// Ignore, if set, names keys of today that the model does not use.
	Ignore func(key string) bool
}

// Open reads a folder's config and its weights into store, under the path
// element component. An error names the folder, and every missing, unexpected
// or wrongly shaped key at once.
func (f Folder[C, M]) Open(dir string, store *model.Store, component string, options ...OpenOption) (m M, w *Weights, err error) {
	var none M
	c, err := f.Config(dir)
	if err != nil {
		return none, nil, err
	}
	src, err := weights.OpenComponent(dir)
	if err != nil {
		return none, nil, fmt.Errorf("open %s: %w", f.Kind, err)
	}
	defer src.Close()
	if f.Rename != nil {
		src = Renamed(src, func(key string) string { return f.Rename(c, key) })
	}
	if f.Complete != nil {
		c = f.Complete(c, src)
	}
	if m, err = f.New(c); err != nil {
		return none, nil, fmt.Errorf("open %s from %s: %w", f.Kind, dir, err)
	}
	w = NewWeights(store, component)
	for _, o := range options {
		o(w)
	}
	if err := w.Load(src, f.Params(m), f.Ignore); err != nil {
		return none, nil, fmt.Errorf("load %s from %s: %w", f.Kind, dir, err)
	}
	return m, w, nil
}
