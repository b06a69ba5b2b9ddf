package dataset

import "strings"

// captions holds what is written of one picture, by language. At least one is set.
type captions struct{ en, ja string }

func (c captions) empty() bool { return c.en == "" && c.ja == "" }

// choose picks the language: Japanese with probability japanese where both are there.
func (c captions) choose(r random, japanese float64) (string, Lang) {
	ja := r.chance(japanese)
	if c.en == "" || ja && c.ja != "" {
		return c.ja, Japanese
	}
	return c.en, English
}

// captionsFromFields finds the captions among named columns or JSON keys.
func captionsFromFields(field func(name string) string) captions {
	c := captions{ja: clean(field("ja"))}
	for _, name := range []string{"en", "caption", "text"} {
		if c.en = clean(field(name)); c.en != "" {
			break
		}
	}
	return c
}

// clean makes a caption one line without spaces at its ends.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }
