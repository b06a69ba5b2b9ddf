package concept

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// InPrompts is how a prompt names the subject: the placeholder, and behind it the kind
// of thing, class, where the concept was learned so. That is where the placeholder has
// no vectors of its own and is read as ordinary text, and where an encoder, which
// starts from no word, was told the kind of thing.
func (c *Concept) InPrompts(class string) string {
	if c.ClassWord == "" || c.Vectors() > 0 && c.Method != MethodEncoder {
		return c.Placeholder
	}
	return strings.TrimSpace(c.Placeholder + " " + class)
}

// Said is a prompt as the concept wants to be named in it: the class behind every
// placeholder, where InPrompts says so and it is not there already, in any case of its
// letters, in the plural, or joined by a Japanese の. Between words that are not
// separated by spaces, one is put where the class would run into the next word.
func (c *Concept) Said(prompt string) string {
	class := strings.TrimSpace(c.ClassWord)
	if c.InPrompts(class) == c.Placeholder {
		return prompt
	}
	return c.rewrite(prompt, class, func(p place) string {
		if p.whole > p.end {
			return prompt[p.start:p.whole]
		}
		return prompt[p.start:p.end] + " " + class
	})
}

// Named is a prompt in plain words: word stands in place of the placeholder, and of
// word behind it.
func (c *Concept) Named(prompt, word string) string {
	return c.rewrite(prompt, word, func(place) string { return word })
}

// place is where a prompt names a concept.
type place struct {
	start, end int // of the placeholder, in bytes
	whole      int // where the word behind it ends; end without one
}

// rewrite puts what with gives in the place of each placeholder with the word behind
// it, apart from the words around.
func (c *Concept) rewrite(prompt, word string, with func(place) string) string {
	var out strings.Builder
	from := 0
	for at := 0; at < len(prompt); {
		p, ok := c.placeAt(prompt, at, word)
		if !ok {
			_, size := utf8.DecodeRuneInString(prompt[at:])
			at += size
			continue
		}
		before, text := prompt[from:p.start], with(p)
		out.WriteString(before + space(before, text) + text + space(text, prompt[p.whole:]))
		from, at = p.whole, p.whole
	}
	return out.String() + prompt[from:]
}

// placeAt is the placeholder at a place of the prompt, unless it is part of another
// name there. Like a tokenizer's it is found whatever the case of its letters.
func (c *Concept) placeAt(prompt string, at int, word string) (p place, ok bool) {
	size := prefix(prompt[at:], c.Placeholder)
	if size == 0 {
		return p, false
	}
	p = place{start: at, end: at + size, whole: at + size}
	partOfName := func(r rune) bool { return r == '-' || partOfWord(r) }
	if joined(prompt[:at], c.Placeholder, partOfName) || joined(c.Placeholder, prompt[p.end:], partOfName) {
		return p, false
	}
	rest := strings.TrimLeftFunc(prompt[p.end:], unicode.IsSpace)
	for _, text := range []string{rest, strings.TrimLeftFunc(strings.TrimPrefix(rest, "の"), unicode.IsSpace)} {
		if size := wordAt(text, word); size > 0 {
			p.whole = len(prompt) - len(text) + size
			break
		}
	}
	return p, true
}

// wordAt is how many bytes a word, or its plural, has at the beginning of a text; 0
// where it is not there.
func wordAt(text, word string) int {
	size := prefix(text, word)
	if size == 0 {
		return 0
	}
	for _, ending := range []string{"", "s", "es"} {
		end := size + len(ending)
		if strings.HasPrefix(text[size:], ending) && !joined(word, text[end:], partOfWord) {
			return end
		}
	}
	return 0
}

// prefix is how many bytes a prefix has in a text that begins with it, whatever the
// case of its letters; 0 where it does not.
func prefix(text, prefix string) int {
	size := 0
	for _, want := range prefix {
		r, n := utf8.DecodeRuneInString(text[size:])
		if n == 0 || unicode.ToLower(r) != unicode.ToLower(want) {
			return 0
		}
		size += n
	}
	return size
}

// joined reports whether two texts side by side make one word, which those of
// Japanese, written without spaces, do not.
func joined(a, b string, part func(rune) bool) bool {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	return a != "" && b != "" && part(last) && part(first) && !unspaced(last) && !unspaced(first)
}

// space is what keeps two texts side by side from being read as one word: CLIP's
// pattern takes letters of all scripts together.
func space(a, b string) string {
	last, _ := utf8.DecodeLastRuneInString(a)
	first, _ := utf8.DecodeRuneInString(b)
	if a == "" || b == "" || !partOfWord(last) || !partOfWord(first) || unspaced(last) && unspaced(first) {
		return ""
	}
	return " "
}

func partOfWord(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc) }

// unspaced reports whether a letter is of Japanese.
func unspaced(r rune) bool {
	return r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
