package main

import "strings"

// text is one sentence in the program's two languages. Written without field
// names a text in one language alone does not compile. Arguments stand in
// braces: "wrote {path}".
type text struct{ en, ja string }

// lang is a language of the program.
type lang string

const (
	english  lang = "en"
	japanese lang = "ja"
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

// chooseLang finds the language before flags are read, because the flags' own
// descriptions are in it: --lang, then the environment as setlocale(3) reads it.
func chooseLang(args []string, getenv func(string) string) lang {
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, found := strings.CutPrefix(a, "--lang="); found {
			return langOf(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return langOf(args[i+1])
		}
	}
	for _, key := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(key); v != "" {
			return langOf(v)
		}
	}
	return english
}

// langOf reads a locale such as ja_JP.UTF-8; whatever is not Japanese is
// English.
func langOf(locale string) lang {
	tag, _, _ := strings.Cut(strings.ToLower(locale), ".")
	tag, _, _ = strings.Cut(tag, "_")
	tag, _, _ = strings.Cut(tag, "-")
	if tag == "ja" || tag == "japanese" {
		return japanese
	}
	return english
}
