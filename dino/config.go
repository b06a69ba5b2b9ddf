package dino

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/nn"
)

// The values of model_type.
const (
	TypeDINOv2 = "dinov2"
	TypeViT    = "vit"
)

// Config is the part of config.json that decides the graph.
type Config struct {
	// ModelType is [TypeDINOv2] or [TypeViT].
	ModelType         string `json:"model_type"`
	HiddenSize        int    `json:"hidden_size"`
	NumHiddenLayers   int    `json:"num_hidden_layers"`
	NumAttentionHeads int    `json:"num_attention_heads"`
	NumChannels       int    `json:"num_channels"`
	// ImageSize is the side for which the positions were learned.
	ImageSize int `json:"image_size"`
	PatchSize int `json:"patch_size"`
	// IntermediateSize is the inner width of a ViT's MLP; DINOv2 has MLPRatio
	// times HiddenSize.
	IntermediateSize int     `json:"intermediate_size"`
	MLPRatio         float64 `json:"mlp_ratio"`
	HiddenAct        string  `json:"hidden_act"`
	LayerNormEps     float64 `json:"layer_norm_eps"`
	QKVBias          bool    `json:"qkv_bias"`
	UseSwiGLU        bool    `json:"use_swiglu_ffn"`
}

// DefaultConfig holds transformers' defaults for a model type, which config
// files may leave out.
func DefaultConfig(modelType string) Config {
	c := Config{
		ModelType: modelType, HiddenSize: 768, NumHiddenLayers: 12, NumAttentionHeads: 12, NumChannels: 3,
		ImageSize: 224, PatchSize: 16, IntermediateSize: 3072, MLPRatio: 4,
		HiddenAct: "gelu", LayerNormEps: 1e-12, QKVBias: true,
	}
	if modelType == TypeDINOv2 {
		c.PatchSize, c.LayerNormEps = 14, 1e-6
	}
	return c
}

// ReadConfig reads DIR/config.json.
func ReadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read DINO config: %w", err)
	}
	var c Config
	// The first reading finds the type, which the defaults depend on.
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, fmt.Errorf("read DINO config %s: %w", path, err)
	}
	c = DefaultConfig(c.ModelType)
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, fmt.Errorf("read DINO config %s: %w", path, err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("DINO config %s: %w", path, err)
	}
	return c, nil
}

// Grid is the number of patches along a side of a picture of ImageSize.
func (c Config) Grid() int { return c.ImageSize / c.PatchSize }

// inner is the MLP's inner width.
func (c Config) inner() int {
	if c.ModelType == TypeDINOv2 {
		return int(float64(c.HiddenSize) * c.MLPRatio)
	}
	return c.IntermediateSize
}

// Bounds that no published model comes near; they keep a broken config from
// asking for more memory than there is.
const (
	maxWidth  = 1 << 15
	maxLayers = 256
)

// Validate reports the first value that this package cannot build, by its key.
func (c Config) Validate() error {
	if c.ModelType != TypeDINOv2 && c.ModelType != TypeViT {
		return fmt.Errorf("model_type: %q is not supported; %s (without registers) and %s are", c.ModelType, TypeDINOv2, TypeViT)
	}
	if c.UseSwiGLU {
		return fmt.Errorf("use_swiglu_ffn: the gated MLP of DINOv2 giant is not supported; use the small, base or large model")
	}
	if err := c.validateSizes(); err != nil {
		return err
	}
	if _, err := nn.Activation(c.HiddenAct); err != nil {
		return fmt.Errorf("hidden_act: %w", err)
	}
	if !(c.LayerNormEps > 0 && c.LayerNormEps < 1) {
		return fmt.Errorf("layer_norm_eps: %g is not between 0 and 1", c.LayerNormEps)
	}
	return nil
}

func (c Config) validateSizes() error {
	innerKey := "intermediate_size"
	if c.ModelType == TypeDINOv2 {
		innerKey = "mlp_ratio times hidden_size"
		if math.IsNaN(c.MLPRatio) || c.MLPRatio <= 0 || c.MLPRatio > 64 {
			return fmt.Errorf("mlp_ratio: %g is not between 0 and 64", c.MLPRatio)
		}
	}
	for _, l := range []struct {
		key        string
		value, max int
	}{
		{"hidden_size", c.HiddenSize, maxWidth}, {"num_hidden_layers", c.NumHiddenLayers, maxLayers},
		{"num_attention_heads", c.NumAttentionHeads, maxWidth}, {"num_channels", c.NumChannels, 64},
		{"image_size", c.ImageSize, maxWidth}, {"patch_size", c.PatchSize, c.ImageSize},
		{innerKey, c.inner(), 4 * maxWidth},
	} {
		if l.value < 1 || l.value > l.max {
			return fmt.Errorf("%s: %d is not between 1 and %d", l.key, l.value, l.max)
		}
	}
	if c.HiddenSize%c.NumAttentionHeads != 0 {
		return fmt.Errorf("hidden_size: %d is not a multiple of num_attention_heads %d", c.HiddenSize, c.NumAttentionHeads)
	}
	return nil
}
