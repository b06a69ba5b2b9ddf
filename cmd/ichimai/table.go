package main

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/width"
)

// row is a line of a table: a heading in both languages and its value.
type row struct {
	head  text
	value string
}

// table aligns headings, counting full-width characters as two columns; rows
// without a value are left out.
func (p *program) table(rows []row) []string {
	widest := 0
	for _, r := range rows {
		widest = max(widest, columns(p.say(r.head)))
	}
	var lines []string
	for _, r := range rows {
		if r.value != "" {
			head := p.say(r.head)
			lines = append(lines, head+strings.Repeat(" ", widest-columns(head)+2)+r.value)
		}
	}
	return lines
}

// columns is how wide a text is on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
