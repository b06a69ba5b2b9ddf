package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/bench/internal/host"
)

// sample are figures made up for the tests.
func sample() comparison {
	return comparison{
		Name: "tiny", Time: time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC), Rounds: 3,
		Machine: host.Machine{CPU: "Abacus", Cores: 2, MemoryGiB: 8, System: "linux/amd64", Go: "go1"},
		Rows: []row{
			{Job: "unet-forward",
				Ours: side{Program: "us", Seconds: 0.05, First: 12.34, PeakGiB: 1},
				Peer: side{Program: "them", Seconds: 0.1, First: 0.25, PeakGiB: 4}},
			{Job: "lora",
				Ours: side{Program: "us", Seconds: 3, Total: 150, PeakGiB: 2},
				Peer: side{Program: "them", Seconds: 2, Total: 100, PeakGiB: 2}},
			{Job: "unet-all",
				Ours: side{Failure: "ours: unet-all: killed\n<memory|swap>"},
				Peer: side{Program: "them", Seconds: 1, First: 1, PeakGiB: 1}},
		},
	}
}

func TestText(t *testing.T) {
	want := `tiny
job              ours s  peer s  ours/peer  ours GiB  peer GiB  ours/peer  first call: ours s  peer s
unet-forward     0.0500   0.100       0.50      1.00      4.00       0.25                12.3   0.250
lora               3.00    2.00       1.50      2.00      2.00       1.00                   –       –
lora, whole run     150     100       1.50         –         –          –                   –       –
unet-all         failed    1.00          –    failed      1.00          –                   –    1.00
Machine: Abacus, 2 logical cores, 8.0 GiB, linux/amd64, go1.
Ours: us. Peer: them.
Rounds in turns: 3; times are the minimum of all rounds, memory the maximum of the process. 2001-02-03.
Failed: ours: unet-all: killed <memory|swap>
`
	if diff := cmp.Diff(want, sample().text()); diff != "" {
		t.Error(diff)
	}
}

func TestMarkdown(t *testing.T) {
	want := `### tiny

| job | ours s | peer s | ours/peer | ours GiB | peer GiB | ours/peer | first call: ours s | peer s |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
| unet-forward | 0.0500 | 0.100 | 0.50 | 1.00 | 4.00 | 0.25 | 12.3 | 0.250 |
| lora | 3.00 | 2.00 | 1.50 | 2.00 | 2.00 | 1.00 | – | – |
| lora, whole run | 150 | 100 | 1.50 | – | – | – | – | – |
| unet-all | failed | 1.00 | – | failed | 1.00 | – | – | 1.00 |

`
	got := sample().markdown()
	if !strings.HasPrefix(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	if !strings.Contains(got, `Failed: ours: unet-all: killed &lt;memory\|swap>`) {
		t.Errorf("a failure's text is not escaped:\n%s", got)
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: none, -1: none, 0.01234: "0.0123", 0.1234: "0.123", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 1234: "1234"} {
		if got := figure(v); got != want {
			t.Errorf("%v is written %q, not %q", v, got, want)
		}
	}
}

func TestNothingMeasured(t *testing.T) {
	c := comparison{Name: "none", Rows: []row{{Job: "lora", Ours: side{Failure: "x"}, Peer: side{Failure: "y"}}}}
	if got := c.text(); !strings.Contains(got, "Ours: not measured. Peer: not measured.") {
		t.Errorf("the table does not say that nothing was measured:\n%s", got)
	}
}
