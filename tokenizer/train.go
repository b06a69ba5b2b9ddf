package tokenizer

import (
	"context"
	"fmt"
	"iter"
	"math"
)

// TrainOptions say what vocabulary [Train] makes.
type TrainOptions struct {
	// Size is the number of tokens, the 512 byte symbols and the two special
	// tokens included: 49408 by default, as CLIP's.
	Size int
	// MinCount is how often a pair must occur to be merged, 2 by default.
	MinCount int
	// MaxLength is that of the tokenizer, 77 by default.
	MaxLength int
	// Progress, if set, is called after each merge with the merges made and
	// those wanted.
	Progress func(done, total int)
}

// smallest is the vocabulary without merges: every byte inside a word and at
// its end, and the first and last token.
const smallest = 256 + 256 + 2

// checkEvery is the number of lines or merges between two looks at the context.
const checkEvery = 256

// Train learns a byte-level byte-pair vocabulary from captions (Sennrich et
// al. 2016) in the layout of CLIP's: the byte symbols, these with "</w>", one
// token for each merge, <|startoftext|> and <|endoftext|>. Captions are
// normalised and split into words as [Tokenizer.Encode] does. Of Japanese, which
// has no spaces, words and not whole phrases are learnt: no merge reaches across
// a particle or a change of script.
//
// The most frequent pair is merged first, of equally frequent ones the
// lexically first, so that the same captions in any order give the same
// vocabulary. It is smaller than Size when no pair occurs MinCount times any
// more. Memory grows with the distinct words, about 40 bytes for each byte of
// theirs.
func Train(ctx context.Context, lines iter.Seq[string], o TrainOptions) (*Tokenizer, error) {
	o = o.withDefaults()
	if o.Size < smallest {
		return nil, fmt.Errorf("train tokenizer: a vocabulary of %d tokens; at least %d are needed", o.Size, smallest)
	}
	words, err := countParts(ctx, lines)
	if err != nil {
		return nil, fmt.Errorf("train tokenizer: %w", err)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("train tokenizer: the captions have no words")
	}
	if size := totalBytes(words); size > math.MaxInt32 {
		return nil, fmt.Errorf("train tokenizer: the distinct words have %d bytes; 2 GiB are the most, take a part of the captions", size)
	}
	c := newCorpus(words)
	if err := c.learn(ctx, o); err != nil {
		return nil, fmt.Errorf("train tokenizer: %w", err)
	}
	v := Vocabulary{Tokens: append(c.tokens, StartOfText, EndOfText), Merges: c.merges}
	return New(v, Options{MaxLength: o.MaxLength})
}

func (o TrainOptions) withDefaults() TrainOptions {
	if o.Size == 0 {
		o.Size = 49408
	}
	if o.MinCount < 1 {
		o.MinCount = 2
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// part is what merges are learnt within: a word, or a piece of one.
type part struct {
	text string
	ends bool // its word ends with it
}

// countParts counts the distinct parts of the captions.
func countParts(ctx context.Context, lines iter.Seq[string]) (map[part]int64, error) {
	counts := map[part]int64{}
	n := 0
	for line := range lines {
		if n++; n%checkEvery == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		split(normalize(valid(line)), func(word string) {
			parts(word, func(p part) { counts[p]++ })
		})
	}
	return counts, ctx.Err()
}

// parts calls yield with the parts of a word.
func parts(word string, yield func(part)) {
	seen := 0
	phrases(word, func(text string) {
		seen += len(text)
		yield(part{text, seen == len(word)})
	})
}

func totalBytes(parts map[part]int64) (size int) {
	for p := range parts {
		size += len(p.text)
	}
	return size
}
