package concept

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// importFiles are the files that a path means: itself, or the .safetensors
// files of a folder. A folder with pickles alone gives one of them, for whose
// error there is help.
func importFiles(path string) ([]string, error) {
	stat, err := os.Stat(path)
	if err != nil || !stat.IsDir() {
		return []string{path}, err
	}
	for _, endings := range [][]string{{".safetensors"}, {".bin", ".pt", ".pth", ".ckpt"}} {
		files, err := filesWith(path, endings)
		if err != nil || len(files) > 0 {
			return files, err
		}
	}
	return nil, errors.New("the folder holds no .safetensors file")
}

// filesWith lists a folder's visible files with one of the endings, sorted.
func filesWith(dir string, endings []string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		visible := !e.IsDir() && !strings.HasPrefix(e.Name(), ".")
		if visible && slices.Contains(endings, strings.ToLower(filepath.Ext(e.Name()))) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

// stem is a file's name without its folder and ending.
func stem(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// noteFile writes a file's name and SHA-256 into the settings.
func (c *Concept) noteFile(part, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	c.set("imported_"+part, filepath.Base(file))
	c.set("imported_"+part+"_sha256", hex.EncodeToString(h.Sum(nil)))
	return nil
}

// Modules are the names of the linear and convolution layers of the model in
// store, by component, as ImportOptions want them.
func Modules(store *model.Store) map[string][]string {
	modules := map[string][]string{}
	for _, component := range components {
		root := model.RootScopePath + component
		for v := range store.Scope(root).IterVariables() {
			name := strings.TrimPrefix(v.Path(), root+model.ScopeSeparator)
			if name, ok := strings.CutSuffix(name, model.ScopeSeparator+"weight"); ok && v.Shape().Rank() >= 2 {
				modules[component] = append(modules[component], strings.ReplaceAll(name, model.ScopeSeparator, "."))
			}
		}
	}
	for component := range modules {
		slices.Sort(modules[component])
	}
	return modules
}
