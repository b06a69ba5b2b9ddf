package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// plotLink is Markdown that shows the plot in a document. The path is relative
// to the document, so that both can be moved together; the text for those who
// do not see the plot has its figures.
func (c comparison) plotLink(document, plot string) (string, error) {
	document, err := filepath.Abs(document)
	if err != nil {
		return "", fmt.Errorf("link plot: %w", err)
	}
	if plot, err = filepath.Abs(plot); err != nil {
		return "", fmt.Errorf("link plot: %w", err)
	}
	to, err := filepath.Rel(filepath.Dir(document), plot)
	if err != nil {
		return "", fmt.Errorf("link plot: %w", err)
	}
	to = (&url.URL{Path: filepath.ToSlash(to)}).String()
	to = strings.NewReplacer("(", "%28", ")", "%29").Replace(to) // they would end the link
	text := strings.NewReplacer("[", `\[`, "]", `\]`).Replace(escape(c.alternative()))
	return fmt.Sprintf("![%s](%s)\n", text, to), nil
}

// alternative says in words what the plot shows.
func (c comparison) alternative() string {
	var parts []string
	for _, line := range c.bars() {
		part := line.label
		for _, b := range line.bars {
			part += fmt.Sprintf(" %s %s", b.what, ratio(b.ours, b.peer))
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("Bars of ours divided by the peer's, %s: %s", c.Name, strings.Join(parts, "; "))
}
