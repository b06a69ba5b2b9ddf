package main

import (
	"fmt"
	"slices"
)

// views are the ways in which each page is looked at.
type views struct {
	languages []string
	widths    []int // CSS pixels
	schemes   []string
}

// view is one of them.
type view struct {
	language string
	width    int
	scheme   string
}

var (
	languages = []string{"en", "ja"}
	schemes   = []string{"light", "dark", "print"}
)

// phone is the width below which a screen is touched.
const phone = 600

func (v views) check() error {
	for _, l := range v.languages {
		if !slices.Contains(languages, l) {
			return fmt.Errorf("--lang %s: there are %v", l, languages)
		}
	}
	for _, s := range v.schemes {
		if !slices.Contains(schemes, s) {
			return fmt.Errorf("--scheme %s: there are %v", s, schemes)
		}
	}
	for _, w := range v.widths {
		if w < 200 || w > 4000 {
			return fmt.Errorf("--width %d is not from 200 to 4000", w)
		}
	}
	return nil
}

// in combines the widths and schemes in a language.
func (v views) in(language string) (list []view) {
	for _, w := range v.widths {
		for _, s := range v.schemes {
			list = append(list, view{language, w, s})
		}
	}
	return list
}

// name is a picture's name, without its ending.
func (v view) name(page string) string {
	return fmt.Sprintf("%s-%s-%d-%s", page, v.language, v.width, v.scheme)
}
