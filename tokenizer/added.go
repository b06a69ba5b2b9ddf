package tokenizer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AddedToken is a token that is found in the text as a whole, before it is
// split into words: a special token or a placeholder.
type AddedToken struct {
	Content string
	Special bool // not part of what a prompt says, as <|endoftext|>
	// Raw tokens are matched in the text as it was given; others after
	// lower-casing, so that <Dog> is found where <dog> is written.
	Raw bool
	// SingleWord tokens are matched only where no letter, mark, digit or
	// underscore adjoins them.
	SingleWord bool
}

// pattern is an added token as it is searched for.
type pattern struct {
	text   string
	id     int32
	single bool
}

// matcher finds the leftmost and there the longest of its patterns. They are
// kept by their first byte, the longest first.
type matcher map[byte][]pattern

// newMatcher makes a matcher. Of patterns with the same text the last stands.
func newMatcher(patterns []pattern) matcher {
	m := matcher{}
	for _, p := range patterns {
		first := p.text[0]
		m[first] = slices.DeleteFunc(m[first], func(o pattern) bool { return o.text == p.text })
		m[first] = append(m[first], p)
	}
	for _, same := range m {
		slices.SortStableFunc(same, func(a, b pattern) int { return cmp.Compare(len(b.text), len(a.text)) })
	}
	return m
}

// has says whether one of the patterns is text.
func (m matcher) has(text string) bool {
	return text != "" && slices.ContainsFunc(m[text[0]], func(p pattern) bool { return p.text == text })
}

// walk calls between for the text between matches and match for each match,
// from left to right.
func (m matcher) walk(text string, between func(string), match func(id int32)) {
	from := 0
	for at := 0; at < len(text); {
		p, ok := m.at(text, at)
		if !ok {
			at++
			continue
		}
		end := at + len(p.text)
		if p.single && (wordBefore(text[:at]) || wordAfter(text[end:])) {
			at = end
			continue
		}
		between(text[from:at])
		match(p.id)
		from, at = end, end
	}
	between(text[from:])
}

func (m matcher) at(text string, at int) (pattern, bool) {
	for _, p := range m[text[at]] {
		if strings.HasPrefix(text[at:], p.text) {
			return p, true
		}
	}
	return pattern{}, false
}

func wordBefore(text string) bool {
	r, size := utf8.DecodeLastRuneInString(text)
	return size > 0 && wordRune(r)
}

func wordAfter(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size > 0 && wordRune(r)
}

func wordRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc)
}

// addTokens adds tokens, giving each the id it has in the vocabulary or the
// next free one. Added again, a token takes the new flags. What clones share
// is replaced, not changed.
func (t *Tokenizer) addTokens(tokens []AddedToken) (ids []int32, err error) {
	for _, a := range tokens {
		if normalize(a.Content) == "" {
			return nil, fmt.Errorf("an added token must not be empty")
		}
	}
	t.extra, t.added = slices.Clone(t.extra), maps.Clone(t.added)
	for _, a := range tokens {
		id, known := t.id(a.Content)
		if !known {
			id = int32(t.VocabSize())
			t.extra = append(t.extra, a.Content)
		}
		t.added[id] = a
		ids = append(ids, id)
	}
	t.index()
	return ids, nil
}

// index derives the matchers and the placeholders' vectors from the added
// tokens.
func (t *Tokenizer) index() {
	var raw, lowered []pattern
	t.vectors = map[int32][]int32{}
	for _, id := range t.addedIDs() {
		a := t.added[id]
		if a.Raw {
			raw = append(raw, pattern{valid(a.Content), id, a.SingleWord})
		} else {
			lowered = append(lowered, pattern{normalize(valid(a.Content)), id, a.SingleWord})
		}
		if !a.Special {
			t.vectors[id] = t.vectorsOf(a.Content, id)
		}
	}
	t.raw, t.lowered = newMatcher(raw), newMatcher(lowered)
}

// addedIDs lists the ids of the added tokens in rising order.
func (t *Tokenizer) addedIDs() []int32 {
	return slices.Sorted(maps.Keys(t.added))
}
