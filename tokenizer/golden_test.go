package tokenizer

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/internal/golden"
)

// goldenPrompts is prompts.json: what transformers' CLIPTokenizer gives.
type goldenPrompts struct {
	Placeholders map[string]int `json:"placeholders"`
	Prompts      []struct {
		Text      string  `json:"text"`
		Converted string  `json:"converted"`
		IDs       []int   `json:"ids"`
		SD1       []int32 `json:"sd1"`
		SD2       []int32 `json:"sd2"`
	} `json:"prompts"`
}

func readGolden(t testing.TB) goldenPrompts {
	data, err := os.ReadFile(filepath.Join(golden.Dir(t, "tokenizer"), "prompts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g goldenPrompts
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Prompts) == 0 {
		t.Fatal("prompts.json has no prompts")
	}
	return g
}

// openGolden opens the full vocabulary with one of the tokenizer fixture's
// special token files.
func openGolden(t testing.TB, specials string) *Tokenizer {
	dir := t.TempDir()
	fixture, vocabulary := golden.Dir(t, "tokenizer"), golden.Dir(t, "sd1-tiny/tokenizer")
	copyFile(t, filepath.Join(vocabulary, vocabFile), filepath.Join(dir, vocabFile))
	copyFile(t, filepath.Join(vocabulary, mergesFile), filepath.Join(dir, mergesFile))
	copyFile(t, filepath.Join(fixture, configFile), filepath.Join(dir, configFile))
	copyFile(t, filepath.Join(fixture, specials), filepath.Join(dir, specialsFile))
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

var furtherVector = regexp.MustCompile(`^(.+)_[0-9]+$`)

// addGolden adds the fixture's placeholders with as many vectors as they have.
func addGolden(t testing.TB, tok *Tokenizer, placeholders map[string]int) {
	t.Helper()
	byID := func(a, b string) int { return placeholders[a] - placeholders[b] }
	names := slices.SortedFunc(maps.Keys(placeholders), byID)
	for i := 0; i < len(names); {
		end := i + 1
		for end < len(names) && vectorName(names[i], end-i) == names[end] {
			end++
		}
		ids, err := tok.AddPlaceholder(names[i], end-i)
		if err != nil {
			t.Fatal(err)
		}
		for k, id := range ids {
			if id != placeholders[names[i+k]] {
				t.Errorf("placeholder %q has id %d, want %d", names[i+k], id, placeholders[names[i+k]])
			}
		}
		i = end
	}
}

// TestGoldenPrompts compares every prompt, untruncated and padded as Stable
// Diffusion 1 and 2 pad.
func TestGoldenPrompts(t *testing.T) {
	g := readGolden(t)
	sd1, sd2 := openGolden(t, "special_tokens_map.json"), openGolden(t, "special_tokens_map.sd2.json")
	addGolden(t, sd1, g.Placeholders)
	addGolden(t, sd2, g.Placeholders)
	for _, p := range g.Prompts {
		// The text as transformers gets it is encoded without expansion.
		text := p.Text
		if p.Converted != "" {
			text = p.Converted
		}
		got := append(append([]int{int(sd1.bos)}, ints(sd1.encode(text))...), int(sd1.eos))
		if diff := cmp.Diff(p.IDs, got); diff != "" {
			t.Errorf("ids of %q (-want +got):\n%s", text, diff)
		}
		for name, c := range map[string]struct {
			tok  *Tokenizer
			want []int32
		}{"sd1": {sd1, p.SD1}, "sd2": {sd2, p.SD2}} {
			if diff := cmp.Diff(c.want, c.tok.Batch(text).IDs); diff != "" {
				t.Errorf("%s of %q (-want +got):\n%s", name, text, diff)
			}
		}
	}
}

// TestGoldenExpansion checks that the name of a placeholder in the prompt
// gives the ids that diffusers' converted prompt has.
func TestGoldenExpansion(t *testing.T) {
	g := readGolden(t)
	tok := openGolden(t, "special_tokens_map.json")
	addGolden(t, tok, g.Placeholders)
	checked := 0
	for _, p := range g.Prompts {
		if p.Converted == "" {
			continue
		}
		checked++
		if diff := cmp.Diff(p.IDs[1:len(p.IDs)-1], tok.Encode(p.Text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", p.Text, diff)
		}
		if diff := cmp.Diff(p.SD1, tok.Batch(p.Text).IDs); diff != "" {
			t.Errorf("%q padded (-want +got):\n%s", p.Text, diff)
		}
	}
	for name := range g.Placeholders {
		if furtherVector.MatchString(name) && checked == 0 {
			t.Errorf("%q has several vectors, but no prompt is converted", name)
		}
	}
}

// TestGoldenFolders opens every tokenizer of the fixtures, and checks that
// prompts come back as the words they are.
func TestGoldenFolders(t *testing.T) {
	for _, folder := range []string{"sd1-tiny/tokenizer", "sd2-tiny/tokenizer", "sdxl-tiny/tokenizer", "sdxl-tiny/tokenizer_2", "clip-tiny"} {
		t.Run(folder, func(t *testing.T) {
			tok, err := Open(golden.Dir(t, folder))
			if err != nil {
				t.Fatal(err)
			}
			if id, ok := tok.ID(EndOfText); !ok || id != tok.VocabSize()-1 || !tok.IsSpecial(id) {
				t.Errorf("%s has id %d of %d", EndOfText, id, tok.VocabSize())
			}
			const text = "a photo of a cat"
			if got := tok.Decode(tok.Encode(text)); got != text {
				t.Errorf("%q came back as %q", text, got)
			}
			if words := tok.Words(); len(words) == 0 || len(words) >= tok.VocabSize() {
				t.Errorf("%d words of %d tokens", len(words), tok.VocabSize())
			}
		})
	}
}

// TestGoldenSave writes the golden tokenizer, placeholders and all, and reads
// it back.
func TestGoldenSave(t *testing.T) {
	g := readGolden(t)
	for _, specials := range []string{"special_tokens_map.json", "special_tokens_map.sd2.json"} {
		tok := openGolden(t, specials)
		addGolden(t, tok, g.Placeholders)
		dir := t.TempDir()
		if err := tok.Save(dir); err != nil {
			t.Fatal(err)
		}
		again, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range g.Prompts {
			if diff := cmp.Diff(tok.Batch(p.Text), again.Batch(p.Text)); diff != "" {
				t.Errorf("%s: %q (-saved +opened):\n%s", specials, p.Text, diff)
			}
		}
		if diff := cmp.Diff(tok.Placeholders(), again.Placeholders()); diff != "" {
			t.Errorf("placeholders (-saved +opened):\n%s", diff)
		}
	}
}

func BenchmarkGoldenBatch(b *testing.B) {
	tok := openGolden(b, "special_tokens_map.json")
	prompts := readGolden(b).Prompts
	for i := 0; b.Loop(); i++ {
		tok.Batch(prompts[i%len(prompts)].Text)
	}
}
