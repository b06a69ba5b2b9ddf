package pretrain

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// assemble puts the trained parts beside the UNet, so that dir is a whole
// Stable Diffusion folder. clip/ is not diffusers': it holds both towers, for
// scores and for nearest words.
func (s *unetStage) assemble(dir string) error {
	for _, part := range []struct {
		from, name string
		optional   bool
	}{
		{s.parts.VAE, vaeComponent, false},
		{s.parts.Text, textComponent, false},
		{s.parts.Text, tokenizerFolder, false},
		{s.parts.Text, clipComponent, true},
	} {
		err := copyFolder(filepath.Join(part.from, part.name), filepath.Join(dir, part.name))
		if err != nil && !(part.optional && errors.Is(err, os.ErrNotExist)) {
			return fmt.Errorf("assemble model: %w", err)
		}
	}
	scheduler, _ := s.settings.Scheduler["_class_name"].(string)
	return writeJSON(filepath.Join(dir, "model_index.json"), map[string]any{
		"_class_name":             "StableDiffusionPipeline",
		"_diffusers_version":      "0.42.1",
		"feature_extractor":       []any{nil, nil},
		"requires_safety_checker": false,
		"safety_checker":          []any{nil, nil},
		"scheduler":               []string{"diffusers", scheduler},
		"text_encoder":            []string{"transformers", "CLIPTextModel"},
		"tokenizer":               []string{"transformers", "CLIPTokenizer"},
		"unet":                    []string{"diffusers", "UNet2DConditionModel"},
		"vae":                     []string{"diffusers", "AutoencoderKL"},
	})
}

// copyFolder copies the files of a folder, each written beside and renamed.
func copyFolder(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if err := copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to + ".partial")
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(out.Name())
		return err
	}
	return os.Rename(out.Name(), to)
}
