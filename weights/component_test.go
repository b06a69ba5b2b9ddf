package weights

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpenComponentNames(t *testing.T) {
	for i, name := range componentNames {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for j, n := range componentNames[i:] { // all later names are there too
				writeComponent(t, dir, n, float32(i+j))
			}
			for _, path := range []string{dir, filepath.Join(dir, name)} {
				src, err := OpenComponent(path)
				if err != nil {
					t.Fatal(err)
				}
				defer src.Close()
				if v, err := src.Float32("x"); err != nil || v[0] != float32(i) {
					t.Errorf("opened %v, %v", v, err)
				}
			}
		})
	}
}

// writeComponent writes a file, or an index with one shard, whose tensor x says
// which it is.
func writeComponent(t *testing.T, dir, name string, value float32) {
	t.Helper()
	file := name
	if strings.HasSuffix(name, ".json") {
		file = fmt.Sprintf("shard-%v.safetensors", value)
		writeFile(t, filepath.Join(dir, name), fmt.Sprintf(`{"metadata":{"total_size":4},"weight_map":{"x":%q}}`, file))
	}
	if err := Write(filepath.Join(dir, file), []Tensor{FromFloat32("x", nil, []float32{value}, F32)}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestOpenComponentErrors(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		kind error
		says string
	}{
		"ErrPickle":    {"pytorch_model.bin", ErrPickle, "save_file"},
		"ErrOtherName": {"other.safetensors", os.ErrNotExist, "other.safetensors"},
		"ErrEmpty":     {"readme.txt", os.ErrNotExist, "model.safetensors"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, c.file), "x")
			src, err := OpenComponent(dir)
			if src != nil || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, %v; want %v that says %q", src, err, c.kind, c.says)
			}
		})
	}
	if src, err := OpenComponent(filepath.Join(t.TempDir(), "nothing")); src != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, %v", src, err)
	}
}

func TestSharded(t *testing.T) {
	dir := t.TempDir()
	for i, shard := range []string{"a", "b"} {
		tensors := []Tensor{FromFloat32(shard, nil, []float32{float32(i)}, F32), FromFloat32("unlisted"+shard, nil, []float32{0}, F32)}
		if err := Write(filepath.Join(dir, shard), tensors, map[string]string{"key " + shard: "value"}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "model.safetensors.index.json")
	writeFile(t, path, `{"weight_map":{"a":"a","b":"./b"},"metadata":{"total_size":8.5,"x":["y",{}]}}`)
	s, err := OpenIndex(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"key a": "value", "key b": "value"}, s.Metadata()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"a", "b"}, s.Names()); d != "" {
		t.Error(d)
	}
	for i, name := range s.Names() {
		if v, err := s.Float32(name); err != nil || v[0] != float32(i) {
			t.Errorf("%s: %v %v", name, v, err)
		}
	}
	_, errFloat := s.Float32("unlisteda")
	_, errBytes := s.Bytes("unlisteda")
	if _, ok := s.Info("unlisteda"); ok || !errors.Is(errFloat, ErrNoTensor) || !errors.Is(errBytes, ErrNoTensor) {
		t.Errorf("an unlisted tensor is there: %v, %v", errFloat, errBytes)
	}
	var e *KeyError
	if err := Check(RequireFinite(s), []Info{{Name: "a"}}, nil); !errors.As(err, &e) || e.Path != path {
		t.Errorf("got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Float32("a"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestOpenIndexErrors(t *testing.T) {
	for name, c := range map[string]struct{ index, says string }{
		"ErrOutside":     {`{"weight_map":{"x":"../x.safetensors"}}`, "outside the folder"},
		"ErrAbsolute":    {`{"weight_map":{"x":"/x.safetensors"}}`, "outside the folder"},
		"ErrMissing":     {`{"weight_map":{"x":"nothing.safetensors"}}`, "is missing"},
		"ErrNotInShard":  {`{"weight_map":{"x":"a.safetensors","y":"a.safetensors"}}`, "not in a.safetensors"},
		"ErrNoMap":       {`{"metadata":{"a":[1,2.5e3,null,{"b":true}]}}`, "no weight_map"},
		"ErrTwice":       {`{"weight_map":{"x":"a.safetensors","x":"a.safetensors"}}`, "duplicate"},
		"ErrJSON":        {`{"weight_map":{"x":"a.safetensors"}`, "ends"},
		"ErrNumber":      {`{"weight_map":{"x":1}}`, "expected"},
		"ErrBadValue":    {`{"metadata":nope,"weight_map":{}}`, "value"},
		"ErrDeep":        {`{"metadata":` + strings.Repeat("[", 1000), "deep"},
		"ErrEmptyString": {`{"weight_map":{"x":""}}`, "outside the folder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeComponent(t, dir, "a.safetensors", 1)
			path := filepath.Join(dir, "model.safetensors.index.json")
			writeFile(t, path, c.index)
			src, err := OpenComponent(dir)
			if src != nil || !errors.Is(err, ErrIndex) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, %v; want one that says %q", src, err, c.says)
			}
		})
	}
}
