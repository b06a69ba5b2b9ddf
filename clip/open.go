package clip

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// Keys of the projections, by which a folder whose config does not say so is
// found to have one.
const (
	textProjection   = "text_projection.weight"
	visualProjection = "visual_projection.weight"
)

// OpenText reads DIR/config.json and the weights beside it into store, under
// the path element component. DIR holds a CLIPTextModel, one with projection,
// or a whole CLIPModel, of which the text half is read. Every missing,
// unexpected or wrongly shaped key is reported at once.
func OpenText(dir string, store *model.Store, component string) (*TextModel, *nn.Weights, error) {
	c, err := ReadTextConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	src, err := open(dir, "text_model.")
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	c.Projection = c.Projection || has(src, textProjection)
	m, err := NewText(c)
	if err != nil {
		return nil, nil, err
	}
	w := nn.NewWeights(store, component)
	return m, w, load(dir, src, w, m.Params, otherThanText)
}

// OpenVision is OpenText for the picture encoder.
func OpenVision(dir string, store *model.Store, component string) (*VisionModel, *nn.Weights, error) {
	c, err := ReadVisionConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	src, err := open(dir, "vision_model.")
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	c.Projection = c.Projection || has(src, visualProjection)
	m, err := NewVision(c)
	if err != nil {
		return nil, nil, err
	}
	w := nn.NewWeights(store, component)
	return m, w, load(dir, src, w, m.Params, otherThanVision)
}

// Open reads a CLIPModel folder, both towers, as [OpenText] does.
func Open(dir string, store *model.Store, component string) (*Model, *nn.Weights, error) {
	c, err := ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	m, err := New(c)
	if err != nil {
		return nil, nil, err
	}
	src, err := open(dir, "")
	if err != nil {
		return nil, nil, err
	}
	defer src.Close()
	w := nn.NewWeights(store, component)
	return m, w, load(dir, src, w, m.Params, isBuffer)
}

// open opens a folder's weights. Some versions of transformers leave the
// tower's name out of the keys of a single tower; it is put back.
func open(dir, tower string) (weights.Source, error) {
	src, err := weights.OpenComponent(dir)
	if err != nil {
		return nil, fmt.Errorf("open CLIP: %w", err)
	}
	if tower == "" {
		return src, nil
	}
	return nn.Renamed(src, func(key string) string { return Rename(key, tower) }), nil
}

// Rename puts a tower's name ("text_model." or "vision_model.") before a key
// that lacks it; other keys are kept.
func Rename(key, tower string) string {
	for _, part := range []string{"embeddings.", "encoder.", "final_layer_norm.", "pre_layrnorm.", "post_layernorm."} {
		if strings.HasPrefix(key, part) {
			return tower + key
		}
	}
	return key
}

func has(src weights.Source, name string) bool {
	_, ok := src.Info(name)
	return ok
}

func load(dir string, src weights.Source, w *nn.Weights, params []*nn.Param, ignore func(string) bool) error {
	if err := w.Load(src, params, ignore); err != nil {
		return fmt.Errorf("load CLIP from %s: %w", dir, err)
	}
	return nil
}

// isBuffer names what old files keep beside the weights: the numbers 0 to n-1.
func isBuffer(key string) bool { return strings.HasSuffix(key, "embeddings.position_ids") }

func otherThanText(key string) bool {
	return isBuffer(key) || key == logitScale || key == visualProjection || strings.HasPrefix(key, "vision_model.")
}

func otherThanVision(key string) bool {
	return isBuffer(key) || key == logitScale || key == textProjection || strings.HasPrefix(key, "text_model.")
}
