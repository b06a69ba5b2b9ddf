package unet

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
)

// Config is the part of a UNet2DConditionModel's config.json that decides its
// graph. Unknown keys are ignored; values outside the Stable Diffusion 1.x and
// 2.x family are refused by [Config.Validate].
type Config struct {
	InChannels        int      `json:"in_channels"`
	OutChannels       int      `json:"out_channels"`
	SampleSize        int      `json:"sample_size"`
	BlockOutChannels  []int    `json:"block_out_channels"`
	DownBlockTypes    []string `json:"down_block_types"`
	UpBlockTypes      []string `json:"up_block_types"`
	MidBlockType      *string  `json:"mid_block_type"` // nil, null in the file, is a model without
	LayersPerBlock    PerBlock `json:"layers_per_block"`
	CrossAttentionDim PerBlock `json:"cross_attention_dim"`
	// AttentionHeadDim is the number of heads, not their width: a misnomer that
	// public configs keep. NumAttentionHeads wins where it is given.
	AttentionHeadDim          PerBlock  `json:"attention_head_dim"`
	NumAttentionHeads         *PerBlock `json:"num_attention_heads"`
	TransformerLayersPerBlock PerBlock  `json:"transformer_layers_per_block"`
	UseLinearProjection       bool      `json:"use_linear_projection"`
	UpcastAttention           bool      `json:"upcast_attention"`
	NormNumGroups             int       `json:"norm_num_groups"`
	NormEps                   float64   `json:"norm_eps"`
	ActFn                     string    `json:"act_fn"`
	FlipSinToCos              bool      `json:"flip_sin_to_cos"`
	FreqShift                 float64   `json:"freq_shift"`
	DownsamplePadding         int       `json:"downsample_padding"`
	MidBlockScaleFactor       float64   `json:"mid_block_scale_factor"`
	CenterInputSample         bool      `json:"center_input_sample"`
	DualCrossAttention        bool      `json:"dual_cross_attention"`
	// ResnetTimeScaleShift is how resnets take the time embedding: "default" adds
	// it, "scale_shift" scales and shifts with it.
	ResnetTimeScaleShift string `json:"resnet_time_scale_shift"`
	// AdditionEmbedType is empty, or "text" for text states that are pooled into
	// the time embedding as well, by AdditionEmbedHeads heads.
	AdditionEmbedType  *string `json:"addition_embed_type"`
	AdditionEmbedHeads int     `json:"addition_embed_type_num_heads"`
	ClassEmbedType     *string `json:"class_embed_type"`
	NumClassEmbeds     *int    `json:"num_class_embeds"`
	TimeCondProjDim    *int    `json:"time_cond_proj_dim"`
	EncoderHidDim      *int    `json:"encoder_hid_dim"`
	TimeEmbeddingDim   *int    `json:"time_embedding_dim"`
	// What follows is read only to be refused where it is not the default.
	OnlyCrossAttention   anyOf   `json:"only_cross_attention"`
	ConvInKernel         int     `json:"conv_in_kernel"`
	ConvOutKernel        int     `json:"conv_out_kernel"`
	TimeEmbeddingType    string  `json:"time_embedding_type"`
	TimestepPostAct      *string `json:"timestep_post_act"`
	TimeEmbeddingActFn   *string `json:"time_embedding_act_fn"`
	AttentionType        string  `json:"attention_type"`
	CrossAttentionNorm   *string `json:"cross_attention_norm"`
	EncoderHidDimType    *string `json:"encoder_hid_dim_type"`
	ResnetSkipTimeAct    bool    `json:"resnet_skip_time_act"`
	ResnetOutScaleFactor float64 `json:"resnet_out_scale_factor"`
}

// anyOf is a switch for all blocks or one for each: whether any is on.
type anyOf bool

// UnmarshalJSON accepts a switch or a list of them.
func (a *anyOf) UnmarshalJSON(data []byte) error {
	var one bool
	if json.Unmarshal(data, &one) == nil {
		*a = anyOf(one)
		return nil
	}
	var many []bool
	if json.Unmarshal(data, &many) != nil {
		return wrongType[anyOf](data)
	}
	*a = anyOf(slices.Contains(many, true))
	return nil
}

// wrongType is the error to which encoding/json adds the key.
func wrongType[T any](data []byte) error {
	return &json.UnmarshalTypeError{Value: fmt.Sprintf("%.40s", data), Type: reflect.TypeFor[T]()}
}

// PerBlock is one number for all blocks or one for each.
type PerBlock []int

// UnmarshalJSON accepts a number or a list.
func (p *PerBlock) UnmarshalJSON(data []byte) error {
	var one int
	if json.Unmarshal(data, &one) == nil {
		*p = PerBlock{one}
		return nil
	}
	var many []int
	if json.Unmarshal(data, &many) != nil {
		return wrongType[PerBlock](data)
	}
	*p = many
	return nil
}

// MarshalJSON writes a number where all blocks share it.
func (p PerBlock) MarshalJSON() ([]byte, error) {
	if len(p) == 1 {
		return json.Marshal(p[0])
	}
	return json.Marshal([]int(p))
}

// At is the value of block i.
func (p PerBlock) At(i int) int {
	if len(p) == 1 {
		return p[0]
	}
	return p[i]
}

// Names of the block types in the family.
const (
	crossDown = "CrossAttnDownBlock2D"
	plainDown = "DownBlock2D"
	crossUp   = "CrossAttnUpBlock2D"
	plainUp   = "UpBlock2D"
	crossMid  = "UNetMidBlock2DCrossAttn"
)

// Values of addition_embed_type and resnet_time_scale_shift.
const (
	embedText  = "text"
	timeAdded  = "default"
	timeScales = "scale_shift"
)

// DefaultConfig holds diffusers' defaults, which config files may leave out.
func DefaultConfig() Config {
	return Config{
		InChannels: 4, OutChannels: 4, SampleSize: 64,
		BlockOutChannels:  []int{320, 640, 1280, 1280},
		DownBlockTypes:    []string{crossDown, crossDown, crossDown, plainDown},
		UpBlockTypes:      []string{plainUp, crossUp, crossUp, crossUp},
		MidBlockType:      new(crossMid),
		LayersPerBlock:    PerBlock{2},
		CrossAttentionDim: PerBlock{1280}, AttentionHeadDim: PerBlock{8},
		TransformerLayersPerBlock: PerBlock{1},
		NormNumGroups:             32, NormEps: 1e-5, ActFn: "silu",
		FlipSinToCos: true, DownsamplePadding: 1, MidBlockScaleFactor: 1,
		AdditionEmbedHeads:   64,
		ResnetTimeScaleShift: timeAdded,
		ConvInKernel:         3, ConvOutKernel: 3, TimeEmbeddingType: "positional", AttentionType: "default",
		ResnetOutScaleFactor: 1,
	}
}

// ReadConfig reads DIR/config.json.
func ReadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read UNet config: %w", err)
	}
	c := DefaultConfig()
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, fmt.Errorf("read UNet config %s: %w", path, err)
	}
	if err := c.Validate(); err != nil {
		return Config{}, fmt.Errorf("UNet config %s: %w", path, err)
	}
	return c, nil
}

// Heads is the number of attention heads of block i.
func (c Config) Heads(i int) int {
	if c.NumAttentionHeads != nil && len(*c.NumAttentionHeads) > 0 {
		return c.NumAttentionHeads.At(i)
	}
	return c.AttentionHeadDim.At(i)
}

// Validate reports the first value that this package cannot build, by its key.
func (c Config) Validate() error {
	n := len(c.BlockOutChannels)
	if n == 0 || len(c.DownBlockTypes) != n || len(c.UpBlockTypes) != n {
		return fmt.Errorf("block_out_channels, down_block_types and up_block_types must be equally long and not empty, found %d, %d and %d",
			n, len(c.DownBlockTypes), len(c.UpBlockTypes))
	}
	if err := c.validateSizes(); err != nil {
		return err
	}
	for i := range n {
		if t := c.DownBlockTypes[i]; t != crossDown && t != plainDown {
			return fmt.Errorf("down_block_types[%d]: %q is not supported; %s and %s are", i, t, crossDown, plainDown)
		}
		if t := c.UpBlockTypes[i]; t != crossUp && t != plainUp {
			return fmt.Errorf("up_block_types[%d]: %q is not supported; %s and %s are", i, t, crossUp, plainUp)
		}
		if ch, h := c.BlockOutChannels[i], c.Heads(i); h < 1 || ch%h != 0 {
			return fmt.Errorf("attention_head_dim: %d channels of block %d cannot be split into %d heads", ch, i, h)
		}
	}
	return c.validateFamily()
}

func (c Config) validateSizes() error {
	n := len(c.BlockOutChannels)
	lists := []struct {
		key    string
		values PerBlock
	}{
		{"layers_per_block", c.LayersPerBlock}, {"cross_attention_dim", c.CrossAttentionDim},
		{"attention_head_dim", c.AttentionHeadDim}, {"transformer_layers_per_block", c.TransformerLayersPerBlock},
	}
	if c.NumAttentionHeads != nil {
		lists = append(lists, struct {
			key    string
			values PerBlock
		}{"num_attention_heads", *c.NumAttentionHeads})
	}
	for _, l := range lists {
		if len(l.values) != 1 && len(l.values) != n {
			return fmt.Errorf("%s: want one number or %d, found %d", l.key, n, len(l.values))
		}
		for _, v := range l.values {
			if v < 1 || v > 1<<16 {
				return fmt.Errorf("%s: %d is out of range", l.key, v)
			}
		}
	}
	for _, n := range []struct {
		key   string
		value int
	}{{"in_channels", c.InChannels}, {"out_channels", c.OutChannels}, {"norm_num_groups", c.NormNumGroups}} {
		if n.value < 1 || n.value > 1<<16 {
			return fmt.Errorf("%s: %d is out of range", n.key, n.value)
		}
	}
	if c.NormEps <= 0 {
		return fmt.Errorf("norm_eps: %g is not positive", c.NormEps)
	}
	if c.DownsamplePadding < 0 || c.DownsamplePadding > 2 {
		return fmt.Errorf("downsample_padding: %d is not 0, 1 or 2", c.DownsamplePadding)
	}
	for i, ch := range c.BlockOutChannels {
		if ch < 1 || ch > 1<<16 || ch%c.NormNumGroups != 0 {
			return fmt.Errorf("block_out_channels[%d]: %d is not a multiple of norm_num_groups %d", i, ch, c.NormNumGroups)
		}
	}
	return nil
}

// validateFamily refuses what belongs to other families of models.
func (c Config) validateFamily() error {
	if err := c.validateEmbedding(); err != nil {
		return err
	}
	given := func(s *string) bool { return s != nil && *s != "" }
	for _, k := range []struct {
		key     string
		foreign bool
		want    string
	}{
		{"class_embed_type", given(c.ClassEmbedType), "null"},
		{"num_class_embeds", c.NumClassEmbeds != nil, "null"},
		{"time_cond_proj_dim", c.TimeCondProjDim != nil, "null"},
		{"encoder_hid_dim", c.EncoderHidDim != nil, "null"},
		{"encoder_hid_dim_type", given(c.EncoderHidDimType), "null"},
		{"time_embedding_dim", c.TimeEmbeddingDim != nil, "null"},
		{"timestep_post_act", given(c.TimestepPostAct), "null"},
		{"time_embedding_act_fn", given(c.TimeEmbeddingActFn), "null"},
		{"cross_attention_norm", given(c.CrossAttentionNorm), "null"},
		{"dual_cross_attention", c.DualCrossAttention, "false"},
		{"only_cross_attention", bool(c.OnlyCrossAttention), "false"},
		{"center_input_sample", c.CenterInputSample, "false"},
		{"resnet_skip_time_act", c.ResnetSkipTimeAct, "false"},
		{"resnet_time_scale_shift", c.ResnetTimeScaleShift != timeAdded && c.ResnetTimeScaleShift != timeScales, timeAdded + " or " + timeScales},
		{"mid_block_type", c.MidBlockType == nil || *c.MidBlockType != crossMid, crossMid},
		{"mid_block_scale_factor", c.MidBlockScaleFactor != 1, "1"},
		{"resnet_out_scale_factor", c.ResnetOutScaleFactor != 1, "1"},
		{"conv_in_kernel", c.ConvInKernel != 3, "3"},
		{"conv_out_kernel", c.ConvOutKernel != 3, "3"},
		{"time_embedding_type", c.TimeEmbeddingType != "positional", "positional"},
		{"attention_type", c.AttentionType != "default", "default"},
	} {
		if k.foreign {
			return fmt.Errorf("%s: only %s is supported: the model is not of the Stable Diffusion 1.x or 2.x family", k.key, k.want)
		}
	}
	return nil
}

// poolsText says whether text states are added to the time embedding.
func (c Config) poolsText() bool {
	return c.AdditionEmbedType != nil && *c.AdditionEmbedType == embedText
}

func (c Config) validateEmbedding() error {
	if c.AdditionEmbedType == nil || *c.AdditionEmbedType == "" {
		return nil
	}
	if !c.poolsText() {
		return fmt.Errorf("addition_embed_type: %q belongs to Stable Diffusion XL, which is not supported yet; use a 1.x or 2.x folder", *c.AdditionEmbedType)
	}
	if d, h := c.CrossAttentionDim.At(0), c.AdditionEmbedHeads; h < 1 || d%h != 0 {
		return fmt.Errorf("addition_embed_type_num_heads: a cross_attention_dim of %d cannot be split into %d heads", d, h)
	}
	return nil
}
