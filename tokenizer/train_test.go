package tokenizer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// captions is a small corpus in English and Japanese.
var captions = []string{
	"a photo of a cat sleeping on a red sofa",
	"a photo of a dog running on the beach",
	"a watercolor painting of a cat and a dog",
	"the dog's toy is on the red sofa, isn't it?",
	"a teapot on a wooden table, studio lighting, 85mm",
	"赤いソファーの上で眠っている猫の写真",
	"海辺を走っている犬の写真",
	"猫と犬の水彩画、木のテーブルの上のティーポット",
	"木のテーブルの上で眠っている猫",
	"東京タワーの夜景を水彩画で 2024年",
}

// trained makes a tokenizer of size tokens from captions.
func trained(t testing.TB, size int) *Tokenizer {
	t.Helper()
	tok, err := Train(context.Background(), slices.Values(captions), TrainOptions{Size: size, MinCount: 1})
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func TestTrainRoundTrip(t *testing.T) {
	tok := trained(t, 600)
	if tok.VocabSize() != 600 {
		t.Errorf("vocabulary of %d tokens, want 600", tok.VocabSize())
	}
	for _, text := range []string{
		"a photo of a cat sleeping on a red sofa",
		"赤いソファーの上で眠っている猫の写真",
		"unseen words and 未知の文字 🐱",
	} {
		if got := tok.Decode(tok.Encode(text)); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
	}
	seen, unseen := tok.Encode("眠っている猫"), tok.Encode("鯨鯱鮪鰹鰯鱈")
	if len(seen) >= len(unseen) {
		t.Errorf("a phrase of the corpus has %d tokens, as many unseen characters %d", len(seen), len(unseen))
	}
}

// TestTrainLayout checks CLIP's layout: byte symbols, these at a word's end,
// one token for each merge in order, the two special tokens.
func TestTrainLayout(t *testing.T) {
	v := trained(t, 600).Vocabulary()
	if v.Tokens[0] != "!" || v.Tokens[256] != "!</w>" {
		t.Errorf("byte symbols begin with %q and %q", v.Tokens[0], v.Tokens[256])
	}
	for i, m := range v.Merges {
		if got := v.Tokens[512+i]; got != m.Left+m.Right {
			t.Errorf("token %d is %q, want that of merge %v", 512+i, got, m)
		}
	}
	if diff := cmp.Diff([]string{StartOfText, EndOfText}, v.Tokens[512+len(v.Merges):]); diff != "" {
		t.Errorf("last tokens (-want +got):\n%s", diff)
	}
}

// TestTrainMergesByHand follows the classic example step by step.
func TestTrainMergesByHand(t *testing.T) {
	// aab three times, ab twice: (a, b</w>) occurs 5 times, (a, a) and then
	// (a, ab</w>) 3 times.
	lines := slices.Values([]string{"aab ab aab ab aab"})
	tok, err := Train(context.Background(), lines, TrainOptions{Size: 516})
	if err != nil {
		t.Fatal(err)
	}
	want := []Merge{{"a", "b</w>"}, {"a", "ab</w>"}}
	if diff := cmp.Diff(want, tok.Vocabulary().Merges); diff != "" {
		t.Errorf("merges (-want +got):\n%s", diff)
	}
}

// TestTrainAgainstCounting compares with the plain algorithm that counts all
// pairs anew for each merge.
func TestTrainAgainstCounting(t *testing.T) {
	lines := append(slices.Clone(captions), "aaaa aaaaa aaaaaaa abababab", "んんんんんんん ののののの")
	tok, err := Train(context.Background(), slices.Values(lines), TrainOptions{Size: 514 + 150})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mergesByCounting(lines, 150), tok.Vocabulary().Merges); diff != "" {
		t.Errorf("merges (-counted +learnt):\n%s", diff)
	}
}

func mergesByCounting(lines []string, n int) (merges []Merge) {
	var words [][]string
	for _, line := range lines {
		split(normalize(line), func(word string) {
			parts(word, func(p part) {
				var w []string
				for i := range len(p.text) {
					w = append(w, string(byteSymbols[p.text[i]]))
				}
				if p.ends {
					w[len(w)-1] += endOfWord
				}
				words = append(words, w)
			})
		})
	}
	taken := map[string]bool{}
	for len(merges) < n {
		best, count := Merge{}, 1
		counts := map[Merge]int{}
		for _, w := range words {
			for i := range len(w) - 1 {
				counts[Merge{w[i], w[i+1]}]++
			}
		}
		for m, c := range counts {
			first := m.Left < best.Left || m.Left == best.Left && m.Right < best.Right
			if !taken[m.Left+m.Right] && (c > count || c == count && c > 1 && first) {
				best, count = m, c
			}
		}
		if count < 2 {
			return merges
		}
		merges, taken[best.Left+best.Right] = append(merges, best), true
		for k, w := range words {
			words[k] = applyMerge(w, best)
		}
	}
	return merges
}

func applyMerge(w []string, m Merge) (out []string) {
	for i := 0; i < len(w); i++ {
		if i+1 < len(w) && w[i] == m.Left && w[i+1] == m.Right {
			out = append(out, w[i]+w[i+1])
			i++
		} else {
			out = append(out, w[i])
		}
	}
	return out
}

// No token of text that was learnt reaches from one Japanese word into the next.
func TestTrainPhrases(t *testing.T) {
	lines := []string{"猫の写真", "りんごの写真", "赤いりんご", "木のテーブルの上の猫", "猫を描いた絵", "a cat", "SUVの写真"}
	tok, err := Train(context.Background(), slices.Values(slices.Repeat(lines, 9)), TrainOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tokens := tok.Vocabulary().Tokens
	for _, text := range []string{"猫の写真", "りんごの写真", "木のテーブルの上の猫", "猫を描いた絵", "テーブルの写真", "猫の上"} {
		ends := map[int]bool{}
		at := 0
		for _, id := range tok.Encode(text) {
			at += utf8.RuneCountInString(strings.TrimSuffix(tokens[id], endOfWord)) // one symbol for each byte
			ends[at] = true
		}
		end := 0
		phrases(text, func(part string) {
			if end += len(part); !ends[end] {
				t.Errorf("a token of %q reaches beyond %q", text, part)
			}
		})
	}
	if n := len(tok.Encode("テーブルの写真")); n != 3 {
		t.Errorf("three words that were learnt apart have %d tokens", n)
	}
}

func TestPhrases(t *testing.T) {
	for word, want := range map[string][]string{
		"赤いソファーの上で眠っている猫の写真": {"赤い", "ソファー", "の", "上で", "眠っている", "猫", "の", "写真"},
		"photograph": {"photograph"}, "émile": {"émile"}, "suvの": {"suv", "の"}, "人々": {"人々"}, "の": {"の"}, "のの": {"の", "の"}, "кот": {"кот"},
	} {
		var got []string
		phrases(word, func(part string) { got = append(got, part) })
		if !slices.Equal(got, want) {
			t.Errorf("%q is parted into %q, want %q", word, got, want)
		}
	}
}

func TestTrainDeterministic(t *testing.T) {
	want := trained(t, 700).Vocabulary()
	backwards := slices.Clone(captions)
	slices.Reverse(backwards)
	tok, err := Train(context.Background(), slices.Values(backwards), TrainOptions{Size: 700, MinCount: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, tok.Vocabulary()); diff != "" {
		t.Errorf("the order of the captions changes the vocabulary:\n%s", diff)
	}
}

func TestTrainOptions(t *testing.T) {
	var last int
	o := TrainOptions{Size: 5000, MinCount: 4, MaxLength: 32, Progress: func(done, total int) { last = done }}
	tok, err := Train(context.Background(), slices.Values(captions), o)
	if err != nil {
		t.Fatal(err)
	}
	merges := len(tok.Vocabulary().Merges)
	if merges == 0 || merges >= 5000-smallest || last != merges {
		t.Errorf("%d merges of pairs seen 4 times, %d told", merges, last)
	}
	if tok.MaxLength() != 32 || len(tok.Batch("a cat").IDs) != 32 {
		t.Errorf("maximum length %d", tok.MaxLength())
	}
}

func TestTrainErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Train(ctx, slices.Values(captions), TrainOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for name, c := range map[string]struct {
		lines []string
		size  int
		want  string
	}{
		"too small": {captions, 513, "at least 514"},
		"no words":  {[]string{"", " \u3000"}, 600, "no words"},
	} {
		_, err := Train(context.Background(), slices.Values(c.lines), TrainOptions{Size: c.size})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// TestTrainLongRun trains on one word of a hundred thousand characters, which
// only merging in place can do in the time of a test.
func TestTrainLongRun(t *testing.T) {
	line := strings.Repeat("猫犬鳥魚", 25_000)
	tok, err := Train(context.Background(), slices.Values([]string{line}), TrainOptions{Size: 560})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(tok.Encode(line)); n > 1000 {
		t.Errorf("the run it was trained on has %d tokens", n)
	}
}

func TestSaveAndOpen(t *testing.T) {
	tok := trained(t, 600)
	if _, err := tok.AddPlaceholder("<猫>", 2); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "tokenizer")
	if err := tok.Save(dir); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tok.Vocabulary(), again.Vocabulary()); diff != "" {
		t.Errorf("vocabulary (-saved +opened):\n%s", diff)
	}
	const text = "a photo of <猫> 海辺 <|ENDOFTEXT|>"
	if diff := cmp.Diff(tok.Batch(text), again.Batch(text)); diff != "" {
		t.Errorf("%q (-saved +opened):\n%s", text, diff)
	}
	if err := os.WriteFile(filepath.Join(dir, fastFile), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tok.Save(dir); err == nil || !strings.Contains(err.Error(), fastFile) {
		t.Errorf("saving beside %s: %v", fastFile, err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func BenchmarkTrain(b *testing.B) {
	for b.Loop() {
		trained(b, 700)
	}
}
