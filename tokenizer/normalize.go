package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// normalize brings valid UTF-8 to the form that is split into words: composed
// (NFC), every run of white space one space, letters lowered one by one.
// Lowering letter by letter makes a final Greek sigma an ordinary one, as
// transformers does.
func normalize(text string) string {
	if !ascii(text) {
		text = compose(text)
	}
	var out strings.Builder
	out.Grow(len(text))
	space := false
	for _, r := range text {
		if unicode.IsSpace(r) {
			if !space {
				out.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		writeLower(&out, r)
	}
	return out.String()
}

// writeLower writes the lower case of r in full: U+0130 (dotted capital I) is
// the one letter whose lower case is two characters in every language.
func writeLower(out *strings.Builder, r rune) {
	if r == 0x130 {
		out.WriteString("i\u0307")
		return
	}
	out.WriteRune(unicode.ToLower(r))
}

// valid replaces every run of bytes that are no UTF-8 by U+FFFD.
func valid(text string) string {
	return strings.ToValidUTF8(text, string(utf8.RuneError))
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
