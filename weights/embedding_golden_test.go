package weights_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/weights"
)

// TestGoldenEmbeddings reads every textual-inversion file of the fixtures and
// compares it with its tensors.
func TestGoldenEmbeddings(t *testing.T) {
	dir := golden.Dir(t, "textual_inversion")
	var about struct{ Files map[string]string }
	golden.JSON(t, &about, dir, "golden", "prompts.json")
	if len(about.Files) == 0 {
		t.Fatal("no files")
	}
	for file, token := range about.Files {
		t.Run(file, func(t *testing.T) {
			path := filepath.Join(dir, file)
			embeddings, err := weights.OpenEmbedding(path)
			if strings.Contains(token, "pickle") {
				if !errors.Is(err, weights.ErrPickle) || !strings.Contains(err.Error(), path) {
					t.Errorf("got %v, want a pickle's error", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkEmbeddings(t, path, token, embeddings)
		})
	}
}

func checkEmbeddings(t *testing.T, path, token string, embeddings []weights.Embedding) {
	t.Helper()
	src := openComponent(t, path)
	names := src.Names()
	if len(embeddings) != len(names) {
		t.Fatalf("%d embeddings of %d tensors", len(embeddings), len(names))
	}
	for i, e := range embeddings {
		info, _ := src.Info(names[i])
		want, err := src.Float32(names[i])
		if err != nil || !slices.Equal(e.Values, want) || !slices.Equal(info.Shape, []int{e.Vectors, e.Width}) {
			t.Errorf("%s: %d x %d of %v, %v", names[i], e.Vectors, e.Width, info.Shape, err)
		}
		second := names[i] == "clip_g"
		if (e.Component == weights.TextEncoder2) != second {
			t.Errorf("%s is of %s", names[i], e.Component)
		}
		if named := strings.HasPrefix(names[i], "<"); named && e.Token != token || !named && e.Token != "" {
			t.Errorf("%s has token %q, want %q", names[i], e.Token, token)
		}
	}
}
