package studio

import "cmp"

// Words are one text in both languages.
type Words struct {
	English  string `json:"en"`
	Japanese string `json:"ja"`
}

// In is the text in "ja" or, for any other language, in English; where one of
// them lacks, it is the other.
func (w Words) In(language string) string {
	if language == LanguageJapanese {
		return cmp.Or(w.Japanese, w.English)
	}
	return cmp.Or(w.English, w.Japanese)
}

// Empty reports whether nothing is said.
func (w Words) Empty() bool { return w == Words{} }

// SameWords are what a person wrote, in whichever language: it is not translated.
func SameWords(text string) Words { return Words{English: text, Japanese: text} }

// ErrorWords are what to show people of an error, as ErrorMessage gives it.
func ErrorWords(err error) Words {
	return Words{English: ErrorMessage(err, LanguageEnglish), Japanese: ErrorMessage(err, LanguageJapanese)}
}

// checkWords is checkText for both languages.
func checkWords(field string, w Words) error {
	return firstError(checkText(field, w.English, MaxText), checkText(field, w.Japanese, MaxText))
}
