//go:build unix

package weights

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestCutWhileMapped: a file cut short under a mapping faults on the next read,
// which has to be an error and not the end of the program.
func TestCutWhileMapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := Write(path, []Tensor{FromFloat32("a", []int{1 << 16}, make([]float32, 1<<16), F32)}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, mapped := f.store.(*mapStore); !mapped {
		t.Skip("this file system does not map files")
	}
	if err := os.Truncate(path, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Float32("a"); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
}
