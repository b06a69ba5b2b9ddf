package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/bench/internal/host"
)

// table is the campaign in Markdown.
func (c *campaign) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d kills in %d trials of %d pictures; a trial in peace takes %.1f s. %s.\n\n", c.kills, len(c.trials), c.pictures, c.quiet.Seconds(), host.Read())
	b.WriteString("| trial | kills | seconds | jobs begun, of 3 | pictures | decided on | published | files | audit entries | too much or missing |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i, t := range c.trials {
		f := t.Found
		fmt.Fprintf(&b, "| %d | %d | %.0f | %d | %d | %d | %d | %d | %d | 0 |\n", i+1, t.Kills, t.Seconds, f.Attempts, f.Pictures, f.Reviewed, f.Published, f.Files, f.Entries)
	}
	b.WriteString("\nWhat was under way when the process was killed: ")
	var parts []string
	for _, step := range slices.Sorted(maps.Keys(c.killed)) {
		parts = append(parts, fmt.Sprintf("%s %d", step, c.killed[step]))
	}
	b.WriteString(strings.Join(parts, ", ") + ".\n")
	return b.String()
}
