package evaluate

import "strings"

// text is one sentence in both languages, with arguments in braces.
type text struct{ en, ja string }

// in is the text in a language, en or ja, with arguments, given as name, value
// pairs, filled in.
func (t text) in(lang string, pairs ...string) string {
	s := t.en
	if lang == Japanese {
		s = t.ja
	}
	if len(pairs) == 0 {
		return s
	}
	braced := make([]string, len(pairs))
	for i, v := range pairs {
		if i%2 == 0 {
			v = "{" + v + "}"
		}
		braced[i] = v
	}
	return strings.NewReplacer(braced...).Replace(s)
}
