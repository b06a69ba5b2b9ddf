package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"it's we'll i'd'":       {"it", "'s", "we", "'ll", "i", "'d", "'"},
		"!'s a1b22":             {"!'", "s", "a", "1", "b", "2", "2"},
		"x<|endoftext|>!!":      {"x", "<|", "endoftext", "|>", "!!"},
		"!<|endoftext|>":        {"!<|", "endoftext", "|>"},
		"猫の写真、夕日":               {"猫の写真", "、", "夕日"},
		"\u3000 a\u00a0b\u2009": {"a", "b"},
	} {
		var got []string
		split(text, func(word string) { got = append(got, word) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestNormalize(t *testing.T) {
	for text, want := range map[string]string{
		"A \t\u3000 B\u0085": "a b ",
		"CAFE\u0301":         "café",
		"\u0130":             "i\u0307",
		"ΣΊΣΥΦΟΣ":            "σίσυφοσ",
		"\u1112\u1161\u11ab": "한",
	} {
		if got := normalize(text); got != want {
			t.Errorf("normalize(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestComposeRunes holds the composition for long runs of marks to package
// norm where that is plain NFC.
func TestComposeRunes(t *testing.T) {
	alphabet := []rune("aoeuyAÅ한한が\u0301\u0323\u0302\u0308\u0345\u0344\u031b\u3099\u0327ΑωЙ")
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		in := make([]rune, random.IntN(9))
		for i := range in {
			in[i] = alphabet[random.IntN(len(alphabet))]
		}
		want := norm.NFC.String(string(in))
		if got := string(composeRunes(decompose(string(in)))); got != want {
			t.Fatalf("composed %+q to %+q, want %+q", string(in), got, want)
		}
	}
	long := "x" + strings.Repeat("\u0301", 40)
	if got := compose(long); got != long {
		t.Errorf("a run of marks became %+q", got)
	}
}

func TestBatch(t *testing.T) {
	tok := trained(t, 600)
	short := tok.Batch("a cat")
	if short.Truncated != "" || short.Dropped != 0 || len(short.IDs) != 77 {
		t.Errorf("short prompt: %+v", short)
	}
	ids := tok.Encode("a cat")
	if short.Length != len(ids)+2 || short.IDs[0] != tok.bos || short.IDs[short.Length-1] != tok.eos {
		t.Errorf("short prompt: %+v", short)
	}
	long := tok.Batch(strings.Repeat("1", 75) + " red cat")
	if long.Length != 77 || long.IDs[76] != tok.eos || long.Truncated != "red cat" || long.Dropped == 0 {
		t.Errorf("long prompt: %+v", long)
	}
}

func TestLongPrompt(t *testing.T) {
	tok := trained(t, 600)
	for name, text := range map[string]string{
		"letters": strings.Repeat("a", 10_000),
		"marks":   "x" + strings.Repeat("\u0301\u0323", 5_000),
		"words":   strings.Repeat("photo of ", 1_111),
		"kanji":   strings.Repeat("猫の写真", 2_500),
		"angles":  strings.Repeat("<", 10_000),
		"invalid": strings.Repeat("\xff\xe3\x81a", 2_500),
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			if got := tok.Batch(text); len(got.IDs) != 77 || got.Dropped == 0 {
				t.Errorf("%d ids, %d dropped", len(got.IDs), got.Dropped)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestInvalidUTF8(t *testing.T) {
	tok := trained(t, 600)
	if diff := cmp.Diff(tok.Encode("a\uFFFDb"), tok.Encode("a\xff\xfeb")); diff != "" {
		t.Error(diff)
	}
}

func TestPlaceholder(t *testing.T) {
	tok := trained(t, 600)
	base := tok.Clone()
	ids, err := tok.AddPlaceholder("<my-cat>", 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{600, 601, 602}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	for _, text := range []string{"<my-cat>", "<MY-Cat>", "<my-cat> <my-cat>_1 <my-cat>_2"} {
		if diff := cmp.Diff(ids, tok.Encode(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	if got := tok.Decode(tok.Encode("of <my-cat>!")); got != "of <my-cat> <my-cat>_1 <my-cat>_2 !" {
		t.Errorf("decoded %q", got)
	}
	if got, ok := tok.Vectors("<my-cat>"); !ok || !slices.Equal(got, ids) {
		t.Errorf("vectors %v", got)
	}
	if diff := cmp.Diff([]string{"<my-cat>"}, tok.Placeholders()); diff != "" {
		t.Error(diff)
	}
	if base.VocabSize() != 600 || slices.Contains(base.Encode("<my-cat>"), 600) {
		t.Error("a clone knows the original's placeholder")
	}
}

// A word in a placeholder's place changes no other id, whatever adjoins it and
// whatever other placeholders there are.
func TestReplace(t *testing.T) {
	tok := trained(t, 600)
	plain := tok.Clone()
	var ids []int
	for name, vectors := range map[string]int{"<cat>": 2, "<cat>s": 1} {
		added, err := tok.AddPlaceholder(name, vectors)
		if err != nil {
			t.Fatal(err)
		}
		if name == "<cat>" {
			ids = added
		}
	}
	words := map[int]string{ids[0]: "dog", ids[1]: ""}
	for _, c := range []struct{ text, want, same string }{
		{"a photo of <cat> on snow", "a photo of dog on snow", "a photo of dog on snow"},
		{"two<CAT>in\n a box", "two dog in a box", "two dog in a box"},
		{"<cat>", "dog", "dog"},
		{"<cat> <cat>_1", "dog", "dog"},
		{"no cat  HERE", "no cat here", "no cat here"},
		{"写真の<cat>です", "写真の dog です", "写真の dog です"},
	} {
		got := tok.Replace(c.text, words)
		if got = strings.Join(strings.Fields(got), " "); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
		if diff := cmp.Diff(plain.Encode(c.same), tok.Encode(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
	if got := strings.Join(strings.Fields(tok.Replace("<cat>s of <cat>", words)), " "); got != "<cat>s of dog" {
		t.Errorf("with a longer placeholder: %q", got)
	}
}

func TestPlaceholderErrors(t *testing.T) {
	tok := trained(t, 600)
	if _, err := tok.AddPlaceholder("<Sks>", 2); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		vectors int
		want    string
	}{
		{"", 1, "empty"},
		{"my dog", 1, "white space"},
		{"my\u3000dog", 1, "white space"},
		{"<a\xff>", 1, "UTF-8"},
		{"cat", 1, "already a token"},
		{"a", 1, "already a token"},
		{StartOfText, 1, "already a token"},
		{"<Sks>", 1, "already a token"},
		{"<SKS>", 1, "already a token"},
		{"<sks>_1", 1, "already a token"},
		{"<sks>_2", 1, "another vector"},
		{"<new>", 0, "at least one"},
		{"<new>", 76, "room for 75"},
	} {
		size := tok.VocabSize()
		_, err := tok.AddPlaceholder(c.name, c.vectors)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q with %d vectors: error %v, want one with %q", c.name, c.vectors, err, c.want)
		}
		if tok.VocabSize() != size {
			t.Errorf("%q was added in part", c.name)
		}
	}
}

func TestWords(t *testing.T) {
	tok := trained(t, 700)
	for _, id := range tok.Words() {
		if word := tok.Word(id); word == "" || !utf8.ValidString(word) || tok.IsSpecial(id) {
			t.Errorf("word %d is %q", id, word)
		}
	}
	id, ok := tok.ID("cat</w>")
	if !ok || tok.Word(id) != "cat" || !slices.Contains(tok.Words(), id) {
		t.Errorf("cat has id %d, %v", id, ok)
	}
	for _, id := range []int{-1, 700, 1 << 40} {
		if tok.Word(id) != "" || tok.IsSpecial(id) {
			t.Errorf("id %d is a token", id)
		}
	}
	if got := tok.Decode([]int{-5, id, 1 << 40}); got != "cat" {
		t.Errorf("decoded %q", got)
	}
}

func TestPhrasesAreNoWords(t *testing.T) {
	for word, want := range map[string]bool{
		"cat": true, "りんご": true, "ハードカバー": true, "りんごの写真": false, "無地のオレンジ色の背景で": false, "バドミントンラケット": false,
		"extraordinarily": true, "2つ": false, "": false,
	} {
		if got := wholeWord(word); got != want {
			t.Errorf("%q: %t", word, got)
		}
	}
}

// TestPaddingWithWord has Stable Diffusion 2's padding, which is special and
// yet may be part of a prompt.
func TestPaddingWithWord(t *testing.T) {
	tok, err := New(trained(t, 600).Vocabulary(), Options{Pad: "!"})
	if err != nil {
		t.Fatal(err)
	}
	batch := tok.Batch("cat!!")
	if got := tok.Decode(ints(batch.IDs)); got != "cat ! !" {
		t.Errorf("decoded %q", got)
	}
	if batch.IDs[76] != 0 || !tok.IsSpecial(0) {
		t.Errorf("padding is %d", batch.IDs[76])
	}
}

// TestUnknown has a vocabulary that lacks most bytes.
func TestUnknown(t *testing.T) {
	v := Vocabulary{Tokens: []string{"a", "b</w>", "ab</w>", "<u>", StartOfText, EndOfText}, Merges: []Merge{{"a", "b</w>"}}}
	tok, err := New(v, Options{Unknown: "<u>"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{2, 3, 3, 0, 3}, tok.Encode("ab xy az")); diff != "" {
		t.Error(diff)
	}
}

func TestNewErrors(t *testing.T) {
	good := trained(t, 514).Vocabulary()
	for name, c := range map[string]struct {
		v    Vocabulary
		o    Options
		want string
	}{
		"empty":    {Vocabulary{}, Options{}, "no tokens"},
		"blank":    {Vocabulary{Tokens: []string{""}}, Options{}, "token 0"},
		"twice":    {Vocabulary{Tokens: []string{"a", "a"}}, Options{}, "two ids"},
		"merge":    {Vocabulary{Tokens: good.Tokens, Merges: []Merge{{"a", "b"}}}, Options{}, `"ab"`},
		"short":    {good, Options{MaxLength: 2}, "length of 2"},
		"role":     {good, Options{Pad: "<pad>"}, "pad_token"},
		"no added": {good, Options{Added: []AddedToken{{}}}, "empty"},
	} {
		if _, err := New(c.v, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestConcurrent reads one tokenizer from several goroutines, each of which
// adds a placeholder to its own clone.
func TestConcurrent(t *testing.T) {
	tok := trained(t, 600)
	want := tok.Encode("a photo of a cat")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			own := tok.Clone()
			if _, err := own.AddPlaceholder("<own>", 1); err != nil {
				t.Error(err)
			}
			for range 50 {
				if got := tok.Encode("a photo of a cat"); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				own.Encode("a photo of <own>")
			}
		})
	}
	group.Wait()
}

func TestCacheBounded(t *testing.T) {
	c := newCache()
	for i := range 5 * cacheWords {
		c.add(string(rune('a'+i%26))+string(rune(0x4e00+i/26)), []int32{int32(i)})
	}
	if len(c.new) > cacheWords || len(c.old) > cacheWords {
		t.Errorf("%d and %d words", len(c.new), len(c.old))
	}
	c.add(strings.Repeat("a", cacheWordBytes+1), nil)
	if _, ok := c.get(strings.Repeat("a", cacheWordBytes+1)); ok {
		t.Error("a very long word is kept")
	}
}

// FuzzEncode checks on any text that ids are in range, that a prompt has its
// length, and that the decoded text has the same ids again, but for special
// tokens, which are not text.
func FuzzEncode(f *testing.F) {
	tok := trained(f, 600)
	if _, err := tok.AddPlaceholder("<sks>", 2); err != nil {
		f.Fatal(err)
	}
	for _, text := range append(captions, "", "\xff", "<SKS>!", "<|endoftext|>", "İ\u034d0", "x\u0344", "½ Ⅳ ٣") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ids := tok.Encode(text)
		for _, id := range ids {
			if id < 0 || id >= tok.VocabSize() {
				t.Fatalf("id %d of %d", id, tok.VocabSize())
			}
		}
		if n := len(tok.Batch(text).IDs); n != tok.MaxLength() {
			t.Fatalf("%d ids", n)
		}
		decoded := tok.Decode(ids)
		if !utf8.ValidString(decoded) {
			t.Fatalf("decoded %q", decoded)
		}
		if compose(decoded) != decoded {
			return // lowering came after composing and left a mark out of order, as in "\u0130\u034d"
		}
		ids = slices.DeleteFunc(ids, tok.IsSpecial)
		if diff := cmp.Diff(ids, tok.Encode(decoded)); diff != "" {
			t.Fatalf("%q, decoded as %q (-before +after):\n%s", text, decoded, diff)
		}
	})
}
