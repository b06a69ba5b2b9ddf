package demo

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/picture"
)

func TestPhotosCanBeRead(t *testing.T) {
	photos, err := Photos()
	if err != nil {
		t.Fatal(err)
	}
	if len(photos) < 3 {
		t.Fatalf("%d example photos, want 3 or more", len(photos))
	}
	attribution, err := files.ReadFile("photos/ATTRIBUTION.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range photos {
		if _, err := picture.Decode(bytes.NewReader(p.Data), picture.Limits{}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if !bytes.Contains(attribution, []byte(p.Name+".jpg")) {
			t.Errorf("%s is not in photos/ATTRIBUTION.md", p.Name)
		}
	}
}

func TestPhotosAreNotHeldOut(t *testing.T) {
	held, err := dataset.ReadHeldOut(bytes.NewReader(HeldOut()))
	if err != nil {
		t.Fatal(err)
	}
	photos, err := Photos()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range photos {
		subject := p.Name[:len(p.Name)-len("_1")]
		if err := held.Guard(dataset.Subject{Key: subject + "/" + p.Name}); err != nil {
			t.Error(err)
		}
	}
}

func TestUnpack(t *testing.T) {
	model := fstest.MapFS{
		"model_index.json": {Data: []byte(`{}`)},
		"unet/config.json": {Data: []byte(`{"a": 1}`)},
	}
	ctx, cache := context.Background(), t.TempDir()
	dir, err := modelBundle.unpack(ctx, model, cache)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "unet", "config.json"))
	if err != nil || string(got) != `{"a": 1}` {
		t.Errorf("unet/config.json is %q, %v", got, err)
	}
	if again, err := modelBundle.unpack(ctx, model, cache); err != nil || again != dir {
		t.Errorf("a second time gave %s, %v; want %s", again, err, dir)
	}
	model["unet/config.json"] = &fstest.MapFile{Data: []byte(`{"a": 2}`)}
	if other, err := modelBundle.unpack(ctx, model, cache); err != nil || other == dir {
		t.Errorf("another model went to %s, %v", other, err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "*.partial"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The judge is unpacked like the model, under a name of its own.
func TestJudge(t *testing.T) {
	cache := t.TempDir()
	dir, err := Judge(t.Context(), cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"clip/model.safetensors", "tokenizer/vocab.json"} {
		want, err := files.ReadFile("judge/" + name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes, %v; want %d", name, len(got), err, len(want))
		}
	}
	if again, err := Judge(t.Context(), cache); err != nil || again != dir {
		t.Errorf("a second time gave %s, %v; want %s", again, err, dir)
	}
	if _, err := judgeBundle.unpack(t.Context(), fstest.MapFS{"README.md": {}}, cache); !errors.Is(err, ErrNoJudge) {
		t.Errorf("no judge gave %v", err)
	}
}

func TestUnpackErrs(t *testing.T) {
	if _, err := modelBundle.unpack(context.Background(), fstest.MapFS{"README.md": {}}, t.TempDir()); !errors.Is(err, ErrNoModel) {
		t.Errorf("no model gave %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	cache := t.TempDir()
	if _, err := modelBundle.unpack(ctx, fstest.MapFS{"model_index.json": {}}, cache); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gave %v", err)
	}
	if left, _ := os.ReadDir(cache); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
