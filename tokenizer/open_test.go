package tokenizer

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// savedFolder is a good folder for a test to break.
func savedFolder(t *testing.T) string {
	dir := t.TempDir()
	if err := trained(t, 600).Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestOpenErrors(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		want                []string
	}{
		{"no JSON", vocabFile, "{\"a\":0,\n\"b\" 1}", []string{vocabFile, "line 2"}},
		{"cut off", vocabFile, "{\"a\":0,\n\"b\":", []string{vocabFile, "line 2", `"b"`}},
		{"not an object", vocabFile, "[1]", []string{vocabFile, "object"}},
		{"id no number", vocabFile, `{"cat":"x"}`, []string{vocabFile, `key "cat"`}},
		{"key twice", vocabFile, `{"cat":0,"cat":1}`, []string{vocabFile, `"cat" is there twice`}},
		{"id twice", vocabFile, `{"cat":0,"dog":0}`, []string{vocabFile, `"dog"`, `"cat"`}},
		{"hole", vocabFile, `{"cat":0,"dog":2}`, []string{vocabFile, `key "dog"`, "holes"}},
		{"no special token", vocabFile, `{"cat":0}`, []string{"unk_token", EndOfText}},
		{"one symbol", mergesFile, "#version: 0.2\na b\nabc\n", []string{mergesFile, "line 3", `"abc"`}},
		{"three symbols", mergesFile, "a b c\n", []string{mergesFile, "line 1"}},
		{"unknown symbol", mergesFile, "#version: 0.2\n\nzz 77\n", []string{mergesFile, "line 3", `"zz"`}},
		{"merges no UTF-8", mergesFile, "a \xff\n", []string{mergesFile, "line 1", "UTF-8"}},
		{"config no JSON", configFile, "{\n\n!", []string{configFile, "line 3"}},
		{"other class", configFile, `{"tokenizer_class":"T5Tokenizer"}`, []string{configFile, "tokenizer_class", "T5Tokenizer"}},
		{"length", configFile, `{"model_max_length":-1}`, []string{configFile, "model_max_length"}},
		{"role", specialsFile, `{"pad_token":7}`, []string{specialsFile, "pad_token"}},
		{"role missing", specialsFile, `{"pad_token":"<pad>"}`, []string{"pad_token", "<pad>"}},
		{"added id", addedFile, `{"<sks>":7}`, []string{addedFile, "<sks>", "7"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := savedFolder(t)
			if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir)
			if err == nil {
				t.Fatal("opened")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

func TestOpenEmptyFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), vocabFile) {
		t.Errorf("error %v", err)
	}
}

// TestOpenWithoutConfig opens the two files alone, with CLIP's defaults.
func TestOpenWithoutConfig(t *testing.T) {
	dir := savedFolder(t)
	os.Remove(filepath.Join(dir, configFile))
	os.Remove(filepath.Join(dir, specialsFile))
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(trained(t, 600).Batch("a cat"), tok.Batch("a cat")); diff != "" {
		t.Error(diff)
	}
}

// TestOpenFast opens what transformers 5 writes: tokenizer.json and the roles
// in tokenizer_config.json, with merges as pairs and, as before, as lines.
func TestOpenFast(t *testing.T) {
	want := trained(t, 600)
	if _, err := want.AddPlaceholder("<dog>", 2); err != nil {
		t.Fatal(err)
	}
	v := want.Vocabulary()
	for name, spell := range map[string]func(Merge) any{
		"pairs": func(m Merge) any { return []string{m.Left, m.Right} },
		"lines": func(m Merge) any { return m.Left + " " + m.Right },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var merges []any
			for _, m := range v.Merges {
				merges = append(merges, spell(m))
			}
			writeJSON(t, filepath.Join(dir, fastFile), map[string]any{
				"model": map[string]any{"type": "BPE", "end_of_word_suffix": endOfWord,
					"vocab": json.RawMessage(want.vocabJSON()), "merges": merges},
				"added_tokens": []any{
					map[string]any{"id": 598, "content": StartOfText, "normalized": true, "special": true},
					map[string]any{"id": 599, "content": EndOfText, "normalized": false, "special": true},
					map[string]any{"id": 600, "content": "<dog>", "normalized": true, "special": false},
					map[string]any{"id": 601, "content": "<dog>_1", "normalized": true, "special": false},
				},
			})
			writeJSON(t, filepath.Join(dir, configFile), map[string]any{
				"bos_token": StartOfText, "eos_token": EndOfText, "pad_token": EndOfText, "unk_token": EndOfText})
			got, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			const text = "a photo of <DOG> <|ENDOFTEXT|>!!"
			if diff := cmp.Diff(want.Batch(text), got.Batch(text)); diff != "" {
				t.Error(diff)
			}
			// The flag in tokenizer.json, not the bare role, says how it is matched.
			if ids := got.Encode("<|STARTOFTEXT|>"); fmt.Sprint(ids) != "[598]" {
				t.Errorf("<|STARTOFTEXT|> gives %v", ids)
			}
		})
	}
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	if err := os.WriteFile(path, marshal(v, ""), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOpenDecoder reads placeholders and flags from added_tokens_decoder.
func TestOpenDecoder(t *testing.T) {
	dir := savedFolder(t)
	writeJSON(t, filepath.Join(dir, configFile), map[string]any{
		"pad_token": "!",
		"added_tokens_decoder": map[string]any{
			"0":   map[string]any{"content": "!", "special": true, "normalized": false},
			"600": map[string]any{"content": "dog", "single_word": true},
		},
	})
	tok, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := tok.Batch("").IDs[2]; got != 0 || !tok.IsSpecial(0) {
		t.Errorf("padding is %d, want the ! of the newer file", got)
	}
	one, none := tok.Encode("a dog, Dog"), tok.Encode("dogma dog_ hotdog")
	if one[1] != 600 || one[len(one)-1] != 600 {
		t.Errorf("single word dog: %v", one)
	}
	for _, id := range none {
		if id == 600 {
			t.Errorf("dog found within other words: %v", none)
		}
	}
}
