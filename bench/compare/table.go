package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// none stands for a figure that a job does not have.
const none = "–"

// header are the table's columns. Ratios are ours divided by the peer's: below
// 1 is less time or memory.
var header = []string{"job", "ours s", "peer s", "ours/peer", "ours GiB", "peer GiB", "ours/peer", "first call: ours s", "peer s"}

// cells is the table without its header. A learning job has a second row for
// the whole run.
func (c comparison) cells() [][]string {
	var table [][]string
	for _, r := range c.Rows {
		a, b := r.Ours, r.Peer
		table = append(table, []string{
			r.Job, a.seconds(a.Seconds), b.seconds(b.Seconds), ratio(a.Seconds, b.Seconds),
			a.memory(), b.memory(), ratio(a.PeakGiB, b.PeakGiB),
			figure(a.First), figure(b.First),
		})
		if a.Total > 0 || b.Total > 0 {
			table = append(table, []string{
				r.Job + ", whole run", a.seconds(a.Total), b.seconds(b.Total), ratio(a.Total, b.Total), none, none, none, none, none,
			})
		}
	}
	return table
}

// seconds is a time of the side, or that there is none.
func (s side) seconds(v float64) string {
	if s.Failure != "" {
		return "failed"
	}
	return figure(v)
}

func (s side) memory() string {
	if s.Failure != "" {
		return "failed"
	}
	return figure(s.PeakGiB)
}

// figure is a number with three digits that count, and 0 is unknown.
func figure(v float64) string {
	switch {
	case v <= 0:
		return none
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	case v >= 0.1:
		return fmt.Sprintf("%.3f", v)
	}
	return fmt.Sprintf("%.4f", v)
}

func ratio(ours, peer float64) string {
	if ours <= 0 || peer <= 0 {
		return none
	}
	return fmt.Sprintf("%.2f", ours/peer)
}

// origin are the lines that say what was compared, where and how.
func (c comparison) origin() []string {
	ours, peer := c.programs()
	return []string{
		fmt.Sprintf("Machine: %s.", c.Machine),
		fmt.Sprintf("Ours: %s. Peer: %s.", known(ours), known(peer)),
		fmt.Sprintf("Rounds in turns: %d; times are the minimum of all rounds, memory the maximum of the process. %s.", c.Rounds, c.Time.Format("2006-01-02")),
	}
}

// about are these and what has to be known of single rows.
func (c comparison) about() []string {
	lines := c.origin()
	for _, r := range c.Rows {
		if r.ofSDCPP() && r.Peer.Program != "" {
			lines = append(lines, fmt.Sprintf("%s: the peer is %s; its first call is the whole process with reading the checkpoint.", r.Job, r.Peer.Program))
		}
		for _, s := range []side{r.Ours, r.Peer} {
			if s.Failure != "" {
				lines = append(lines, "Failed: "+strings.Join(strings.Fields(s.Failure), " "))
			}
		}
	}
	return lines
}

func known(text string) string {
	if text == "" {
		return "not measured"
	}
	return text
}

// text is the table for a terminal: the first column to the left, the others
// to the right.
func (c comparison) text() string {
	table := append([][]string{header}, c.cells()...)
	widths := make([]int, len(header))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", c.Name)
	for _, line := range table {
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(cell + pad)
			} else {
				b.WriteString("  " + pad + cell)
			}
		}
		b.WriteString("\n")
	}
	for _, line := range c.about() {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// markdown is the same as a section of a document.
func (c comparison) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", c.Name)
	b.WriteString(markdownLine(header))
	b.WriteString("|---|" + strings.Repeat("--:|", len(header)-1) + "\n")
	for _, line := range c.cells() {
		b.WriteString(markdownLine(line))
	}
	b.WriteString("\n")
	for _, line := range c.about() {
		b.WriteString(escape(line) + "\n")
	}
	return b.String()
}

func markdownLine(cells []string) string {
	escaped := make([]string, len(cells))
	for i, c := range cells {
		escaped[i] = escape(c)
	}
	return "| " + strings.Join(escaped, " | ") + " |\n"
}

// escape keeps text from being read as Markdown or as a marker.
func escape(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}
