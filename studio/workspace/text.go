package workspace

import (
	"strings"
	"unicode"

	"github.com/ichimai/ichimai/studio"
)

// oneLine makes any text fit for a line of at most limit characters: valid
// UTF-8, without control characters and without those that only change how
// others are shown, such as the ones that reverse the direction.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > limit {
		s = strings.TrimSpace(string(runes[:limit]))
	}
	return s
}

// fileName makes a name that somebody's machine gave a file into one to show:
// without folders, without what oneLine removes, and never "." or "..".
func fileName(s string, limit int) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if s = strings.Trim(oneLine(s, limit), ". "); s == "" {
		return "image"
	}
	return s
}

// Placeholder is the word for a subject in prompts, made of its name: in angle
// brackets, small, without spaces, at most 40 letters of it.
func Placeholder(name string) string {
	word := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return '-'
		case unicode.IsControl(r) || strings.ContainsRune("<>{}", r):
			return -1
		}
		return unicode.ToLower(r)
	}, oneLine(name, 40))
	if word == "" {
		word = studio.ProductField
	}
	return "<" + word + ">"
}
