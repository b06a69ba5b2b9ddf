package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/vae"
	"github.com/ichimai/ichimai/weights"
)

// tinyModel writes a model folder with random weights: 16 pixels, 8x8 latents.
func tinyModel(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	captions := []string{"a photo of a dog in snow", "a red cat on a wooden table", "草の上の犬"}
	tok, err := tokenizer.Train(t.Context(), slices.Values(captions), tokenizer.TrainOptions{MaxLength: 16})
	must(t, err)
	must(t, tok.Save(filepath.Join(dir, "tokenizer")))

	text := clip.TextConfig{
		VocabSize: tok.VocabSize(), HiddenSize: 16, IntermediateSize: 32, ProjectionDim: 16, NumHiddenLayers: 1,
		NumAttentionHeads: 2, MaxPositionEmbeddings: 16, HiddenAct: "quick_gelu", LayerNormEps: 1e-5, EOSTokenID: tok.VocabSize() - 1,
	}
	textModel, err := clip.NewText(text)
	must(t, err)
	writeComponent(t, filepath.Join(dir, "text_encoder"), "model.safetensors", text.File(), textModel.Params)

	u := unet.DefaultConfig()
	u.SampleSize, u.BlockOutChannels, u.NormNumGroups = 8, []int{8, 16}, 4
	u.DownBlockTypes = []string{"CrossAttnDownBlock2D", "DownBlock2D"}
	u.UpBlockTypes = []string{"UpBlock2D", "CrossAttnUpBlock2D"}
	u.LayersPerBlock, u.CrossAttentionDim, u.AttentionHeadDim = unet.PerBlock{1}, unet.PerBlock{16}, unet.PerBlock{2}
	unetModel, err := unet.New(u)
	must(t, err)
	writeComponent(t, filepath.Join(dir, "unet"), "diffusion_pytorch_model.safetensors", u, unetModel.Params)

	v := vae.DefaultConfig()
	v.BlockOutChannels, v.NormNumGroups, v.SampleSize = []int{8, 8}, 4, 16
	v.DownBlockTypes = []string{"DownEncoderBlock2D", "DownEncoderBlock2D"}
	v.UpBlockTypes = []string{"UpDecoderBlock2D", "UpDecoderBlock2D"}
	vaeModel, err := vae.New(v)
	must(t, err)
	writeComponent(t, filepath.Join(dir, "vae"), "diffusion_pytorch_model.safetensors", v, vaeModel.Params)

	writeJSON(t, filepath.Join(dir, "scheduler", "scheduler_config.json"), map[string]any{"_class_name": "DDIMScheduler", "clip_sample": false})
	writeJSON(t, filepath.Join(dir, "model_index.json"), map[string]any{
		"_class_name": "StableDiffusionPipeline", "tokenizer": []string{"transformers", "CLIPTokenizer"},
		"text_encoder": []string{"transformers", "CLIPTextModel"}, "unet": []string{"diffusers", "UNet2DConditionModel"},
		"vae": []string{"diffusers", "AutoencoderKL"}, "scheduler": []string{"diffusers", "DDIMScheduler"},
	})
	return dir
}

func writeComponent(t *testing.T, dir, file string, config any, params []*nn.Param) {
	t.Helper()
	writeJSON(t, filepath.Join(dir, "config.json"), config)
	w := nn.NewWeights(model.NewStore(), "component")
	must(t, w.Initialise(params, 1))
	list, err := w.Export(params, weights.F32)
	must(t, err)
	must(t, weights.Write(filepath.Join(dir, file), list, nil))
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	data, err := json.Marshal(value)
	must(t, err)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, data, 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// succeed runs a command that must succeed and decodes its result into v.
func succeed(t *testing.T, v any, args ...string) output {
	t.Helper()
	got := execute(t.Context(), t, append(args, "--json")...)
	if got.status != exitDone {
		t.Fatalf("%v: status %d\n%s", args, got.status, got.err)
	}
	must(t, json.Unmarshal([]byte(got.out), v))
	return got
}

// TestLearnAndDraw goes the whole way of a user: a photo is learned, the
// concept is shown and exported, and pictures are drawn with it.
func TestLearnAndDraw(t *testing.T) {
	enginetest.Fast(t)
	folder, dir := tinyModel(t), t.TempDir()
	photo := filepath.Join(dir, "mug.png")
	mug := picture.Filled(24, 16, 200, 30, 40)
	copy(mug.Pix[:24*8*3], picture.Filled(24, 8, 40, 90, 200).Pix) // on another ground
	must(t, picture.WriteFile(photo, mug, nil))
	again := filepath.Join(dir, "again.png") // the same picture, which counts once
	must(t, picture.WriteFile(again, mug, nil))
	file := filepath.Join(dir, "mug.safetensors")

	var learned struct {
		File, Sheet string
		Concept     summary
	}
	got := succeed(t, &learned, "personalize", photo, again, "--model", folder, "--out", file, "--steps", "3", "--set", "batch_size=1",
		"--prompt", "{} in snow")
	if learned.File != file || learned.Concept.Placeholder != "<mug>" || learned.Concept.Vectors != 1 || len(learned.Concept.Sources) != 1 {
		t.Errorf("personalize gave %+v", learned)
	}
	if !strings.Contains(got.err, "again.png") {
		t.Errorf("nothing is said of the picture that is there twice: %s", got.err)
	}
	if !strings.Contains(got.err, `"task":"learn"`) {
		t.Errorf("no progress of learning in %s", got.err)
	}
	if _, err := picture.Open(learned.Sheet); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "mug.run")); err == nil {
		t.Error("the run's folder is still there")
	}
	t.Run("not overwritten", func(t *testing.T) {
		got := execute(t.Context(), t, "personalize", photo, "--model", folder, "--out", file)
		if got.status != exitWrongUse || !strings.Contains(got.err, "--force") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("show", func(t *testing.T) {
		var shown summary
		succeed(t, &shown, "concept", "show", file)
		if shown.Placeholder != "<mug>" || shown.Settings["steps"] != "3" {
			t.Errorf("%+v", shown)
		}
	})
	t.Run("export and import", func(t *testing.T) { exportAndImport(t, file) })
	t.Run("generate", func(t *testing.T) { drawTwice(t, folder, file) })
	t.Run("explore", func(t *testing.T) { exploreDial(t, folder, file) })
}

func exportAndImport(t *testing.T, file string) {
	dir := t.TempDir()
	var exported struct{ Files []string }
	succeed(t, &exported, "concept", "export", file, "--out", filepath.Join(dir, "out"))
	if len(exported.Files) != 2 { // pairs and vector
		t.Fatalf("exported %v", exported.Files)
	}
	var imported struct{ Concept summary }
	succeed(t, &imported, "concept", "import", exported.Files[1], "--out", filepath.Join(dir, "again.safetensors"))
	if imported.Concept.Placeholder != "<mug>" || imported.Concept.Vectors != 1 {
		t.Errorf("imported %+v", imported)
	}
}

// exploreDial draws two seeds at three fidelities on one sheet.
func exploreDial(t *testing.T, folder, file string) {
	out := filepath.Join(t.TempDir(), "dial.png")
	var made struct {
		File       string
		Fidelities []float64
	}
	succeed(t, &made, "explore", "<mug> in snow", "--model", folder, "--concept", file, "--steps", "2", "--seed", "7",
		"--count", "2", "--fidelities", "0, 0.5,1", "--out", out)
	if _, err := picture.Open(out); err != nil || made.File != out || !slices.Equal(made.Fidelities, []float64{0, 0.5, 1}) {
		t.Errorf("explore gave %+v: %v", made, err)
	}
	for want, args := range map[string][]string{
		"--concept":    {"explore", "snow", "--model", folder},
		"0,2":          {"explore", "<mug>", "--model", folder, "--concept", file, "--fidelities", "0,2"},
		"--force":      {"explore", "<mug>", "--model", folder, "--concept", file, "--out", out},
		"--fidelities": {"explore", "<mug>", "--model", folder, "--concept", file, "--fidelities", ""},
	} {
		if got := execute(t.Context(), t, args...); got.status != exitWrongUse || !strings.Contains(got.err, want) {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// drawTwice draws from flags and from a settings file, which must agree.
func drawTwice(t *testing.T, folder, file string) {
	dir := t.TempDir()
	flagged, configured := filepath.Join(dir, "flags.png"), filepath.Join(dir, "file.png")
	var first, second struct{ Pictures []drawn }
	succeed(t, &first, "generate", "a <mug> in snow", "--model", folder, "--concept", file, "--steps", "2", "--guidance", "1",
		"--seed", "7", "--count", "2", "--out", flagged)
	if len(first.Pictures) != 2 || first.Pictures[0].File != filepath.Join(dir, "flags-1.png") || first.Pictures[1].Seed != 8 {
		t.Fatalf("generate gave %+v", first)
	}
	config := writeFile(t, "draw.yaml", "model: "+folder+"\nconcept:\n  - "+file+"\nsteps: 2\nguidance: 1\nseed: 8\n")
	succeed(t, &second, "generate", "a <mug> in snow", "--config", config, "--out", configured)
	a, err := picture.Open(first.Pictures[1].File)
	must(t, err)
	b, err := picture.Open(second.Pictures[0].File)
	must(t, err)
	if a.Hash() != b.Hash() || a.Width != 16 {
		t.Errorf("the second of two pictures of seed 7 is not the picture of seed 8")
	}
	data, err := os.ReadFile(configured)
	must(t, err)
	metadata, err := picture.ReadPNGMetadata(bytes.NewReader(data))
	must(t, err)
	if !strings.Contains(metadata["parameters"], "a <mug> in snow") {
		t.Errorf("metadata %v", metadata)
	}
}

func TestDemoWritesPageAndSheet(t *testing.T) {
	enginetest.Fast(t)
	out := filepath.Join(t.TempDir(), "demo")
	var made struct{ Page, Sheet, File string }
	succeed(t, &made, "demo", "--model", tinyModel(t), "--method", "textual_inversion", "--steps", "2", "--out", out)
	if _, err := picture.Open(made.Sheet); err != nil {
		t.Error(err)
	}
	page, err := os.ReadFile(made.Page)
	must(t, err)
	for _, want := range []string{`<html lang="en">`, "One picture in", "一枚の写真から", "before learning", "2 ステップ後", `src="data:image/png;base64,`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if bytes.Contains(page, []byte("ZgotmplZ")) || bytes.Contains(page, []byte("://")) {
		t.Error("the page has a blocked or an outside address")
	}
}

func TestPersonalizeWrongUse(t *testing.T) {
	photo := filepath.Join(t.TempDir(), "mug.png")
	must(t, picture.WriteFile(photo, picture.Filled(8, 8, 1, 2, 3), nil))
	dir := t.TempDir()
	foreign := filepath.Join(dir, "kept.run")
	must(t, os.MkdirAll(filepath.Join(foreign, "mine"), 0o755))
	cases := map[string]struct {
		args []string
		want string
	}{
		"no photo":     {nil, "PHOTO"},
		"method":       {[]string{photo, "--method", "magic"}, "magic"},
		"encoder":      {[]string{photo, "--method", "lora", "--encoder", dir}, "--encoder"},
		"class word":   {[]string{photo, "--method", "dreambooth_lora"}, "--class-word"},
		"placeholder":  {[]string{photo, "--placeholder", "two words"}, "two words"},
		"ending":       {[]string{photo, "--out", "x.bin"}, ".safetensors"},
		"input":        {[]string{filepath.Join(dir, "a-sheet.png"), "--force", "--out", filepath.Join(dir, "a.safetensors")}, "one of the photos"},
		"foreign run":  {[]string{photo, "--out", filepath.Join(dir, "kept.safetensors")}, "--run"},
		"prompt count": {slices.Repeat([]string{photo}, 21), "one too many"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := execute(context.Background(), t, append([]string{"personalize"}, c.args...)...)
			if got.status != exitWrongUse || !strings.Contains(got.err, c.want) {
				t.Errorf("status %d, message %q; want %q in it", got.status, got.err, c.want)
			}
		})
	}
}

func TestGenerateWrongUse(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "taken.png")
	must(t, os.WriteFile(taken, nil, 0o644))
	for want, args := range map[string][]string{
		"PROMPT":       {},
		"one too many": {"a", "dog"},
		"--force":      {"a dog", "--out", taken},
		".png":         {"a dog", "--out", "dog.jpg"},
		"--count":      {"a dog", "--count", "0"},
		"--sampler":    {"a dog", "--sampler", "magic"},
		"--rng":        {"a dog", "--rng", "dice"},
		"--steps":      {"a dog", "--steps", "0"},
		"--guidance":   {"a dog", "--guidance", "0.5"},
		"--batch":      {"a dog", "--batch", "0"},
		"--token":      {"a dog", "--token-merging", "1"},
		"--device":     {"a dog", "--device", "abacus"},
		"WIDTHxHEIGHT": {"a dog", "--size", "big"},
		"0 or more":    {"a dog", "--seed", "x"},
	} {
		got := execute(context.Background(), t, append([]string{"generate"}, args...)...)
		if got.status != exitWrongUse || !strings.Contains(got.err, want) {
			t.Errorf("%v: status %d, message %q; want %q in it", args, got.status, got.err, want)
		}
	}
}

func TestSplitWeight(t *testing.T) {
	for in, want := range map[string]struct {
		file   string
		weight float64
	}{
		"dog.safetensors":       {"dog.safetensors", 1},
		"dog.safetensors:0.5":   {"dog.safetensors", 0.5},
		`C:\dog.safetensors`:    {`C:\dog.safetensors`, 1},
		`C:\dog.safetensors:-1`: {`C:\dog.safetensors`, -1},
	} {
		if file, weight := splitWeight(in); file != want.file || weight != want.weight {
			t.Errorf("%q gave %q, %g", in, file, weight)
		}
	}
}
