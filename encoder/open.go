package encoder

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// Folder is the name of an encoder's folder within that of its base model.
const Folder = "encoder"

// Names of the files of an encoder's folder.
const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
)

var folder = nn.Folder[Config, *Model]{
	Kind: "encoder", Config: ReadConfig, New: New,
	Params: func(m *Model) []*nn.Param { return m.Params },
}

// OpenModel reads an encoder's network alone into store, under the path element
// component.
func OpenModel(dir string, store *model.Store, component string, options ...nn.OpenOption) (*Model, *nn.Weights, error) {
	return folder.Open(dir, store, component, options...)
}

// Write writes config.json and list, the weights of m's parameters, into a folder.
// Each file is whole or not written.
func (m *Model) Write(dir string, list []weights.Tensor) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write encoder: %w", err)
	}
	if err := weights.Write(filepath.Join(dir, weightsFile), list, map[string]string{"format": "pt"}); err != nil {
		return fmt.Errorf("write encoder: %w", err)
	}
	data, err := json.MarshalIndent(m.Config, "", "  ")
	if err != nil {
		return fmt.Errorf("write encoder: %w", err)
	}
	path := filepath.Join(dir, configFile)
	if err := os.WriteFile(path+".partial", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write encoder: %w", err)
	}
	if err := os.Rename(path+".partial", path); err != nil {
		os.Remove(path + ".partial")
		return fmt.Errorf("write encoder: %w", err)
	}
	return nil
}

// In is where a model folder's encoder lies, "" where it has none.
func In(dir string) string {
	at := filepath.Join(dir, Folder)
	if !exists(filepath.Join(at, configFile)) {
		return ""
	}
	return at
}
