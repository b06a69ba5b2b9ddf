package vae

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Config is the part of an AutoencoderKL's config.json that decides its graph.
type Config struct {
	ClassName        string   `json:"_class_name"`
	InChannels       int      `json:"in_channels"`
	OutChannels      int      `json:"out_channels"`
	LatentChannels   int      `json:"latent_channels"`
	SampleSize       int      `json:"sample_size"`
	BlockOutChannels []int    `json:"block_out_channels"`
	DownBlockTypes   []string `json:"down_block_types"`
	UpBlockTypes     []string `json:"up_block_types"`
	LayersPerBlock   int      `json:"layers_per_block"`
	NormNumGroups    int      `json:"norm_num_groups"`
	ActFn            string   `json:"act_fn"`
	// ScalingFactor multiplies latents before diffusion so that they have unit
	// deviation; ShiftFactor, where given, is subtracted first.
	ScalingFactor        float64  `json:"scaling_factor"`
	ShiftFactor          *float64 `json:"shift_factor"`
	UseQuantConv         bool     `json:"use_quant_conv"`
	UsePostQuantConv     bool     `json:"use_post_quant_conv"`
	MidBlockAddAttention bool     `json:"mid_block_add_attention"`
}

// DefaultConfig holds diffusers' defaults, which config files may leave out.
func DefaultConfig() Config {
	return Config{
		ClassName: "AutoencoderKL", InChannels: 3, OutChannels: 3, LatentChannels: 4,
		SampleSize: 32, LayersPerBlock: 1, NormNumGroups: 32, ActFn: "silu",
		BlockOutChannels: []int{64}, DownBlockTypes: []string{downBlock}, UpBlockTypes: []string{upBlock},
		ScalingFactor: 0.18215, UseQuantConv: true, UsePostQuantConv: true, MidBlockAddAttention: true,
	}
}

const (
	downBlock = "DownEncoderBlock2D"
	upBlock   = "UpDecoderBlock2D"
)

// ReadConfig reads DIR/config.json.
func ReadConfig(dir string) (Config, error) {
	c := DefaultConfig()
	if err := readJSON(dir, &c); err != nil {
		return Config{}, err
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("VAE config %s: %w", filepath.Join(dir, "config.json"), err)
	}
	return c, nil
}

func readJSON(dir string, into any) error {
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read VAE config: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read VAE config %s: %w", path, err)
	}
	return nil
}

// Factor is how many pixels of a side one latent covers.
func (c Config) Factor() int { return 1 << (len(c.BlockOutChannels) - 1) }

// Shift is ShiftFactor, or 0.
func (c Config) Shift() float64 {
	if c.ShiftFactor == nil {
		return 0
	}
	return *c.ShiftFactor
}

// Validate reports the first value that this package cannot build, by its key.
func (c Config) Validate() error {
	n := len(c.BlockOutChannels)
	if c.ClassName != "AutoencoderKL" {
		return fmt.Errorf("_class_name: %q is not supported; AutoencoderKL and AutoencoderTiny are", c.ClassName)
	}
	if n == 0 || n > 8 || len(c.DownBlockTypes) != n || len(c.UpBlockTypes) != n {
		return fmt.Errorf("block_out_channels, down_block_types and up_block_types must be equally long, 1 to 8, found %d, %d and %d",
			n, len(c.DownBlockTypes), len(c.UpBlockTypes))
	}
	for i := range n {
		if c.DownBlockTypes[i] != downBlock || c.UpBlockTypes[i] != upBlock {
			return fmt.Errorf("down_block_types[%d], up_block_types[%d]: %q and %q are not supported; %s and %s are",
				i, i, c.DownBlockTypes[i], c.UpBlockTypes[i], downBlock, upBlock)
		}
		if ch := c.BlockOutChannels[i]; ch < 1 || ch > maxChannels || c.NormNumGroups < 1 || ch%c.NormNumGroups != 0 {
			return fmt.Errorf("block_out_channels[%d]: %d is not a multiple of norm_num_groups %d", i, ch, c.NormNumGroups)
		}
	}
	if c.LayersPerBlock < 1 || c.LayersPerBlock > 64 {
		return fmt.Errorf("layers_per_block: %d is not between 1 and 64", c.LayersPerBlock)
	}
	if err := checkChannels(c.InChannels, c.OutChannels, c.LatentChannels); err != nil {
		return err
	}
	if !(c.ScalingFactor > 0) {
		return fmt.Errorf("scaling_factor: %g is not positive", c.ScalingFactor)
	}
	return nil
}

// maxChannels is far more than any autoencoder has, and few enough that sizes
// do not overflow.
const maxChannels = 1 << 14

func checkChannels(in, out, latent int) error {
	for _, n := range []struct {
		key   string
		value int
	}{{"in_channels", in}, {"out_channels", out}, {"latent_channels", latent}} {
		if n.value < 1 || n.value > maxChannels {
			return fmt.Errorf("%s: %d is not between 1 and %d", n.key, n.value, maxChannels)
		}
	}
	return nil
}
