package main

import (
	"testing"

	"github.com/ichimai/ichimai/tuning"
)

func TestTable(t *testing.T) {
	var table table
	table.add("upper bound", tuning.Score{Subject: 0.9})
	table.add("method", tuning.Score{Subject: 0.5, Prompt: 0.2})
	table.add("method", tuning.Score{Subject: 0.7, Prompt: 0.2})
	// Two values 0.1 from their mean: a deviation of 0.1414, an error of 0.1.
	want := `| | like the thing | as asked |
|---|---|---|
| upper bound | 0.900 | - |
| method | 0.600 ± 0.100 | 0.200 ± 0.000 |
`
	if got := table.markdown(); got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
}
