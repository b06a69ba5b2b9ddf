package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/ichimai/ichimai/tuning"
)

// table holds the scores of each row's subjects, rows in the order in which they
// came.
type table struct {
	names  []string
	scores map[string][]tuning.Score
}

func (t *table) add(row string, s tuning.Score) {
	if t.scores == nil {
		t.scores = map[string][]tuning.Score{}
	}
	if len(t.scores[row]) == 0 {
		t.names = append(t.names, row)
	}
	t.scores[row] = append(t.scores[row], s)
}

// markdown shows each row's means with their standard errors over the subjects.
func (t *table) markdown() string {
	var b strings.Builder
	b.WriteString("| | like the thing | as asked |\n|---|---|---|\n")
	for _, name := range t.names {
		scores := t.scores[name]
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name,
			summary(scores, func(s tuning.Score) float64 { return s.Subject }),
			summary(scores, func(s tuning.Score) float64 { return s.Prompt }))
	}
	return b.String()
}

// summary is a mean and its standard error, "-" for a column that is not scored.
func summary(scores []tuning.Score, part func(tuning.Score) float64) string {
	n := float64(len(scores))
	sum, squares := 0.0, 0.0
	for _, s := range scores {
		sum += part(s)
	}
	if sum == 0 {
		return "-"
	}
	mean := sum / n
	for _, s := range scores {
		squares += (part(s) - mean) * (part(s) - mean)
	}
	if n < 2 {
		return fmt.Sprintf("%.3f", mean)
	}
	return fmt.Sprintf("%.3f ± %.3f", mean, math.Sqrt(squares/(n-1)/n))
}
