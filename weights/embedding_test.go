package weights

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEmbeddingRoundTrip(t *testing.T) {
	one := Embedding{Token: "<sks>", Component: TextEncoder, Vectors: 1, Width: 3, Values: []float32{1, 2, 3}}
	two := Embedding{Token: "猫", Component: TextEncoder, Vectors: 2, Width: 2, Values: []float32{1, 2, 3, 4}}
	unnamed, unnamedG := two, two
	unnamed.Token, unnamedG.Token, unnamedG.Component = "", "", TextEncoder2
	type write func(string, []Embedding, DType, map[string]string) error
	for name, c := range map[string]struct {
		write       write
		given, want []Embedding
		keys        []string
	}{
		"LearnedEmbeds":    {WriteLearnedEmbeds, []Embedding{one}, []Embedding{one}, []string{"<sks>"}},
		"LearnedEmbedsTwo": {WriteLearnedEmbeds, []Embedding{two, one}, []Embedding{one, two}, []string{"<sks>", "猫"}},
		"EmbParams":        {WriteEmbParams, []Embedding{two}, []Embedding{unnamed}, []string{"emb_params"}},
		"EmbParamsSDXL":    {WriteEmbParams, []Embedding{unnamed, unnamedG}, []Embedding{unnamedG, unnamed}, []string{"clip_g", "clip_l"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.safetensors")
			if err := c.write(path, c.given, F32, map[string]string{"base": "tiny"}); err != nil {
				t.Fatal(err)
			}
			got, err := OpenEmbedding(path)
			if d := cmp.Diff(c.want, got); d != "" || err != nil {
				t.Error(err, d)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if d := cmp.Diff(c.keys, f.Names()); d != "" || f.Metadata()["base"] != "tiny" {
				t.Error(d, f.Metadata())
			}
		})
	}
}

func TestEmbeddingWriteErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	a := Embedding{Token: "a", Component: TextEncoder, Vectors: 1, Width: 1, Values: []float32{1}}
	b, g, unnamed, wrong := a, a, a, a
	b.Token, g.Component, unnamed.Token, wrong.Values = "b", TextEncoder2, "", nil
	for name, err := range map[string]error{
		"ErrNone":       WriteLearnedEmbeds(path, nil, F32, nil),
		"ErrTwice":      WriteLearnedEmbeds(path, []Embedding{a, a}, F32, nil),
		"ErrUnnamed":    WriteLearnedEmbeds(path, []Embedding{unnamed}, F32, nil),
		"ErrComponents": WriteLearnedEmbeds(path, []Embedding{a, g}, F32, nil),
		"ErrValues":     WriteLearnedEmbeds(path, []Embedding{wrong}, F32, nil),
		"ErrTokens":     WriteEmbParams(path, []Embedding{a, b}, F32, nil),
		"ErrSameTwice":  WriteEmbParams(path, []Embedding{a, a}, F32, nil),
	} {
		if _, exists := os.Stat(path); err == nil || exists == nil {
			t.Errorf("%s: written, %v", name, err)
		}
	}
}

func TestParseEmbeddingForms(t *testing.T) {
	f := writeTensors(t, map[string][]int{"<flat>": {3}}, nil)
	got, err := ParseEmbedding(f)
	want := []Embedding{{Token: "<flat>", Component: TextEncoder, Vectors: 1, Width: 3, Values: []float32{1, 2, 3}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	for name, shapes := range map[string]map[string][]int{
		"ErrModel": {"conv_in.weight": {2, 2}},
		"ErrEmpty": {},
		"ErrRank":  {"<a>": {1, 1, 1}},
		"ErrZero":  {"<a>": {0, 3}},
		"ErrScale": {"<a>": {}},
	} {
		f := writeTensors(t, shapes, nil)
		if _, err := ParseEmbedding(f); err == nil || !strings.Contains(err.Error(), f.Path()) {
			t.Errorf("%s gave %v", name, err)
		}
	}
}

func TestOpenEmbeddingPickle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a1111.pt")
	writeFile(t, path, "PK\x03\x04"+strings.Repeat("\x00", 40))
	if _, err := OpenEmbedding(path); !errors.Is(err, ErrPickle) || !strings.Contains(err.Error(), "string_to_param") {
		t.Errorf("got %v", err)
	}
}
