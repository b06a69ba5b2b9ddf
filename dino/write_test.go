package dino

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFileIsReadBack(t *testing.T) {
	for _, modelType := range []string{TypeViT, TypeDINOv2} {
		t.Run(modelType, func(t *testing.T) {
			want := DefaultConfig(modelType)
			want.HiddenSize, want.NumHiddenLayers, want.NumAttentionHeads, want.PatchSize, want.ImageSize = 96, 3, 4, 8, 64
			want.HiddenAct, want.LayerNormEps, want.QKVBias = "silu", 1e-5, false
			if modelType == TypeViT {
				want.IntermediateSize = 200
			} else {
				want.MLPRatio = 2
			}
			data, err := json.Marshal(want.File())
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadConfig(dir)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what was written is read as another (-want +got):\n%s", diff)
			}
		})
	}
}
