package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Defaults of CLIP's text encoders.
const (
	DefaultMaxLength = 77
	StartOfText      = "<|startoftext|>"
	EndOfText        = "<|endoftext|>"
)

// Options are the settings of a Tokenizer beside its vocabulary. The zero
// value is that of CLIP and Stable Diffusion 1.
type Options struct {
	MaxLength int    // tokens of a prompt with BOS and EOS, 77 by default
	BOS       string // begins a prompt, <|startoftext|> by default
	EOS       string // ends it, <|endoftext|> by default
	Pad       string // fills it up to MaxLength, EOS by default
	Unknown   string // stands for bytes the vocabulary lacks, EOS by default
	// Added are tokens to find as a whole, in the order of their ids. Of the
	// four above it can give the flags; where it does not they are Special
	// and Raw.
	Added []AddedToken
}

// Tokenizer turns text into token ids and back.
type Tokenizer struct {
	words     *bytePairs
	maxLength int
	bos, eos  int32
	pad       int32
	unknown   int32

	// The tokens that are matched as a whole. Changed by replacing, never in
	// place, because clones share them.
	extra        []string             // the contents of the ids from len(vocabulary) on
	added        map[int32]AddedToken // by id
	raw, lowered matcher
	vectors      map[int32][]int32 // the ids a placeholder stands for
}

// New makes a tokenizer from a vocabulary. It fails when a token is there
// twice, a merge has parts that are no tokens, or a special token is missing.
func New(v Vocabulary, o Options) (*Tokenizer, error) {
	o = o.withDefaults()
	if o.MaxLength < 3 {
		return nil, fmt.Errorf("make tokenizer: a maximum length of %d leaves no room between the first and the last token", o.MaxLength)
	}
	ids, err := v.check()
	if err != nil {
		return nil, fmt.Errorf("make tokenizer: %w", err)
	}
	if err := o.checkRoles(ids); err != nil {
		return nil, fmt.Errorf("make tokenizer: %w", err)
	}
	words, err := newBytePairs(v, ids, ids[o.Unknown])
	if err != nil {
		return nil, fmt.Errorf("make tokenizer: %w", err)
	}
	t := &Tokenizer{words: words, maxLength: o.MaxLength, added: map[int32]AddedToken{}}
	if _, err := t.addTokens(slices.Concat(o.roleTokens(ids), o.Added)); err != nil {
		return nil, fmt.Errorf("make tokenizer: %w", err)
	}
	t.bos, _ = t.id(o.BOS)
	t.eos, _ = t.id(o.EOS)
	t.pad, _ = t.id(o.Pad)
	t.unknown = ids[o.Unknown]
	return t, nil
}

func (o Options) withDefaults() Options {
	if o.MaxLength == 0 {
		o.MaxLength = DefaultMaxLength
	}
	for _, d := range []struct {
		to    *string
		value string
	}{{&o.BOS, StartOfText}, {&o.EOS, EndOfText}} {
		if *d.to == "" {
			*d.to = d.value
		}
	}
	if o.Pad == "" {
		o.Pad = o.EOS
	}
	if o.Unknown == "" {
		o.Unknown = o.EOS
	}
	return o
}

// roles lists the special tokens with the names of special_tokens_map.json.
func (o Options) roles() [4][2]string {
	return [4][2]string{{"bos_token", o.BOS}, {"eos_token", o.EOS}, {"pad_token", o.Pad}, {"unk_token", o.Unknown}}
}

// roleTokens are those of the roles that are in the vocabulary, with the flags
// they have where Added gives none.
func (o Options) roleTokens(ids map[string]int32) []AddedToken {
	var tokens []AddedToken
	for _, role := range o.roles() {
		if _, ok := ids[role[1]]; ok {
			tokens = append(tokens, AddedToken{Content: role[1], Special: true, Raw: true})
		}
	}
	return tokens
}

// checkRoles says which role has a token that is neither in the vocabulary nor
// added. The unknown one must be in the vocabulary, since words are spelt with it.
func (o Options) checkRoles(ids map[string]int32) error {
	for _, role := range o.roles() {
		_, ok := ids[role[1]]
		added := slices.ContainsFunc(o.Added, func(a AddedToken) bool { return a.Content == role[1] })
		if !ok && (!added || role[0] == "unk_token") {
			return fmt.Errorf("the %s %q is not in the vocabulary", role[0], role[1])
		}
	}
	return nil
}

// Clone returns a tokenizer to which placeholders can be added without the
// original knowing them. It shares the vocabulary and costs almost nothing.
func (t *Tokenizer) Clone() *Tokenizer {
	clone := *t
	return &clone
}

// Encode returns the ids of text as they are, without the first and last token
// of a prompt and however many they are. A placeholder of several vectors
// becomes all of its ids. Bytes that are no UTF-8 read as U+FFFD.
func (t *Tokenizer) Encode(text string) []int {
	return ints(t.expand(t.encode(text)))
}

func ints(ids []int32) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}

// encode is Encode before placeholders are expanded: what transformers'
// tokenizer gives.
func (t *Tokenizer) encode(text string) []int32 {
	var ids []int32
	match := func(id int32) { ids = append(ids, id) }
	word := func(word string) { ids = append(ids, t.words.encode(word)...) }
	t.raw.walk(valid(text), func(part string) {
		t.lowered.walk(normalize(part), func(part string) { split(part, word) }, match)
	}, match)
	return ids
}

// MaxLength is the number of tokens in a prompt, the first and last included.
func (t *Tokenizer) MaxLength() int { return t.maxLength }

// VocabSize is the number of ids, those of placeholders included: the rows a
// text encoder's token table needs.
func (t *Tokenizer) VocabSize() int { return len(t.words.vocabulary.Tokens) + len(t.extra) }

// ID returns the id of a token in the vocabulary's spelling ("dog</w>"), of a
// special token or of a placeholder.
func (t *Tokenizer) ID(token string) (int, bool) {
	id, ok := t.id(token)
	return int(id), ok
}

func (t *Tokenizer) id(token string) (int32, bool) {
	if id, ok := t.words.ids[token]; ok {
		return id, true
	}
	if i := slices.Index(t.extra, token); i >= 0 {
		return int32(len(t.words.vocabulary.Tokens) + i), true
	}
	return 0, false
}

// IsSpecial says whether id is that of a special token: with Stable
// Diffusion 2 that of "!", which is its padding, too.
func (t *Tokenizer) IsSpecial(id int) bool {
	return id >= 0 && id < t.VocabSize() && t.added[int32(id)].Special
}

// Word returns what a token reads as: "dog" for "dog</w>". A token that holds
// part of a character reads as U+FFFD, an id outside the vocabulary as "".
func (t *Tokenizer) Word(id int) string {
	token, ok := t.token(id)
	if !ok {
		return ""
	}
	if _, whole := t.added[int32(id)]; whole {
		return token
	}
	return valid(unspell(token))
}

// token returns a token in the vocabulary's spelling.
func (t *Tokenizer) token(id int) (string, bool) {
	tokens := t.words.vocabulary.Tokens
	switch {
	case id < 0 || id >= t.VocabSize():
		return "", false
	case id < len(tokens):
		return tokens[id], true
	}
	return t.extra[id-len(tokens)], true
}

// Words returns the ids of the vocabulary's whole words in rising order: those
// of letters alone that end a word and are no special token. They are what a
// learned embedding can be compared with to say what it is near to.
func (t *Tokenizer) Words() []int {
	var ids []int
	for id, token := range t.words.vocabulary.Tokens {
		if _, added := t.added[int32(id)]; !added && strings.HasSuffix(token, endOfWord) && wholeWord(unspell(token)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// longestKana is the most letters that a Japanese word of a vocabulary has. Text
// written without spaces is learned in whole phrases too, such as "a photo of an
// apple" in one token; those, told by their length or by the particle of
// belonging, are no words. That a few words have の in them is a small loss.
const longestKana = 8

func wholeWord(word string) bool {
	if word == "" || !utf8.ValidString(word) {
		return false
	}
	unspaced := 0
	for _, r := range word {
		if !unicode.IsLetter(r) || r == 'の' {
			return false
		}
		if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) || r == 'ー' {
			unspaced++
		}
	}
	return unspaced <= longestKana
}

// Vocabulary returns the vocabulary the tokenizer was made from, without
// placeholders. It must not be changed.
func (t *Tokenizer) Vocabulary() Vocabulary { return t.words.vocabulary }
