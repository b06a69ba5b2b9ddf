package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	peftConfigName  = "adapter_config.json"
	peftWeightsName = "adapter_model.safetensors"
)

// loraNames are the LoRA files that a folder may hold, the preferred first.
var loraNames = []string{"pytorch_lora_weights.safetensors", peftWeightsName}

// OpenLoRA reads a LoRA from a file, a peft folder (adapter_config.json beside
// adapter_model.safetensors) or a folder that diffusers wrote. See ParseLoRA
// for modules and the namings.
func OpenLoRA(path string, modules map[string][]string) (*LoRA, error) {
	file, err := loraFile(path)
	if err != nil {
		return nil, fmt.Errorf("open LoRA: %w", err)
	}
	src, err := Open(file)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if filepath.Base(file) != peftWeightsName {
		return ParseLoRA(src, modules)
	}
	alphas, err := peftAlphas(filepath.Join(filepath.Dir(file), peftConfigName))
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w; a peft adapter's alpha is in it", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open LoRA: %w", err)
	}
	return parseLoRA(src, modules, alphas)
}

// loraFile is the weights file that a path means.
func loraFile(path string) (string, error) {
	stat, err := os.Stat(path)
	if err != nil || !stat.IsDir() {
		return path, err
	}
	for _, name := range loraNames {
		if file := filepath.Join(path, name); exists(file) {
			return file, nil
		}
	}
	for _, name := range []string{"pytorch_lora_weights.bin", "adapter_model.bin"} {
		if exists(filepath.Join(path, name)) {
			return "", pickleError(path, []string{name})
		}
	}
	return "", &FormatError{Path: path, Kind: os.ErrNotExist, Detail: "wanted " + loraNames[0] + " or " + loraNames[1]}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// peftAlphas reads a peft folder's configuration.
func peftAlphas(path string) (alphaRule, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	config, err := parseAdapterConfig(fields)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return alphaRule{"": config}, nil
}
