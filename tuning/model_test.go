package tuning

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/vae"
	"github.com/ichimai/ichimai/weights"
)

// scratch is a folder for all tests of the process.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "tuning-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// opened is the model that tests share: random weights, one level, pictures of
// 8 pixels.
var opened struct {
	sync.Mutex
	model *diffusion.Model
}

func openTiny(t *testing.T) *diffusion.Model {
	t.Helper()
	opened.Lock()
	defer opened.Unlock()
	if opened.model == nil {
		dir := filepath.Join(scratch, "tiny-model")
		writeTiny(t, dir)
		opened.model = openModel(t, dir)
	}
	return opened.model
}

// openModel works on any backend: the model is small enough for the pure-Go one.
func openModel(t *testing.T, dir string) *diffusion.Model {
	t.Helper()
	m, err := diffusion.Open(context.Background(), dir, enginetest.Open(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// captions are the words that the model's tokenizer knows.
var captions = []string{"a photo of a dog", "a photo of a cat", "a red cup object", "dog cat red cup object photo"}

// writeTiny writes a model folder in diffusers' layout.
func writeTiny(t *testing.T, dir string) {
	t.Helper()
	lines := slices.Concat(captions, captions)
	tokens, err := tokenizer.Train(context.Background(), slices.Values(lines), tokenizer.TrainOptions{Size: 600, MaxLength: 16})
	check(t, err)
	check(t, tokens.Save(filepath.Join(dir, "tokenizer")))
	writeText(t, filepath.Join(dir, "text_encoder"), tokens.VocabSize())
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

func tinyText(vocab int) clip.TextConfig {
	c := clip.DefaultTextConfig()
	c.VocabSize, c.HiddenSize, c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads = vocab, 8, 16, 1, 2
	c.MaxPositionEmbeddings, c.EOSTokenID = 16, vocab-1
	return c
}

func writeText(t *testing.T, dir string, vocab int) {
	t.Helper()
	c := tinyText(vocab)
	m, err := clip.NewText(c)
	check(t, err)
	writeComponent(t, dir, "model.safetensors", m.Params)
	writeJSON(t, filepath.Join(dir, "config.json"), withArchitecture(t, c, "CLIPTextModel"))
}

func withArchitecture(t *testing.T, config any, name string) map[string]any {
	t.Helper()
	data, err := json.Marshal(config)
	check(t, err)
	fields := map[string]any{}
	check(t, json.Unmarshal(data, &fields))
	fields["architectures"] = []string{name}
	return fields
}

func writeUNet(t *testing.T, dir string) {
	t.Helper()
	c := unet.DefaultConfig()
	c.SampleSize, c.BlockOutChannels, c.LayersPerBlock, c.NormNumGroups = 4, []int{8}, unet.PerBlock{1}, 4
	c.DownBlockTypes, c.UpBlockTypes = []string{"CrossAttnDownBlock2D"}, []string{"CrossAttnUpBlock2D"}
	c.CrossAttentionDim, c.AttentionHeadDim = unet.PerBlock{8}, unet.PerBlock{2}
	m, err := unet.New(c)
	check(t, err)
	writeComponent(t, dir, "diffusion_pytorch_model.safetensors", m.Params)
	writeJSON(t, filepath.Join(dir, "config.json"), c)
}

func writeVAE(t *testing.T, dir string) {
	t.Helper()
	c := vae.TinyConfig{
		ClassName: "AutoencoderTiny", InChannels: 3, OutChannels: 3, LatentChannels: 4,
		EncoderChannels: []int{4, 4}, DecoderChannels: []int{4, 4}, NumEncoderBlocks: []int{1, 1}, NumDecoderBlocks: []int{1, 1},
		ActFn: "relu", LatentMagnitude: 3, LatentShift: 0.5, ScalingFactor: 1, UpsampleScalingFactor: 2,
	}
	m, err := vae.NewTiny(c)
	check(t, err)
	writeComponent(t, dir, "diffusion_pytorch_model.safetensors", m.Params)
	writeJSON(t, filepath.Join(dir, "config.json"), c)
}

func writeComponent(t *testing.T, dir, file string, params []*nn.Param) {
	t.Helper()
	for _, p := range params {
		if p.Init.Kind == nn.InitZeros { // a branch that starts at 0 passes no gradient on
			p.Init = nn.Init{Kind: nn.InitNormal, Scale: 0.2}
		}
	}
	w := nn.NewWeights(model.NewStore(), "component")
	check(t, w.Initialise(params, 11))
	list, err := w.Export(params, weights.F32)
	check(t, err)
	check(t, os.MkdirAll(dir, 0o755))
	check(t, weights.Write(filepath.Join(dir, file), list, nil))
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	check(t, err)
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, data, 0o644))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pictures are n gradients of different colours, larger than the model's.
func pictures(n int) []*picture.Picture {
	var all []*picture.Picture
	for i := range n {
		p := picture.New(12, 10)
		for j := range p.Pix {
			p.Pix[j] = uint8(j*(7+4*i) + 31*i)
		}
		all = append(all, p)
	}
	return all
}

// job is a short one on the shared model.
func job(t *testing.T, method string, dir string) Job {
	t.Helper()
	s, err := Defaults(method, true)
	check(t, err)
	s.Steps, s.BatchSize, s.SaveEvery, s.Rank, s.ClassPictures, s.Initializer = 6, 2, 2, 2, 2, initWord
	return Job{Model: openTiny(t), Pictures: pictures(3), Placeholder: "<sks>", ClassWord: "dog", Settings: s, Dir: dir}
}
