package encoder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/encoder"
)

// Each place is taken before those that were filled earlier.
func TestFindCLIP(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "model")
	if at := encoder.FindCLIP(dir); at != nil {
		t.Fatalf("an empty folder has a CLIP in %+v", at)
	}
	for _, want := range []encoder.CLIPFolder{
		{Dir: filepath.Join(dir, "image_encoder"), Processor: filepath.Join(dir, "feature_extractor")},
		{Dir: filepath.Join(root, "clip"), Processor: filepath.Join(root, "clip"), Whole: true},
		{Dir: filepath.Join(dir, "clip"), Processor: filepath.Join(dir, "clip"), Whole: true},
	} {
		if err := os.MkdirAll(want.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(want.Dir, "config.json"), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, encoder.FindCLIP(dir)); diff != "" {
			t.Error(diff)
		}
	}
}
