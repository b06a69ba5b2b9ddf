package api

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/ichimai/ichimai/studio"
)

// text is one sentence in the studio's two languages. Written without field
// names a text in one language alone does not compile.
type text struct{ en, ja string }

func (t text) in(lang string) string {
	if lang == studio.LanguageJapanese {
		return t.ja
	}
	return t.en
}

// error makes a studio error of the text.
func (t text) error(code studio.Code) error {
	return &studio.Error{Code: code, English: t.en, Japanese: t.ja}
}

var languages = language.NewMatcher([]language.Tag{language.English, language.Japanese})

// languageOf is the language in which to answer: that of Accept-Language, or
// where there is none that of whoever is signed in.
func languageOf(r *http.Request) string {
	accept := r.Header.Get("Accept-Language")
	tags, _, err := language.ParseAcceptLanguage(accept)
	if accept == "" || err != nil || len(tags) == 0 {
		if seen := visitOf(r.Context()); seen != nil && seen.actor.User.Language != "" {
			return seen.actor.User.Language
		}
		return studio.LanguageEnglish
	}
	if _, i, _ := languages.Match(tags...); i == 1 {
		return studio.LanguageJapanese
	}
	return studio.LanguageEnglish
}
