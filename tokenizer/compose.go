package tokenizer

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestMarks is the run of combining marks up to which package norm gives
// plain NFC. Beyond 30 it inserts U+034F (the "stream-safe" form of UAX #15),
// which transformers does not; each mark may decompose into three.
const longestMarks = 8

// compose returns the canonical composition (NFC) of text.
func compose(text string) string {
	if norm.NFC.IsNormalString(text) {
		return text
	}
	if !manyMarks(text) {
		return norm.NFC.String(text)
	}
	return string(composeRunes(decompose(text)))
}

// manyMarks says whether text has a run of more than longestMarks marks.
func manyMarks(text string) bool {
	run := 0
	for _, r := range text {
		if !unicode.Is(unicode.M, r) {
			run = 0
		} else if run++; run > longestMarks {
			return true
		}
	}
	return false
}

// decompose returns the canonical decomposition of text in canonical order.
func decompose(text string) []rune {
	var out []rune
	for _, r := range text {
		out = append(out, []rune(norm.NFD.String(string(r)))...)
	}
	for from := 0; from < len(out); {
		to := from + 1
		for to < len(out) && class(out[to]) != 0 {
			to++
		}
		marks := out[from:to]
		if class(out[from]) == 0 {
			marks = marks[1:]
		}
		slices.SortStableFunc(marks, func(a, b rune) int { return int(class(a)) - int(class(b)) })
		from = to
	}
	return out
}

// composeRunes is the canonical composition algorithm of UAX #15 on
// decomposed text: a mark joins the last starter unless a mark of the same or
// a higher class stands between them.
func composeRunes(in []rune) []rune {
	out := make([]rune, 0, len(in))
	starter, last := -1, uint8(0) // last is the class of the character before, 0 right after the starter
	for _, r := range in {
		c := class(r)
		if starter >= 0 && (last == 0 || last < c) {
			if joined, ok := join(out[starter], r); ok {
				out[starter] = joined
				continue
			}
		}
		if last = c; c == 0 {
			starter = len(out)
		}
		out = append(out, r)
	}
	return out
}

// join returns the one character that a and b compose into, if there is one.
func join(a, b rune) (rune, bool) {
	pair := norm.NFC.String(string([]rune{a, b}))
	r, size := utf8.DecodeRuneInString(pair)
	return r, size == len(pair)
}

// class is the canonical combining class of r.
func class(r rune) uint8 {
	if r < 0x300 {
		return 0
	}
	return norm.NFD.PropertiesString(string(r)).CCC()
}
