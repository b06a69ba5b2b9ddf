// Package web is the studio's pages: HTML that the server renders, in English
// and Japanese, for a desk's screen and a phone's.
//
// Every control of a page is a link or a form that works without JavaScript;
// htmx and a small script of our own only spare reloads. A page is one templ
// file beside one Go file of the same noun. Package web translates between
// forms and package workspace and holds no rule of its own: what it hides from
// a role is a courtesy, what is refused is refused there.
//
// # Safety
//
// Answers carry a Content-Security-Policy that lets nothing in but the files of
// this package: no inline script, no inline style, no frame. A request that
// changes something has to come from the studio's own pages (Origin, and the
// session's token in the form). See guard.go.
//
// # Texts
//
// A text is written in both languages where it is used; see [text].
package web

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate
