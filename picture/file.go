package picture

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteFile writes the picture as PNG with metadata (see [EncodePNG]). The file
// is written beside its place and renamed, so that nobody sees half of it; a
// failure leaves what was there before.
func WriteFile(path string, p *Picture, metadata map[string]string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write picture %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
			err = fmt.Errorf("write picture %s: %w", path, err)
		}
	}()
	if err := EncodePNG(file, p, metadata); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// HashFile is the SHA-256 of a file's bytes in hexadecimal, for telling in a
// record which file something was made from.
func HashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash picture: %w", err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", fmt.Errorf("hash picture %s: %w", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Hash is the SHA-256 of the pixels and the sides in hexadecimal: equal for
// equal pictures, whatever file they came from.
func (p *Picture) Hash() string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%d %d\n", p.Width, p.Height)
	hash.Write(p.Pix)
	return hex.EncodeToString(hash.Sum(nil))
}
