package clip

import (
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

// Some versions of transformers leave the tower's name out of the keys of a
// single tower; it is put back.
var (
	textFolder = nn.Folder[TextConfig, *TextModel]{
		Kind: "CLIP", Config: ReadTextConfig, New: NewText,
		Params: func(m *TextModel) []*nn.Param { return m.Params },
		Rename: func(_ TextConfig, key string) string { return Rename(key, "text_model.") },
		Complete: func(c TextConfig, src weights.Source) TextConfig {
			c.Projection = c.Projection || has(src, textProjection)
			return c
		},
		Ignore: otherThanText,
	}
	visionFolder = nn.Folder[VisionConfig, *VisionModel]{
		Kind: "CLIP", Config: ReadVisionConfig, New: NewVision,
		Params: func(m *VisionModel) []*nn.Param { return m.Params },
		Rename: func(_ VisionConfig, key string) string { return Rename(key, "vision_model.") },
		Complete: func(c VisionConfig, src weights.Source) VisionConfig {
			c.Projection = c.Projection || has(src, visualProjection)
			return c
		},
		Ignore: otherThanVision,
	}
	wholeFolder = nn.Folder[Config, *Model]{
		Kind: "CLIP", Config: ReadConfig, New: New,
		Params: func(m *Model) []*nn.Param { return m.Params },
		Ignore: isBuffer,
	}
)

// OpenText reads DIR/config.json and the weights beside it into store, under
// the path element component. DIR holds a CLIPTextModel, one with projection,
// or a whole CLIPModel, of which the text half is read. Every missing,
// unexpected or wrongly shaped key is reported at once.
func OpenText(dir string, store *model.Store, component string, options ...nn.OpenOption) (*TextModel, *nn.Weights, error) {
	return textFolder.Open(dir, store, component, options...)
}

// OpenVision is OpenText for the picture encoder.
func OpenVision(dir string, store *model.Store, component string, options ...nn.OpenOption) (*VisionModel, *nn.Weights, error) {
	return visionFolder.Open(dir, store, component, options...)
}

// Open reads a CLIPModel folder, both towers, as [OpenText] does.
func Open(dir string, store *model.Store, component string, options ...nn.OpenOption) (*Model, *nn.Weights, error) {
	return wholeFolder.Open(dir, store, component, options...)
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

// isBuffer names what old files keep beside the weights: the numbers 0 to n-1.
func isBuffer(key string) bool { return strings.HasSuffix(key, "embeddings.position_ids") }

func otherThanText(key string) bool {
	return isBuffer(key) || key == logitScale || key == visualProjection || strings.HasPrefix(key, "vision_model.")
}

func otherThanVision(key string) bool {
	return isBuffer(key) || key == logitScale || key == textProjection || strings.HasPrefix(key, "text_model.")
}
