package diffusion

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Components of a Stable Diffusion folder, by the names of their subfolders.
const (
	partTokenizer = "tokenizer"
	partText      = "text_encoder"
	partUNet      = "unet"
	partVAE       = "vae"
	partScheduler = "scheduler"
)

// indexFile is the list of components at the top of a model folder.
const indexFile = "model_index.json"

// pipelineClass is the one diffusers pipeline that this package runs.
const pipelineClass = "StableDiffusionPipeline"

// part is a component that must be there, with the classes that can be read.
type part struct {
	name    string
	file    string   // that shows it is there; "" where any file does
	classes []string // nil for any, where the component's own reader decides
}

// parts lists what is needed; whatever else a folder has (safety_checker,
// feature_extractor, image_encoder) is ignored.
var parts = []part{
	{partTokenizer, "", []string{"CLIPTokenizer", "CLIPTokenizerFast"}},
	{partText, "config.json", []string{"CLIPTextModel", "CLIPTextModelWithProjection"}},
	{partUNet, "config.json", []string{"UNet2DConditionModel"}},
	{partVAE, "config.json", []string{"AutoencoderKL", "AutoencoderTiny"}},
	{partScheduler, "scheduler_config.json", nil},
}

// checkFolder reports everything that keeps dir from being a model this
// package can open, before anything large is read.
func checkFolder(dir string) error {
	index, err := readIndex(dir)
	if err != nil {
		return err
	}
	if err := checkPipeline(dir, index); err != nil {
		return err
	}
	var problems []string
	for _, p := range parts {
		if problem := p.check(dir, index); problem != "" {
			problems = append(problems, problem)
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("model folder %s: %s", dir, strings.Join(problems, "; "))
	}
	return nil
}

// readIndex reads the keys of model_index.json.
func readIndex(dir string) (map[string]json.RawMessage, error) {
	stat, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("find model folder: %w", err)
	case !stat.IsDir():
		return nil, fmt.Errorf("%s is a file; a model is a folder in diffusers' layout, with %s and the folders unet, vae, text_encoder, tokenizer and scheduler", dir, indexFile)
	}
	path := filepath.Join(dir, indexFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s, so it is not a model folder in diffusers' layout; %s", dir, indexFile, hint(dir))
	}
	if err != nil {
		return nil, fmt.Errorf("read model folder: %w", err)
	}
	var index map[string]json.RawMessage
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return index, nil
}

// hint guesses what somebody meant who named a folder without an index.
func hint(dir string) string {
	if inner, _ := filepath.Glob(filepath.Join(dir, "*", indexFile)); len(inner) > 0 {
		return "a folder inside it has one: " + filepath.Dir(inner[0])
	}
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
		return "it looks like one component; name the folder above it"
	}
	return "check the path"
}

func checkPipeline(dir string, index map[string]json.RawMessage) error {
	var class string
	path := filepath.Join(dir, indexFile)
	if err := json.Unmarshal(index["_class_name"], &class); err != nil {
		return fmt.Errorf("%s has no _class_name, which should be %q", path, pipelineClass)
	}
	if class != pipelineClass {
		return fmt.Errorf("%s is a %s; Stable Diffusion 1.x and 2.x are supported (_class_name %s in %s)", dir, class, pipelineClass, indexFile)
	}
	return nil
}

// check says what is wrong with a component, or "".
func (p part) check(dir string, index map[string]json.RawMessage) string {
	var entry []*string // library and class
	if err := json.Unmarshal(index[p.name], &entry); err != nil || len(entry) != 2 || entry[1] == nil {
		return fmt.Sprintf("%s names no %s", indexFile, p.name)
	}
	class := *entry[1]
	if p.classes != nil && !slices.Contains(p.classes, class) {
		return fmt.Sprintf("%s says that %s is a %s; %s can be used", indexFile, p.name, class, strings.Join(p.classes, " or "))
	}
	folder := filepath.Join(dir, p.name)
	if stat, err := os.Stat(folder); err != nil || !stat.IsDir() {
		return fmt.Sprintf("the folder %s is missing (a %s)", folder, class)
	}
	if _, err := os.Stat(filepath.Join(folder, p.file)); err != nil {
		return fmt.Sprintf("the file %s is missing", filepath.Join(folder, p.file))
	}
	return ""
}
