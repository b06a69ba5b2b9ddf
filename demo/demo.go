// Package demo is the small model, the judge of its pictures and the photos that the
// program carries, so that it can show what it does without any download.
package demo

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

//go:embed all:model all:judge photos recipe/heldout.json
var files embed.FS

// ErrNoModel says that this build carries no demo model.
var ErrNoModel = errors.New("this build carries no demo model: demo/model has no model_index.json; train one with `make demo-data train-demo`, or name a model folder with --model")

// Photo is one of the example photos.
type Photo struct {
	Name string // file name without ending, such as "wolf_plushie_1"
	Data []byte // JPEG
}

// Photos lists the example photos by name; photos/ATTRIBUTION.md says whose
// they are.
func Photos() ([]Photo, error) {
	entries, err := files.ReadDir("photos")
	if err != nil {
		return nil, fmt.Errorf("list the example photos: %w", err)
	}
	var photos []Photo
	for _, e := range entries {
		name, isJPEG := strings.CutSuffix(e.Name(), ".jpg")
		if !isJPEG {
			continue
		}
		data, err := files.ReadFile(path.Join("photos", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the example photo %s: %w", name, err)
		}
		photos = append(photos, Photo{name, data})
	}
	return photos, nil
}

// HeldOut is the list of pictures that no training may see (recipe/heldout.json).
func HeldOut() []byte {
	data, err := files.ReadFile("recipe/heldout.json")
	if err != nil {
		panic(err) // the build includes the file or fails
	}
	return data
}

// Model returns a folder with the demo model, unpacking it below cache unless
// it is there already. Without a model the error is [ErrNoModel].
func Model(ctx context.Context, cache string) (string, error) {
	source, err := fs.Sub(files, "model")
	if err != nil {
		return "", fmt.Errorf("open the demo model: %w", err)
	}
	return modelBundle.unpack(ctx, source, cache)
}

// FolderPrefix begins the name of the unpacked model's folder; a hash of its
// content follows.
const FolderPrefix = "demo-model-"

// bundle is a folder that the program carries.
type bundle struct {
	name   string // for errors
	prefix string // of the unpacked folder's name
	marker string // the file without which there is none
	none   error
}

var (
	modelBundle = bundle{"the demo model", FolderPrefix, "model_index.json", ErrNoModel}
	judgeBundle = bundle{"the demo's judge", judgePrefix, "clip/config.json", ErrNoJudge}
)

// unpack writes the folder below cache, under a name made of its content, so that
// a newer program never uses an older one.
func (b bundle) unpack(ctx context.Context, source fs.FS, cache string) (string, error) {
	if _, err := fs.Stat(source, b.marker); err != nil {
		return "", b.none
	}
	sum, err := contentHash(ctx, source)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", b.name, err)
	}
	dir := filepath.Join(cache, b.prefix+sum[:16])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("unpack %s: %w", b.name, err)
	}
	partial, err := os.MkdirTemp(cache, b.prefix+"*.partial")
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", b.name, err)
	}
	defer os.RemoveAll(partial)
	if err := copyFiles(ctx, source, partial); err != nil {
		return "", fmt.Errorf("unpack %s: %w", b.name, err)
	}
	if err := os.Rename(partial, dir); err != nil {
		if _, statErr := os.Stat(dir); statErr == nil {
			return dir, nil // another process was faster
		}
		return "", fmt.Errorf("unpack %s: %w", b.name, err)
	}
	return dir, nil
}

// contentHash is the SHA-256 over all names and bytes.
func contentHash(ctx context.Context, source fs.FS) (string, error) {
	h := sha256.New()
	err := eachFile(ctx, source, func(name string, data []byte) error {
		fmt.Fprintf(h, "%d %s %d\n", len(name), name, len(data))
		h.Write(data)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// copyFiles writes the files and makes the folders readable.
func copyFiles(ctx context.Context, source fs.FS, dir string) error {
	err := eachFile(ctx, source, func(name string, data []byte) error {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, data, 0o644)
	})
	if err != nil {
		return err
	}
	return os.Chmod(dir, 0o755) // MkdirTemp's folder is its maker's alone
}

// eachFile hands over every file in lexical order.
func eachFile(ctx context.Context, source fs.FS, f func(name string, data []byte) error) error {
	return fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if d.IsDir() {
			return nil
		}
		data, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		return f(name, data)
	})
}
