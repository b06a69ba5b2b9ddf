package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// text is a text in the studio's two languages. Written without field names a
// text in one language alone does not compile. Arguments stand in braces:
// "{count} pictures".
type text struct{ en, ja string }

// lang is a language of the studio.
type lang string

const (
	english  lang = studio.LanguageEnglish
	japanese lang = studio.LanguageJapanese
)

// in returns the text in a language with arguments, given as name, value
// pairs, filled in.
func (t text) in(l lang, pairs ...string) string {
	s := t.en
	if l == japanese {
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

// counted says how many there are: one, or some other number, which stands for {n}.
func (v *visit) counted(n int, one, many text) string {
	if n == 1 {
		many = one
	}
	return v.say(many, "n", strconv.Itoa(n))
}

// listed puts names or phrases side by side.
func (v *visit) listed(list []string) string {
	return strings.Join(list, map[lang]string{english: ", ", japanese: "、"}[v.lang])
}

// LanguageCookie remembers the language of a browser that is not signed in.
const LanguageCookie = "ichimai_language"

// chooseLang is the language of a request before it is known who asks: the
// cookie's, else the first of Accept-Language that there is.
func chooseLang(r *http.Request) lang {
	if c, err := r.Cookie(LanguageCookie); err == nil {
		if l := lang(c.Value); l == english || l == japanese {
			return l
		}
	}
	return acceptedLang(r.Header.Get("Accept-Language"))
}

// acceptedLang reads an Accept-Language header (RFC 9110, section 12.5.4).
func acceptedLang(header string) lang {
	best, weight := english, 0.0
	for _, part := range strings.Split(header, ",") {
		tag, parameter, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if value, found := strings.CutPrefix(strings.TrimSpace(parameter), "q="); found {
			parsed, err := strconv.ParseFloat(value, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l := lang(primary); (l == english || l == japanese) && q > weight {
			best, weight = l, q
		}
	}
	return best
}
