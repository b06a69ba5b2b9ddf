package evaluate

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/concept"
)

// Prompts have the class in their own language where a concept has no vector, or where
// an encoder was told it.
func TestSubjectWord(t *testing.T) {
	vector := [][]float32{{1, 2}}
	for _, c := range []struct {
		vectors       [][]float32
		method, class string // of the concept
		lang          string
		want          string
	}{
		{vector, "textual_inversion", "cup", English, "<it>"},
		{vector, concept.MethodEncoder, "", English, "<it>"},
		{vector, concept.MethodEncoder, "cup", English, "<it> cup"},
		{vector, concept.MethodEncoder, "cup", Japanese, "<it> カップ"},
		{nil, "lora", "cup", English, "<it> cup"},
		{nil, "lora", "cup", Japanese, "<it> カップ"},
	} {
		p := painting{concept: &concept.Concept{Placeholder: "<it>", Embeddings: c.vectors, Method: c.method, ClassWord: c.class}}
		p.unit.subject = &subject{class: Class{EN: "cup", JA: "カップ"}}
		if got := p.subjectWord(c.lang); got != c.want {
			t.Errorf("%d vectors, %s told %q, %s: %q, want %q", len(c.vectors), c.method, c.class, c.lang, got, c.want)
		}
	}
}

// A method that only draws otherwise takes what the other has learned.
func TestGuided(t *testing.T) {
	path := writeProtocol(t, "  - {name: encoder, method: encoder, steps: [0, 2], report_steps: [0, 2]}\n", "",
		"  - {name: falling, method: textual_inversion, steps: [2], set: {lr_scheduler: linear, batch_size: 1}}",
		"  - {name: guided, method: lora, guided: true, set: {rank: 2, batch_size: 2}, steps: [3], sweep: {learning_rate: [1e-3, 1e-2]}}")
	o := options(t, t.TempDir())
	o.Part = PartSweep
	left := run(t, path, o)
	learned, drawn := map[string]bool{}, map[string][]string{}
	for name, content := range left {
		folder := filepath.Base(filepath.Dir(name))
		switch {
		case strings.Contains(name, "store/learned/") && filepath.Ext(name) == ".safetensors":
			learned[folder] = true
		case strings.Contains(name, "store/drawn/") && filepath.Base(name) == "snow-3.png":
			method, _, _ := strings.Cut(folder, "-s3-")
			drawn[method] = append(drawn[method], content)
		}
	}
	if len(learned) != 2 {
		t.Errorf("%d settings were learned, want two: %v", len(learned), learned)
	}
	if len(drawn["lora"]) != 2 || len(drawn["guided"]) != 2 {
		t.Fatalf("pictures are %v", drawn)
	}
	for _, content := range drawn["guided"] {
		if slices.Contains(drawn["lora"], content) {
			t.Error("guidance towards the concept makes no difference")
		}
	}
}
