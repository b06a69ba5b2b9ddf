// Package tinymodel writes the smallest whole model folder, with random weights,
// for tests of what needs one on any backend.
package tinymodel

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/vae"
	"github.com/ichimai/ichimai/weights"
)

// Side is that of the model's pictures, in pixels, and of those that its CLIP sees.
const Side = 8

// Captions have the words that the tokenizer of [Write] knows.
var Captions = []string{
	"a photo of a dog in snow", "a red cup on grass", "a cat on a plain blue background", "写真 犬 雪の中の猫",
}

// promptLength is that of the prompts of [Write]'s model, in tokens.
const promptLength = 12

// Open writes a model folder, with CLIP or without, and opens it.
func Open(t testing.TB, e *engine.Engine, vision bool) *diffusion.Model {
	t.Helper()
	dir := t.TempDir()
	Write(t, dir)
	if vision {
		WriteVision(t, dir)
	}
	m, err := diffusion.Open(context.Background(), dir, e)
	must(t, err)
	return m
}

// Write writes a Stable Diffusion folder in diffusers' layout: latents of 4 by 4,
// one level of 8 channels.
func Write(t testing.TB, dir string) {
	t.Helper()
	WriteFor(t, dir, Captions, promptLength)
}

// WriteFor is [Write] with a tokenizer that knows the words of other captions and
// cuts prompts at so many tokens.
func WriteFor(t testing.TB, dir string, captions []string, length int) {
	t.Helper()
	twice := slices.Values(slices.Concat(captions, captions)) // a pair that occurs once is not merged
	tokens, err := tokenizer.Train(context.Background(), twice, tokenizer.TrainOptions{Size: 640, MaxLength: length})
	must(t, err)
	must(t, tokens.Save(filepath.Join(dir, "tokenizer")))
	writeText(t, filepath.Join(dir, "text_encoder"), tokens)
	writeUNet(t, filepath.Join(dir, "unet"))
	writeVAE(t, filepath.Join(dir, "vae"))
	writeJSON(t, filepath.Join(dir, "scheduler", "scheduler_config.json"), map[string]any{
		"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
		"num_train_timesteps": 1000, "clip_sample": false, "set_alpha_to_one": false, "steps_offset": 1,
	})
	writeJSON(t, filepath.Join(dir, "model_index.json"), map[string]any{
		"_class_name":  "StableDiffusionPipeline",
		"tokenizer":    []string{"transformers", "CLIPTokenizer"},
		"text_encoder": []string{"transformers", "CLIPTextModel"},
		"unet":         []string{"diffusers", "UNet2DConditionModel"},
		"vae":          []string{"diffusers", "AutoencoderTiny"},
		"scheduler":    []string{"diffusers", "DDIMScheduler"},
	})
}

// WriteVision adds CLIP's picture tower of three layers, 6 wide, as image_encoder/.
func WriteVision(t testing.TB, dir string) {
	t.Helper()
	c := clip.DefaultVisionConfig()
	c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads, c.ImageSize, c.PatchSize = 6, 8, 3, 2, Side, Side/2
	m, err := clip.NewVision(c)
	must(t, err)
	writeComponent(t, filepath.Join(dir, "image_encoder"), "model.safetensors", c.File(), m.Params)
}

// WriteCLIP adds a whole CLIP of one layer, 8 wide, for the folder's tokenizer, as
// clip/.
func WriteCLIP(t testing.TB, dir string) {
	t.Helper()
	tokens, err := tokenizer.Open(filepath.Join(dir, "tokenizer"))
	must(t, err)
	c := clip.DefaultConfig()
	c.Text, c.ProjectionDim = textConfig(tokens), 6
	c.Vision.HiddenSize, c.Vision.IntermediateSize, c.Vision.NumHiddenLayers, c.Vision.NumAttentionHeads = 8, 16, 1, 2
	c.Vision.ImageSize, c.Vision.PatchSize = Side, Side/2
	c.Text.Projection, c.Text.ProjectionDim, c.Vision.ProjectionDim = true, c.ProjectionDim, c.ProjectionDim
	m, err := clip.New(c)
	must(t, err)
	writeComponent(t, filepath.Join(dir, "clip"), "model.safetensors", c.File(), m.Params)
}

func textConfig(tokens *tokenizer.Tokenizer) clip.TextConfig {
	c := clip.DefaultTextConfig()
	c.VocabSize, c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads = tokens.VocabSize(), 8, 16, 1, 2
	c.MaxPositionEmbeddings, c.EOSTokenID = tokens.MaxLength(), tokens.VocabSize()-1
	return c
}

func writeText(t testing.TB, dir string, tokens *tokenizer.Tokenizer) {
	t.Helper()
	c := textConfig(tokens)
	m, err := clip.NewText(c)
	must(t, err)
	writeComponent(t, dir, "model.safetensors", c.File(), m.Params)
}

func writeUNet(t testing.TB, dir string) {
	t.Helper()
	c := unet.DefaultConfig()
	c.SampleSize, c.BlockOutChannels, c.LayersPerBlock, c.NormNumGroups = Side/2, []int{8}, unet.PerBlock{1}, 4
	c.DownBlockTypes, c.UpBlockTypes = []string{"CrossAttnDownBlock2D"}, []string{"CrossAttnUpBlock2D"}
	c.CrossAttentionDim, c.AttentionHeadDim = unet.PerBlock{8}, unet.PerBlock{2}
	m, err := unet.New(c)
	must(t, err)
	writeComponent(t, dir, "diffusion_pytorch_model.safetensors", c, m.Params)
}

func writeVAE(t testing.TB, dir string) {
	t.Helper()
	c := vae.TinyConfig{
		ClassName: "AutoencoderTiny", InChannels: 3, OutChannels: 3, LatentChannels: 4,
		EncoderChannels: []int{4, 4}, DecoderChannels: []int{4, 4}, NumEncoderBlocks: []int{1, 1}, NumDecoderBlocks: []int{1, 1},
		ActFn: "relu", LatentMagnitude: 3, LatentShift: 0.5, ScalingFactor: 1, UpsampleScalingFactor: 2,
	}
	m, err := vae.NewTiny(c)
	must(t, err)
	writeComponent(t, dir, "diffusion_pytorch_model.safetensors", c, m.Params)
}

func writeComponent(t testing.TB, dir, file string, config any, params []*nn.Param) {
	t.Helper()
	for _, p := range params {
		if p.Init.Kind == nn.InitZeros { // a branch that starts at 0 passes no gradient on
			p.Init = nn.Init{Kind: nn.InitNormal, Scale: 0.2}
		}
	}
	w := nn.NewWeights(model.NewStore(), "component")
	must(t, w.Initialise(params, 11))
	list, err := w.Export(params, weights.F32)
	must(t, err)
	writeJSON(t, filepath.Join(dir, "config.json"), config)
	must(t, weights.Write(filepath.Join(dir, file), list, nil))
}

func writeJSON(t testing.TB, path string, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, data, 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
