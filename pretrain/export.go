package pretrain

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/weights"
)

// exportComponent writes config.json and the weights, in float16, into a
// folder of diffusers' layout.
func exportComponent(dir, file string, config any, w *nn.Weights, params []*nn.Param) error {
	list, err := w.Export(params, weights.F16)
	if err != nil {
		return fmt.Errorf("export %s: %w", dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("export model: %w", err)
	}
	// transformers and diffusers refuse a file that does not say its framework.
	if err := weights.Write(filepath.Join(dir, file), list, map[string]string{"format": "pt"}); err != nil {
		return fmt.Errorf("export model: %w", err)
	}
	return writeJSON(filepath.Join(dir, "config.json"), config)
}

// exportPreprocess says how pictures are prepared for a tower that learned from
// those of pictureTensor. Without it OpenAI's mean and deviation would be taken.
func exportPreprocess(dir string, side int) error {
	return writeJSON(filepath.Join(dir, "preprocessor_config.json"), picture.SignedPreprocess(side).File())
}

// Names of the weight files in diffusers' and transformers' folders.
const (
	diffusersFile    = "diffusion_pytorch_model.safetensors"
	transformersFile = "model.safetensors"
)

// writeJSON writes a value beside and renames it into place.
func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(partial, path); err != nil {
		os.Remove(partial)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// writeScheduler writes scheduler/scheduler_config.json.
func writeScheduler(dir string, config ModelConfig) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("export scheduler: %w", err)
	}
	return writeJSON(filepath.Join(dir, "scheduler_config.json"), config)
}
