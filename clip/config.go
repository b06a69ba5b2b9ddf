package clip

import (
	"fmt"

	"github.com/ichimai/ichimai/nn"
)

// TextConfig is the part of a text model's config.json that decides its graph.
type TextConfig struct {
	VocabSize             int     `json:"vocab_size"`
	HiddenSize            int     `json:"hidden_size"`
	IntermediateSize      int     `json:"intermediate_size"`
	ProjectionDim         int     `json:"projection_dim"`
	NumHiddenLayers       int     `json:"num_hidden_layers"`
	NumAttentionHeads     int     `json:"num_attention_heads"`
	MaxPositionEmbeddings int     `json:"max_position_embeddings"`
	HiddenAct             string  `json:"hidden_act"`
	LayerNormEps          float64 `json:"layer_norm_eps"`
	// EOSTokenID decides where the pooled state is taken: see [TextOutput].
	EOSTokenID int `json:"eos_token_id"`
	// Projection says whether there is a text_projection, as the config's
	// architectures tell.
	Projection bool `json:"-"`
}

// DefaultTextConfig holds transformers' defaults, which config files may leave
// out: the text tower of ViT-B/32.
func DefaultTextConfig() TextConfig {
	return TextConfig{
		VocabSize: 49408, HiddenSize: 512, IntermediateSize: 2048, ProjectionDim: 512,
		NumHiddenLayers: 12, NumAttentionHeads: 8, MaxPositionEmbeddings: 77,
		HiddenAct: "quick_gelu", LayerNormEps: 1e-5, EOSTokenID: 49407,
	}
}

// VisionConfig is the part of a vision model's config.json that decides its graph.
type VisionConfig struct {
	HiddenSize        int     `json:"hidden_size"`
	IntermediateSize  int     `json:"intermediate_size"`
	ProjectionDim     int     `json:"projection_dim"`
	NumHiddenLayers   int     `json:"num_hidden_layers"`
	NumAttentionHeads int     `json:"num_attention_heads"`
	NumChannels       int     `json:"num_channels"`
	ImageSize         int     `json:"image_size"`
	PatchSize         int     `json:"patch_size"`
	HiddenAct         string  `json:"hidden_act"`
	LayerNormEps      float64 `json:"layer_norm_eps"`
	// Projection says whether there is a visual_projection, as the config's
	// architectures tell.
	Projection bool `json:"-"`
}

// DefaultVisionConfig holds transformers' defaults, which config files may
// leave out: the vision tower of ViT-B/32.
func DefaultVisionConfig() VisionConfig {
	return VisionConfig{
		HiddenSize: 768, IntermediateSize: 3072, ProjectionDim: 512,
		NumHiddenLayers: 12, NumAttentionHeads: 12, NumChannels: 3, ImageSize: 224, PatchSize: 32,
		HiddenAct: "quick_gelu", LayerNormEps: 1e-5,
	}
}

// Grid is the number of patches along a side.
func (c VisionConfig) Grid() int { return c.ImageSize / c.PatchSize }

// Config is the config.json of a CLIPModel: both towers.
type Config struct {
	Text   TextConfig
	Vision VisionConfig
	// ProjectionDim is the width of the space that both towers share.
	ProjectionDim int
	// LogitScaleInit is the logarithm of the logit scale before training.
	LogitScaleInit float64
}

// DefaultConfig holds transformers' defaults.
func DefaultConfig() Config {
	c := Config{
		Text: DefaultTextConfig(), Vision: DefaultVisionConfig(),
		ProjectionDim: 512, LogitScaleInit: 2.6592,
	}
	return c.joined()
}

// joined makes both towers project to the shared space.
func (c Config) joined() Config {
	c.Text.Projection, c.Text.ProjectionDim = true, c.ProjectionDim
	c.Vision.Projection, c.Vision.ProjectionDim = true, c.ProjectionDim
	return c
}

// Bounds that no published model comes near; they keep a broken config from
// asking for more memory than there is.
const (
	maxWidth  = 1 << 15
	maxLayers = 256
	maxVocab  = 1 << 24
	maxLength = 1 << 16
)

// limit is a config value with its key and its upper bound.
type limit struct {
	key        string
	value, max int
}

func checkLimits(limits ...limit) error {
	for _, l := range limits {
		if l.value < 1 || l.value > l.max {
			return fmt.Errorf("%s: %d is not between 1 and %d", l.key, l.value, l.max)
		}
	}
	return nil
}

// checkEncoder checks what both towers have.
func checkEncoder(width, inner, layers, heads int, act string, eps float64) error {
	err := checkLimits(limit{"hidden_size", width, maxWidth}, limit{"intermediate_size", inner, 4 * maxWidth},
		limit{"num_hidden_layers", layers, maxLayers}, limit{"num_attention_heads", heads, maxWidth})
	if err != nil {
		return err
	}
	if width%heads != 0 {
		return fmt.Errorf("hidden_size: %d is not a multiple of num_attention_heads %d", width, heads)
	}
	if _, err := nn.Activation(act); err != nil {
		return fmt.Errorf("hidden_act: %w", err)
	}
	if !(eps > 0 && eps < 1) {
		return fmt.Errorf("layer_norm_eps: %g is not between 0 and 1", eps)
	}
	return nil
}

// Validate reports the first value that this package cannot build, by its key.
func (c TextConfig) Validate() error {
	err := checkEncoder(c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads, c.HiddenAct, c.LayerNormEps)
	if err != nil {
		return err
	}
	err = checkLimits(limit{"vocab_size", c.VocabSize, maxVocab},
		limit{"max_position_embeddings", c.MaxPositionEmbeddings, maxLength})
	if err != nil || !c.Projection {
		return err
	}
	return checkLimits(limit{"projection_dim", c.ProjectionDim, maxWidth})
}

// Validate reports the first value that this package cannot build, by its key.
func (c VisionConfig) Validate() error {
	err := checkEncoder(c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads, c.HiddenAct, c.LayerNormEps)
	if err != nil {
		return err
	}
	err = checkLimits(limit{"num_channels", c.NumChannels, 64}, limit{"image_size", c.ImageSize, maxWidth},
		limit{"patch_size", c.PatchSize, c.ImageSize})
	if err != nil || !c.Projection {
		return err
	}
	return checkLimits(limit{"projection_dim", c.ProjectionDim, maxWidth})
}

// Validate reports the first value that this package cannot build, by its key.
func (c Config) Validate() error {
	if err := c.Text.Validate(); err != nil {
		return fmt.Errorf("text_config: %w", err)
	}
	if err := c.Vision.Validate(); err != nil {
		return fmt.Errorf("vision_config: %w", err)
	}
	if !c.Text.Projection || !c.Vision.Projection || c.Text.ProjectionDim != c.Vision.ProjectionDim {
		return fmt.Errorf("projection_dim: both towers must project to the same width, found %d and %d",
			c.Text.ProjectionDim, c.Vision.ProjectionDim)
	}
	return nil
}
