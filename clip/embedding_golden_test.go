package clip_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// prompts is the part of prompts.json that says which file's rows stand where.
type prompts struct {
	LoadOrder []string          `json:"load_order"`
	Files     map[string]string `json:"files"`
	TokenIDs  map[string]int    `json:"token_ids"`
}

// readRows lays the rows of all embedding files out in the order of their
// token ids: [len(load_order), width].
func readRows(t *testing.T, dir string, vocab, width int) *tensors.Tensor {
	t.Helper()
	var p prompts
	golden.JSON(t, &p, dir, "golden", "prompts.json")
	rows := make([]float32, len(p.LoadOrder)*width)
	filled := 0
	for file, token := range p.Files {
		if _, ok := p.TokenIDs[token]; !ok || filepath.Ext(file) != ".safetensors" {
			continue // a pickle, or another model's token
		}
		embeddings, err := weights.OpenEmbedding(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for i := range embeddings[0].Vectors {
			name := token
			if i > 0 {
				name = fmt.Sprintf("%s_%d", token, i)
			}
			copy(rows[(p.TokenIDs[name]-vocab)*width:][:width], embeddings[0].Values[i*width:])
			filled++
		}
	}
	if filled != len(p.LoadOrder) {
		t.Fatalf("embedding files have %d rows, load_order %d", filled, len(p.LoadOrder))
	}
	return tensors.FromFlatDataAndDimensions(rows, len(p.LoadOrder), width)
}

func TestGoldenPlaceholders(t *testing.T) {
	dir, base := golden.Dir(t, "textual_inversion"), golden.Dir(t, "sd1-tiny")
	f := golden.Open(t, dir, "golden", "sd1.safetensors")
	store := model.NewStore()
	m, w, err := clip.OpenText(filepath.Join(base, "text_encoder"), store, "text")
	if err != nil {
		t.Fatal(err)
	}
	rows := readRows(t, dir, m.Config.VocabSize, m.Config.HiddenSize)
	got := evaluate(t, store, func(o *outputs, in []*Node) {
		out := m.Forward(nn.NewPass(w, nn.Options{}), in[0], clip.TextOptions{Rows: in[1]})
		o.add("last_hidden_state", out.Last)
	}, f.IDs("input_ids"), rows)
	f.Close("last_hidden_state", got["last_hidden_state"], tolerance, false)
}

// TestGoldenPlaceholdersSDXL runs one file's rows through both text encoders.
func TestGoldenPlaceholdersSDXL(t *testing.T) {
	dir, base := golden.Dir(t, "textual_inversion"), golden.Dir(t, "sdxl-tiny")
	f := golden.Open(t, dir, "golden", "sdxl.safetensors")
	folders := map[string]string{weights.TextEncoder: "clip_l", weights.TextEncoder2: "clip_g"}
	for _, e := range openSDXL(t, dir) {
		t.Run(e.Component, func(t *testing.T) {
			store := model.NewStore()
			m, w, err := clip.OpenText(filepath.Join(base, e.Component), store, "text")
			if err != nil {
				t.Fatal(err)
			}
			name := folders[e.Component]
			got := evaluate(t, store, func(o *outputs, in []*Node) {
				out := m.Forward(nn.NewPass(w, nn.Options{}), in[0], clip.TextOptions{Rows: in[1]})
				o.add(name+".penultimate", out.HiddenStates[len(out.HiddenStates)-2])
			}, f.IDs(name+".input_ids"), tensors.FromFlatDataAndDimensions(e.Values, e.Vectors, e.Width))
			f.Close(name+".penultimate", got[name+".penultimate"], tolerance, false)
		})
	}
}

// openSDXL opens the one file of the list that has rows for both encoders.
func openSDXL(t *testing.T, dir string) []weights.Embedding {
	t.Helper()
	var p prompts
	golden.JSON(t, &p, dir, "golden", "prompts.json")
	for file := range p.Files {
		if !strings.Contains(file, "clip_g") {
			continue
		}
		embeddings, err := weights.OpenEmbedding(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if len(embeddings) != 2 {
			t.Fatalf("%s has rows for %d encoders, want 2", file, len(embeddings))
		}
		return embeddings
	}
	t.Fatalf("no file for two encoders among %v", p.Files)
	return nil
}

// TestGoldenSplice replaces one token's row by a vector.
func TestGoldenSplice(t *testing.T) {
	base := golden.Dir(t, "sd1-tiny")
	f := golden.Open(t, golden.Dir(t, "paper"), "paper.safetensors")
	store := model.NewStore()
	m, w, err := clip.OpenText(filepath.Join(base, "text_encoder"), store, "text")
	if err != nil {
		t.Fatal(err)
	}
	id := int(f.Int32("dual.placeholder_id")[0])
	got := evaluate(t, store, func(o *outputs, in []*Node) {
		p := nn.NewPass(w, nn.Options{})
		o.add("dual.soft", m.Forward(p, in[0], clip.TextOptions{Splice: []clip.Replacement{{ID: id, Row: in[2]}}}).Last)
		o.add("dual.hard", m.Forward(p, in[1], clip.TextOptions{}).Last)
	}, f.IDs("dual.soft_ids"), f.IDs("dual.hard_ids"), f.Tensor("dual.soft_vector"))
	for name, values := range got {
		f.Close(name, values, tolerance, false)
	}
}
