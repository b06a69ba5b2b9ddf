package main

import "testing"

func TestTable(t *testing.T) {
	var table table
	table.add("upper bound", score{subject: 9})
	table.add(predictions, score{subject: 4, prompt: 0.1})
	table.add(predictions, score{subject: 8, prompt: 0.1})
	table.add("method", score{subject: 5, prompt: 0.2})
	table.add("method", score{subject: 7, prompt: 0.4})
	// Two values 1 from their mean: a deviation of 1.414, an error of 1.
	want := `| | like the thing, dB | more than predicted, dB | as asked | more than predicted |
|---|---|---|---|---|
| upper bound | 9.00 |  | 0.000 |  |
| encoder, 0 steps | 6.00 ± 2.00 |  | 0.100 ± 0.000 |  |
| method | 6.00 ± 1.00 | 0.00 ± 1.00 | 0.300 ± 0.100 | 0.200 ± 0.100 |
`
	if got := table.markdown(); got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
}
