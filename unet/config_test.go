package unet_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/opentest"
	"github.com/ichimai/ichimai/unet"
)

func TestReadConfig(t *testing.T) {
	c, err := unet.ReadConfig(opentest.Folder(t, `{"attention_head_dim": [5, 10, 20, 20], "num_attention_heads": null,
		"only_cross_attention": [false, false], "some_day": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	want := unet.DefaultConfig()
	want.AttentionHeadDim = unet.PerBlock{5, 10, 20, 20}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if c.Heads(1) != 10 || c.LayersPerBlock.At(3) != 2 {
		t.Errorf("block 1 has %d heads, block 3 %d layers", c.Heads(1), c.LayersPerBlock.At(3))
	}
	c.NumAttentionHeads = &unet.PerBlock{4}
	if c.Heads(1) != 4 {
		t.Errorf("num_attention_heads does not win: %d heads", c.Heads(1))
	}
}

// What is written is read back as it was.
func TestConfigRoundTrip(t *testing.T) {
	c := smallConfig()
	c.NumAttentionHeads = &unet.PerBlock{1, 2}
	got, err := unet.ReadConfig(opentest.Folder(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got); diff != "" {
		t.Error(diff)
	}
}

// Every value that cannot be built is refused by its key.
func TestReadConfigRefuses(t *testing.T) {
	for key, text := range map[string]string{
		"config.json: invalid character": `in_channels: 4`,
		"config.json: unexpected end":    `{"in_channels": 4`,
		"config.json: json: cannot":      `[]`,
		"Config.in_channels":             `{"in_channels": "four"}`,
		"Config.norm_num_groups":         `{"norm_num_groups": 1.5}`,
		"Config.layers_per_block":        `{"layers_per_block": "two"}`,
		"Config.cross_attention_dim":     `{"cross_attention_dim": [1, "x"]}`,
		"Config.only_cross_attention":    `{"only_cross_attention": 3}`,
		"block_out_channels, ":           `{"block_out_channels": []}`,
		"down_block_types and ":          `{"down_block_types": ["DownBlock2D"]}`,
		"block_out_channels[1]":          `{"block_out_channels": [32, 33, 32, 32]}`,
		"block_out_channels[0]":          `{"block_out_channels": [-32, 32, 32, 32]}`,
		"down_block_types[3]":            `{"down_block_types": ["DownBlock2D", "DownBlock2D", "DownBlock2D", "AttnDownBlock2D"]}`,
		"up_block_types[0]":              `{"up_block_types": ["ResnetUpsampleBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"]}`,
		"layers_per_block: want one":     `{"layers_per_block": [1, 2]}`,
		"layers_per_block: 0":            `{"layers_per_block": 0}`,
		"cross_attention_dim: want":      `{"cross_attention_dim": []}`,
		"attention_head_dim: 320":        `{"attention_head_dim": 7}`,
		"attention_head_dim: -1":         `{"attention_head_dim": -1}`,
		"num_attention_heads":            `{"num_attention_heads": [1, 2, 3]}`,
		"transformer_layers_per_block":   `{"transformer_layers_per_block": 100000}`,
		"in_channels: 0":                 `{"in_channels": 0}`,
		"out_channels: 100000":           `{"out_channels": 100000}`,
		"norm_num_groups: -1":            `{"norm_num_groups": -1}`,
		"norm_eps":                       `{"norm_eps": 0}`,
		"downsample_padding":             `{"downsample_padding": 9}`,
		"class_embed_type":               `{"class_embed_type": "timestep"}`,
		"num_class_embeds":               `{"num_class_embeds": 10}`,
		"time_cond_proj_dim":             `{"time_cond_proj_dim": 256}`,
		"encoder_hid_dim:":               `{"encoder_hid_dim": 8}`,
		"encoder_hid_dim_type":           `{"encoder_hid_dim_type": "text_proj"}`,
		"time_embedding_dim":             `{"time_embedding_dim": 8}`,
		"time_embedding_type":            `{"time_embedding_type": "fourier"}`,
		"time_embedding_act_fn":          `{"time_embedding_act_fn": "silu"}`,
		"timestep_post_act":              `{"timestep_post_act": "silu"}`,
		"cross_attention_norm":           `{"cross_attention_norm": "layer_norm"}`,
		"dual_cross_attention":           `{"dual_cross_attention": true}`,
		"only_cross_attention: only":     `{"only_cross_attention": [true, false, false, false]}`,
		"center_input_sample":            `{"center_input_sample": true}`,
		"resnet_skip_time_act":           `{"resnet_skip_time_act": true}`,
		"resnet_time_scale_shift":        `{"resnet_time_scale_shift": "ada_group"}`,
		"resnet_out_scale_factor":        `{"resnet_out_scale_factor": 2}`,
		"mid_block_type: only UNetMid":   `{"mid_block_type": null}`,
		"mid_block_type":                 `{"mid_block_type": "UNetMidBlock2D"}`,
		"mid_block_scale_factor":         `{"mid_block_scale_factor": 0.5}`,
		"conv_in_kernel":                 `{"conv_in_kernel": 1}`,
		"conv_out_kernel":                `{"conv_out_kernel": 1}`,
		"attention_type":                 `{"attention_type": "gated"}`,
		"Stable Diffusion XL, which is":  `{"addition_embed_type": "text_time"}`,
		"use a 1.x or 2.x folder":        `{"addition_embed_type": "image"}`,
		"addition_embed_type_num_heads":  `{"addition_embed_type": "text", "addition_embed_type_num_heads": 7}`,
	} {
		dir := opentest.Folder(t, text)
		_, err := unet.ReadConfig(dir)
		if err == nil {
			t.Errorf("%s was accepted", text)
			continue
		}
		if said := err.Error(); !strings.Contains(said, key) || !strings.Contains(said, filepath.Join(dir, "config.json")) {
			t.Errorf("%s gave %q, which does not name %q", text, said, key)
		}
	}
	c := smallConfig()
	c.ActFn = "mish"
	if _, err := unet.New(c); err == nil || !strings.Contains(err.Error(), "act_fn") {
		t.Errorf("act_fn mish gave %v", err)
	}
	if _, err := unet.ReadConfig(t.TempDir()); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("an empty folder gave %v", err)
	}
}
