package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/provenance"
)

// row is what was measured of one source and size.
type row struct {
	name           string
	side           int
	count, refused int
	worst, middle  float64 // PSNR in dB
	read           []int   // by wear
}

func newRow(name string, side int, trials []trial) row {
	r := row{name: name, side: side, count: len(trials), read: make([]int, len(wears))}
	var psnr []float64
	for _, t := range trials {
		if t.refused {
			r.refused++
			continue
		}
		psnr = append(psnr, t.psnr)
		for i, read := range t.read {
			if read {
				r.read[i]++
			}
		}
	}
	if slices.Sort(psnr); len(psnr) > 0 {
		r.worst, r.middle = psnr[0], psnr[len(psnr)/2]
	}
	return r
}

// table is rows of rates.
type table struct{ rows []row }

// markdown shows PSNR and, for each wear, how many of the marked pictures were
// read with the right payload.
func (t table) markdown() string {
	var b strings.Builder
	b.WriteString("| side | pictures | refused | PSNR, worst | PSNR, middle |")
	for _, w := range wears {
		fmt.Fprintf(&b, " %s |", w.name)
	}
	b.WriteString("\n|---|---|---|---|---|" + strings.Repeat("---|", len(wears)) + "\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "| %d | %d of %s | %d | %.1f dB | %.1f dB |", r.side, r.count, r.name, r.refused, r.worst, r.middle)
		for _, n := range r.read {
			fmt.Fprintf(&b, " %s |", percent(n, r.count-r.refused))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(n)/float64(of))
}

// alarms is what pictures without a mark gave.
type alarms struct {
	trials, found int
	scores        []float64 // sorted
}

func (a alarms) markdown() string {
	if a.trials == 0 {
		return ""
	}
	return fmt.Sprintf("Without a mark: %d pictures, %d false alarms; scores: middle %.2f, largest %.2f; threshold %.1f, where at most %.1e of pictures come by chance.\n",
		a.trials, a.found, a.scores[a.trials/2], a.scores[a.trials-1], provenance.Threshold, provenance.FalseAlarm)
}
