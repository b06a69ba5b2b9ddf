package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// contractions are split off as words of their own.
var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// markers are CLIP's own special tokens as text. They are matched as a whole
// and then fall into their three words, also where their spelling was not
// that of the special token, as in <|ENDOFTEXT|>.
var markers = []string{"<|startoftext|>", "<|endoftext|>"}

// split calls yield with each word of normalized text: CLIP's pattern
//
//	<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+
//
// written as a scanner, since it needs no looking ahead or back.
func split(text string, yield func(word string)) {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case unicode.IsSpace(r):
			text = text[size:]
			continue
		case r == '<' && prefixOf(text, markers) != "":
			marker := prefixOf(text, markers)
			yield("<|")
			yield(marker[2 : len(marker)-2])
			yield("|>")
			size = len(marker)
		default:
			size = wordLength(text, r, size)
			yield(text[:size])
		}
		text = text[size:]
	}
}

// wordLength is the length in bytes of the word at the start of text, whose
// first character r is size bytes long and no space.
func wordLength(text string, r rune, size int) int {
	if contraction := prefixOf(text, contractions); r == '\'' && contraction != "" {
		return len(contraction)
	}
	switch {
	case unicode.IsLetter(r):
		return runLength(text, unicode.IsLetter)
	case unicode.IsNumber(r):
		return size
	}
	return runLength(text, func(r rune) bool {
		return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
}

// runLength is the length in bytes of the run of characters at the start of
// text that are in the class.
func runLength(text string, in func(rune) bool) int {
	for i, r := range text {
		if !in(r) {
			return i
		}
	}
	return len(text)
}

// prefixOf returns the first of the prefixes that text starts with, or "".
func prefixOf(text string, prefixes []string) string {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return p
		}
	}
	return ""
}
