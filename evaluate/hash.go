package evaluate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/diffusion"
)

// digest is a short hash of what something depends on, for a folder's name.
func digest(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d %s\n", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// hashFolder is a hash of all files of a folder and of their names. Files that begin
// with a point, and texts for people, do not count.
func hashFolder(ctx context.Context, dir string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return firstError(err, ctx.Err())
		}
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || filepath.Ext(path) == ".md" {
			return nil
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, filepath.ToSlash(relative))
		return hashInto(sum, path)
	})
	if err != nil {
		return "", fmt.Errorf("identify %s: %w", dir, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func hashInto(sum io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(sum, file)
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// hashModel identifies everything of a model that pictures depend on.
func hashModel(ctx context.Context, m *diffusion.Model) (string, error) {
	base, err := m.BaseHash(ctx)
	if err != nil {
		return "", err
	}
	parts := []string{base, string(m.Precision()), m.DType.String()}
	for _, name := range []string{"vae", "scheduler", "tokenizer"} {
		h, err := hashFolder(ctx, filepath.Join(m.Dir, name))
		if err != nil {
			return "", err
		}
		parts = append(parts, h)
	}
	return digest(parts...), nil
}
