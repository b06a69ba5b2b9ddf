package weights

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample writes a small valid file and gives its path.
func sample(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.safetensors")
	err := Write(path, []Tensor{
		FromFloat32("half", []int{3}, []float32{1, -2, 0.5}, F16),
		FromFloat32("matrix", []int{2, 2}, []float32{1, 2, 3, 4}, F32),
		{Name: "ids", DType: I64, Shape: []int{1, 2}, Data: make([]byte, 16)},
		FromFloat32("scalar", nil, []float32{7}, F32),
		{Name: "none", DType: U8, Shape: []int{0}},
	}, map[string]string{"format": "pt", "note": "見本"})
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	f, err := Open(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if d := cmp.Diff([]string{"half", "ids", "matrix", "none", "scalar"}, f.Names()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"format": "pt", "note": "見本"}, f.Metadata()); d != "" {
		t.Error(d)
	}
	info, ok := f.Info("matrix")
	if d := cmp.Diff(Info{Name: "matrix", DType: F32, Shape: []int{2, 2}}, info); d != "" || !ok {
		t.Error(d)
	}
	info.Shape[0] = 99 // a caller's change stays the caller's
	if again, _ := f.Info("matrix"); again.Elements() != 4 {
		t.Error("Info gives out its own shape")
	}
	for name, want := range map[string][]float32{"half": {1, -2, 0.5}, "scalar": {7}, "none": {}, "ids": {0, 0}} {
		got, err := f.Float32(name)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
	if _, err := f.Float32("nothing"); !errors.Is(err, ErrNoTensor) {
		t.Errorf("got %v", err)
	}
}

func TestFileClosed(t *testing.T) {
	f, err := Open(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 100 {
				if _, err := f.Float32("matrix"); err != nil && !errors.Is(err, os.ErrClosed) {
					t.Error(err)
				}
			}
		})
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	readers.Wait()
	if _, err := f.Float32("matrix"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if _, err := f.Bytes("matrix"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestFileWithoutMapping reads through ReadAt, as systems without mapping do.
func TestFileWithoutMapping(t *testing.T) {
	path := sample(t)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	stat, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	read, err := newFile(path, &readStore{file: file, length: stat.Size()})
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	mapped, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer mapped.Close()
	for _, name := range mapped.Names() {
		want, _ := mapped.Bytes(name)
		got, err := read.Bytes(name)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenForeignFiles(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		kind    error
		says    string
	}{
		"ZipPickle":  {"PK\x03\x04" + strings.Repeat("\x00", 60), ErrPickle, "torch.load"},
		"OldPickle":  {"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", ErrPickle, "weights_only=True"},
		"LFSPointer": {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", ErrNotWeights, "git lfs pull"},
		"WebPage":    {"<!DOCTYPE html><html></html>", ErrNotWeights, "web page"},
		"GGUF":       {"GGUF\x03\x00\x00\x00\x00\x00\x00\x00", ErrNotWeights, "GGUF"},
		"Short":      {"abc", ErrTooShort, "3 bytes"},
		"NoHeader":   {"\x00\x00\x00\x00\x00\x00\x00\x00", ErrHeaderJSON, "{"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.safetensors")
			writeFile(t, path, c.content)
			_, err := Open(path)
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want %v that says %q", err, c.kind, c.says)
			}
		})
	}
	old := filepath.Join(t.TempDir(), "old.CKPT") // a pickle of protocol 0
	writeFile(t, old, "(dp0\nS'a'\np1\nI1\ns.")
	if _, err := Open(old); !errors.Is(err, ErrPickle) || !strings.Contains(err.Error(), "torch.load") {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder opened as a file")
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nothing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
