package encoder

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ichimai/ichimai/nn"
)

// Class and Version are what config.json calls this network, and the highest
// version of its layout that this package reads.
const (
	Class   = "IchimaiTuningEncoder"
	Version = 2 // 1 has no tower
)

// Config is an encoder's config.json.
type Config struct {
	Class   string `json:"_class_name"`
	Version int    `json:"version"`
	// Base is the base model's hash ([diffusion.Model.BaseHash]) and Vision that of
	// the CLIP whose features are read ([diffusion.HashFolder]).
	Base   string `json:"base_hash"`
	Vision string `json:"vision_hash"`

	Sizes

	// VisionLayers are the hidden states of CLIP's picture tower whose class token is
	// read, 0 being the embeddings; each is VisionWidth wide.
	VisionLayers []int `json:"vision_layers"`
	VisionWidth  int   `json:"vision_width"`
	// UNetWidth is the length of the denoiser's pooled features ([Pool]); 0 where
	// they are not read.
	UNetWidth int `json:"unet_width"`
	// LatentsShape are height, width and channels of the latents that the tower reads;
	// none without a tower.
	LatentsShape []int `json:"latents_shape,omitempty"`
	TokenWidth   int   `json:"token_width"` // hidden_size of the text encoder
	// Layers are the projections that get a pair, in the denoiser's order; none
	// without a hypernetwork.
	Layers []Layer `json:"layers"`
	// Alpha is the share of the soft path that the encoder was trained with.
	Alpha float64 `json:"alpha"`
}

// Sizes are the choices of an encoder that its base model leaves open.
type Sizes struct {
	Width  int `yaml:"width" json:"width"`   // of the trunk
	Blocks int `yaml:"blocks" json:"blocks"` // residual blocks of the trunk
	// Rank is that of the pairs, 0 for no hypernetwork. Basis is how many learned
	// directions a layer's pair is mixed from, at each side.
	Rank  int `yaml:"rank" json:"rank"`
	Basis int `yaml:"basis" json:"basis"`
	// FeatureTimesteps are the noise levels at which the denoiser looks at the
	// picture; none leaves its features out.
	FeatureTimesteps []int `yaml:"feature_timesteps" json:"feature_timesteps"`
	// TowerWidth and TowerBlocks are those of a vision transformer over the picture's
	// latents; 0 leaves it out. Heads of attention are 32 wide.
	TowerWidth  int `yaml:"tower_width" json:"tower_width,omitempty"`
	TowerBlocks int `yaml:"tower_blocks" json:"tower_blocks,omitempty"`
	// Bank is how many predictions for other pictures are kept with the weights, for
	// a single prediction to be pushed from.
	Bank int `yaml:"bank" json:"bank"`
}

// DefaultSizes suit the small demo model. docs/method.md has the counts for
// Stable Diffusion 1.5.
func DefaultSizes() Sizes {
	return Sizes{Width: 256, Blocks: 2, Rank: 4, Basis: 16, FeatureTimesteps: []int{100, 400, 700}, Bank: 64}
}

// Layer is a projection with its size.
type Layer struct {
	Name string `json:"name"` // checkpoint name without ".weight"
	In   int    `json:"in"`
	Out  int    `json:"out"`
}

// ReadConfig reads DIR/config.json.
func ReadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read encoder config: %w", err)
	}
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, fmt.Errorf("read encoder config %s: %w", path, err)
	}
	if c.Class != Class {
		return Config{}, fmt.Errorf("read encoder config %s: _class_name is %.40q, not %s; this folder holds no encoder", path, c.Class, Class)
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("encoder config %s: %w", path, err)
	}
	return c, nil
}

// Bounds beyond which a size is a slip of the hand or a damaged file.
const (
	maxWidth  = 1 << 15
	maxLayers = 1 << 12
)

// Validate reports what is wrong with the sizes, by their keys.
func (s Sizes) Validate() error {
	for _, n := range []struct {
		key           string
		value, lo, hi int
	}{
		{"width", s.Width, 1, maxWidth}, {"blocks", s.Blocks, 0, 64}, {"rank", s.Rank, 0, 256},
		{"basis", s.Basis, 0, 1024}, {"bank", s.Bank, 0, 4096}, {"feature_timesteps", len(s.FeatureTimesteps), 0, 16},
		{"tower_width", s.TowerWidth, 0, maxWidth}, {"tower_blocks", s.TowerBlocks, 0, 64},
	} {
		if n.value < n.lo || n.value > n.hi {
			return fmt.Errorf("%s: %d is not %d to %d", n.key, n.value, n.lo, n.hi)
		}
	}
	if s.Rank > s.Basis {
		return fmt.Errorf("basis: pairs of rank %d cannot be mixed from %d directions; it must be at least the rank", s.Rank, s.Basis)
	}
	if (s.TowerWidth == 0) != (s.TowerBlocks == 0) || s.TowerWidth > towerHead && s.TowerWidth%towerHead != 0 {
		return fmt.Errorf("tower_width: %d does not go with %d tower_blocks; it is a multiple of %d, or both are 0", s.TowerWidth, s.TowerBlocks, towerHead)
	}
	for _, t := range s.FeatureTimesteps {
		if t < 0 || t > 1<<16 {
			return fmt.Errorf("feature_timesteps: %d is not a timestep", t)
		}
	}
	return nil
}

// Validate reports the first value with which no network can be built, by its key.
func (c Config) Validate() error {
	switch {
	case c.Version < 1:
		return fmt.Errorf("version: %d is none", c.Version)
	case c.Version > Version:
		return fmt.Errorf("version: %d is later than %d, which this program reads; use a newer ichimai", c.Version, Version)
	}
	if err := c.Sizes.Validate(); err != nil {
		return err
	}
	switch {
	case c.VisionWidth < 0 || c.VisionWidth > maxWidth || (c.VisionWidth == 0) != (len(c.VisionLayers) == 0):
		return fmt.Errorf("vision_width: %d does not go with %d vision_layers", c.VisionWidth, len(c.VisionLayers))
	case c.UNetWidth < 0 || c.UNetWidth > maxWidth || (c.UNetWidth == 0) != (len(c.FeatureTimesteps) == 0):
		return fmt.Errorf("unet_width: %d does not go with %d feature_timesteps", c.UNetWidth, len(c.FeatureTimesteps))
	case c.VisionWidth == 0 && c.UNetWidth == 0:
		return errors.New("vision_width, unet_width: the encoder reads nothing of a picture")
	case c.TokenWidth < 1 || c.TokenWidth > maxWidth:
		return fmt.Errorf("token_width: %d is not 1 to %d", c.TokenWidth, maxWidth)
	case (c.Rank == 0) != (len(c.Layers) == 0) || len(c.Layers) > maxLayers:
		return fmt.Errorf("layers: %d do not go with rank %d", len(c.Layers), c.Rank)
	case !(c.Alpha > 0 && c.Alpha <= 1):
		return fmt.Errorf("alpha: %v is not above 0 and at most 1", c.Alpha)
	}
	if err := c.validateTower(); err != nil {
		return err
	}
	return c.validateLists()
}

func (c Config) validateTower() error {
	s := c.LatentsShape
	if c.TowerWidth == 0 {
		if len(s) > 0 {
			return fmt.Errorf("latents_shape: %v is there without a tower", s)
		}
		return nil
	}
	if c.Version < 2 {
		return fmt.Errorf("version: %d has no tower", c.Version)
	}
	if len(s) != 3 || slices.Min(s) < 1 || slices.Max(s) > maxWidth || s[0] != s[1] || s[0]%towerPatch(s[0]) != 0 {
		return fmt.Errorf("latents_shape: %v are not height, width and channels of square latents that %d patches a side lie on", s, towerGrid)
	}
	return nil
}

func (c Config) validateLists() error {
	for _, l := range c.VisionLayers {
		if l < 0 || l > maxLayers {
			return fmt.Errorf("vision_layers: there is no layer %d", l)
		}
	}
	for i, l := range c.Layers {
		if l.Name == "" || l.In < 1 || l.In > maxWidth || l.Out < 1 || l.Out > maxWidth {
			return fmt.Errorf("layers[%d]: %q of %d by %d is no projection", i, l.Name, l.Out, l.In)
		}
		if slices.ContainsFunc(c.Layers[:i], func(other Layer) bool { return other.Name == l.Name }) {
			return fmt.Errorf("layers[%d]: %q is there twice", i, l.Name)
		}
	}
	return nil
}

// LayersOf lists projections by their weights [out, in].
func LayersOf(weights []*nn.Param) []Layer {
	layers := make([]Layer, len(weights))
	for i, w := range weights {
		layers[i] = Layer{Name: nn.LayerOf(w), In: w.Shape[1], Out: w.Shape[0]}
	}
	return layers
}
