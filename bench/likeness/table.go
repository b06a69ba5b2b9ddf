package main

import (
	"fmt"
	"math"
	"strings"
)

// score is how near drawn scenes come to the true ones, in dB of the peak signal to
// the difference of small copies, and to the texts, as a mean cosine by CLIP.
type score struct{ subject, prompt float64 }

// table holds the scores of each row's subjects, rows in the order in which they
// came.
type table struct {
	names  []string
	scores map[string][]score
}

func (t *table) add(row string, s score) {
	if t.scores == nil {
		t.scores = map[string][]score{}
	}
	if len(t.scores[row]) == 0 {
		t.names = append(t.names, row)
	}
	t.scores[row] = append(t.scores[row], s)
}

// markdown shows each row's means with their standard errors over the subjects.
func (t *table) markdown() string {
	var b strings.Builder
	b.WriteString("| | like the thing, dB | more than predicted, dB | as asked | more than predicted |\n|---|---|---|---|---|\n")
	subject, prompt := func(s score) float64 { return s.subject }, func(s score) float64 { return s.prompt }
	for _, name := range t.names {
		scores := t.scores[name]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name,
			summary(scores, "%.2f", subject), t.gain(name, "%.2f", subject),
			summary(scores, "%.3f", prompt), t.gain(name, "%.3f", prompt))
	}
	return b.String()
}

// gain is how much more of a part a row has than the encoder's predictions, subject
// by subject; "" where it is those, or has other subjects.
func (t *table) gain(name, format string, part func(score) float64) string {
	scores, predicted := t.scores[name], t.scores[predictions]
	if name == predictions || len(scores) != len(predicted) {
		return ""
	}
	gains := make([]score, len(scores))
	for i, s := range scores {
		gains[i] = score{s.subject - predicted[i].subject, s.prompt - predicted[i].prompt}
	}
	return summary(gains, format, part)
}

// predictions is the row of concepts that were not tuned.
const predictions = "encoder, 0 steps"

// summary is a mean and its standard error.
func summary(scores []score, format string, part func(score) float64) string {
	n := float64(len(scores))
	sum, squares := 0.0, 0.0
	for _, s := range scores {
		sum += part(s)
	}
	mean := sum / n
	for _, s := range scores {
		squares += (part(s) - mean) * (part(s) - mean)
	}
	if n < 2 {
		return fmt.Sprintf(format, mean)
	}
	return fmt.Sprintf(format+" ± "+format, mean, math.Sqrt(squares/(n-1)/n))
}
