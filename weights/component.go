package weights

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// componentNames are the files that a model's folder may hold, the preferred
// first: float32 before float16, one file before shards.
var componentNames = []string{
	"model.safetensors",
	"diffusion_pytorch_model.safetensors",
	"model.safetensors.index.json",
	"diffusion_pytorch_model.safetensors.index.json",
	"model.fp16.safetensors",
	"diffusion_pytorch_model.fp16.safetensors",
	"model.safetensors.index.fp16.json",
	"diffusion_pytorch_model.safetensors.index.fp16.json",
	"model.fp16.safetensors.index.json",
	"diffusion_pytorch_model.fp16.safetensors.index.json",
}

// OpenComponent opens the tensors of one model of a Hugging Face or diffusers
// folder, such as unet/ or text_encoder/: one file, its fp16 variant, or shards
// through their index. dir may also be the path of such a file. Where only
// pickles are there, the error is an ErrPickle that says how to convert them.
func OpenComponent(dir string) (Source, error) {
	stat, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open model weights: %w", err)
	}
	if !stat.IsDir() {
		return openPath(dir)
	}
	for _, name := range componentNames {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return openPath(path)
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("open model weights: %w", err)
		}
	}
	return nil, fmt.Errorf("open model weights: %w", noComponent(dir))
}

// openPath opens a file or an index. It returns no typed nil in the interface.
func openPath(path string) (Source, error) {
	if strings.HasSuffix(path, ".json") {
		s, err := OpenIndex(path)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// noComponent says what is in a folder that has no weights of a known name.
func noComponent(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var pickles, others []string
	for _, f := range files {
		switch name := f.Name(); {
		case isPickleName(name):
			pickles = append(pickles, name)
		case filepath.Ext(name) == ".safetensors":
			others = append(others, name)
		}
	}
	if len(others) == 0 && len(pickles) > 0 {
		return pickleError(dir, pickles)
	}
	detail := "wanted " + strings.Join(componentNames[:4], ", ") + " or an fp16 variant"
	if len(others) > 0 {
		slices.Sort(others)
		detail += "; found " + clip(strings.Join(others, ", "))
	}
	return &FormatError{Path: dir, Kind: os.ErrNotExist, Detail: detail}
}
