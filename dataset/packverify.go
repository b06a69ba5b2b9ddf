package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// VerifyPack compares the files of a pack with the SHA-256 sums that pack.json
// states, and names the first that differs. OpenPack does not do this, because
// it reads every byte.
func VerifyPack(ctx context.Context, dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "pack.json"))
	if err != nil {
		return fmt.Errorf("verify pack: %w", err)
	}
	var head struct {
		Sums map[string]string `json:"sha256"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("verify pack: read pack.json: %w", err)
	}
	if len(head.Sums) == 0 {
		return fmt.Errorf("verify pack %s: pack.json states no sums", dir)
	}
	for name, want := range head.Sums {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, err := sumOf(dir, name)
		if err != nil {
			return fmt.Errorf("verify pack %s: %w", dir, err)
		}
		if got != want {
			return fmt.Errorf("verify pack %s: %s has SHA-256 %s and pack.json states %s; build the pack again", dir, name, got, want)
		}
	}
	return nil
}

func sumOf(dir, name string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
