package diffusion

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"path/filepath"
	"sync"

	"github.com/ichimai/ichimai/weights"
)

// baseHash is computed when it is first asked for; a failure is not kept.
type baseHash struct {
	mu  sync.Mutex
	hex string
}

// hashed are the components that a concept depends on. The autoencoder is not
// among them: people replace it without making another model of it.
var hashed = []string{partText, partUNet}

// BaseHash identifies the base model: the SHA-256, in lower-case hexadecimal, of
// the tensors of text encoder and UNet as they lie in the files. Of each tensor,
// sorted by name within its component, it takes "COMPONENT/NAME DTYPE [SHAPE]", a
// newline and the bytes. Neither file names, shards nor headers change it;
// another precision does. Integer tensors (position_ids) are left out, as some
// programs drop them. The first call reads the files; later ones are free.
func (m *Model) BaseHash(ctx context.Context) (string, error) {
	m.hash.mu.Lock()
	defer m.hash.mu.Unlock()
	if m.hash.hex != "" {
		return m.hash.hex, nil
	}
	sum := sha256.New()
	for _, component := range hashed {
		if err := hashComponent(ctx, sum, m.Dir, component); err != nil {
			return "", fmt.Errorf("identify model %s: %w", m.Name, err)
		}
	}
	m.hash.hex = hex.EncodeToString(sum.Sum(nil))
	return m.hash.hex, nil
}

func hashComponent(ctx context.Context, sum hash.Hash, dir, component string) error {
	src, err := weights.OpenComponent(filepath.Join(dir, component))
	if err != nil {
		return err
	}
	defer src.Close()
	for _, name := range src.Names() {
		info, _ := src.Info(name)
		if !info.DType.Float() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s/%s %s %v\n", component, name, info.DType, info.Shape)
		err := src.ReadBytes(name, func(data []byte) error {
			_, err := sum.Write(data)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// HashFolder is the SHA-256 of the tensors of one component's folder, taken as
// [Model.BaseHash] takes them, under the folder's own name.
func HashFolder(ctx context.Context, dir string) (string, error) {
	sum := sha256.New()
	whole, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := hashComponent(ctx, sum, filepath.Dir(whole), filepath.Base(whole)); err != nil {
		return "", fmt.Errorf("identify %s: %w", dir, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
