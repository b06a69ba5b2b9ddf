package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// particles join Japanese words so often that a vocabulary learnt across them
// would have tokens such as 猫の写真 (a photo of a cat), of which nothing carries
// over to the cat in another phrase. Those that are common inside words too are
// left alone.
const particles = "のを"

// phrases calls yield with each part of a word that merges are learnt within.
// Languages with spaces have one part a word. Japanese is parted at particles
// and where the script changes, other than from kanji to the hiragana that
// inflect it.
func phrases(word string, yield func(part string)) {
	start, before := 0, rune(0)
	for i, r := range word {
		if i > start && breaks(before, r) {
			yield(word[start:i])
			start = i
		}
		before = r
	}
	yield(word[start:])
}

// breaks says whether a part ends between two letters.
func breaks(a, b rune) bool {
	from, to := scriptOf(a), scriptOf(b)
	if from == nil && to == nil {
		return false
	}
	return from != to && !(from == unicode.Han && to == unicode.Hiragana) || strings.ContainsRune(particles, a) || strings.ContainsRune(particles, b)
}

// scriptOf is the Japanese script of a letter, or nil.
func scriptOf(r rune) *unicode.RangeTable {
	switch {
	case r < utf8.RuneSelf:
		return nil
	case r == 'ー' || unicode.Is(unicode.Katakana, r):
		return unicode.Katakana
	case r == '々' || unicode.Is(unicode.Han, r):
		return unicode.Han
	case unicode.Is(unicode.Hiragana, r):
		return unicode.Hiragana
	}
	return nil
}
