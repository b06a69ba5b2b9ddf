package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/picture"
)

// lengths measures the coloured bars of a drawn plot in pixels, from above, in
// its left or right half. Everything else in a plot is gray.
func lengths(p *picture.Picture, from, to int) []int {
	var found []int
	inBar := false
	for y := range p.Height {
		first, last := -1, -1
		for x := from; x < to; x++ {
			if red, green, _ := p.RGB(x, y); red != green {
				if first < 0 {
					first = x
				}
				last = x
			}
		}
		if first >= 0 && !inBar {
			found = append(found, last-first+1)
		}
		inBar = first >= 0
	}
	return found
}

// near is equality but for the pixel that the line at 1 covers.
func near(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if max(a[i]-b[i], b[i]-a[i]) > 1 {
			return false
		}
	}
	return true
}

func TestPlotBars(t *testing.T) {
	c := sample()
	for _, x := range []struct {
		name         string
		ours         float64 // seconds of the job whose peer takes 2
		full         float64
		time, memory []float64
	}{
		{"ToTwo", 3, 2, []float64{0.5, 1.5, 1.5}, []float64{0.25, 1}},
		{"ToTheLargest", 8, 4, []float64{0.5, 4, 1.5}, []float64{0.25, 1}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c.Rows[1].Ours.Seconds = x.ours
			p, err := c.plot()
			if err != nil {
				t.Fatal(err)
			}
			if p.Width < 950 || p.Width > 1050 {
				t.Errorf("the plot is %d wide", p.Width)
			}
			want := func(ratios []float64) (px []int) {
				for _, r := range ratios {
					px = append(px, int(r*barSide/x.full+0.5))
				}
				return px
			}
			if got := lengths(p, 0, p.Width/2); !near(want(x.time), got) {
				t.Errorf("bars of time are %v long, not %v", got, want(x.time))
			}
			if got := lengths(p, p.Width/2, p.Width); !near(want(x.memory), got) {
				t.Errorf("bars of memory are %v long, not %v", got, want(x.memory))
			}
		})
	}
}

// The line at 1 is on top of bars and on the ground of a job that failed.
func TestPlotLine(t *testing.T) {
	for _, ours := range []float64{0, 1, 6} {
		p := bar{ours: ours, peer: 2}.picture(4)
		for y := range p.Height {
			for x, want := range map[int]bool{barSide/4 - 2: false, barSide/4 - 1: true, barSide / 4: true, barSide/4 + 2: false} {
				if red, _, _ := p.RGB(x, y); (red == 0x22) != want {
					t.Fatalf("ours %v: red at (%d, %d) is %#x", ours, x, y, red)
				}
			}
		}
	}
}

func TestCaptions(t *testing.T) {
	var got []string
	for _, line := range sample().bars() {
		for _, b := range line.bars {
			got = append(got, line.label+": "+b.caption())
		}
	}
	want := []string{
		"unet-forward: time 0.50: ours 0.0500 s, peer 0.100 s", "unet-forward: memory 0.25: ours 1.00 GiB, peer 4.00 GiB",
		"lora: time 1.50: ours 3.00 s, peer 2.00 s", "lora: memory 1.00: ours 2.00 GiB, peer 2.00 GiB",
		"lora, whole run: time 1.50: ours 150 s, peer 100 s",
		"unet-all: time –: ours failed, peer 1.00 s", "unet-all: memory –: ours failed, peer 1.00 GiB",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlotIsTheSame(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png")
	for _, path := range []string{a, b} {
		if err := writePlot(path, sample()); err != nil {
			t.Fatal(err)
		}
	}
	if read(t, a) != read(t, b) {
		t.Error("two plots of one table differ")
	}
}

// The section shows the plot from where the document stands, and only where
// there is one.
func TestPlotIsLinked(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "plots"), 0o700); err != nil {
		t.Fatal(err)
	}
	o := options{write: filepath.Join(dir, "table.md")}
	if err := o.show(sample(), new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(read(t, o.write), "![") {
		t.Errorf("a plot is linked that was not made:\n%s", read(t, o.write))
	}
	o.plot = filepath.Join(dir, "plots", "a (1).png")
	if err := o.show(sample(), new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	_, end := markers("tiny")
	want := "\n![Bars of ours divided by the peer's, tiny: unet-forward time 0.50 memory 0.25; lora time 1.50 memory 1.00; " +
		"lora, whole run time 1.50; unet-all time – memory –](plots/a%20%281%29.png)\n" + end + "\n"
	if got := read(t, o.write); !strings.HasSuffix(got, want) {
		t.Errorf("the section does not end with %s:\n%s", want, got)
	}
	if _, err := picture.Open(o.plot); err != nil {
		t.Error(err)
	}
}

func TestPlotHistory(t *testing.T) {
	dir := t.TempDir()
	o := options{history: filepath.Join(dir, "history.jsonl"), plot: filepath.Join(dir, "plot.png")}
	old, other := sample(), sample()
	old.Rows, other.Name = old.Rows[:1], "other"
	for _, c := range []comparison{old, other, sample()} {
		if err := appendHistory(o.history, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.plotHistory(); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "want.png")
	if err := writePlot(want, other, sample()); err != nil {
		t.Fatal(err)
	}
	if read(t, o.plot) != read(t, want) {
		t.Error("the plot is not of the last table of each name")
	}
}

func TestPlotRefused(t *testing.T) {
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged")
	if err := os.WriteFile(damaged, []byte("{\"name\": \"a\"}\n{"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "a.png")
	for name, c := range map[string]struct {
		o    options
		want string
	}{
		"NoPlot":    {options{history: damaged}, "--plot"},
		"NoHistory": {options{plot: good}, "--history"},
		"Write":     {options{plot: good, history: damaged, write: "x"}, "--write"},
		"NotPNG":    {options{plot: good + ".svg", history: damaged}, ".png"},
		"NoFolder":  {options{plot: filepath.Join(dir, "b", "a.png"), history: damaged}, "no folder"},
		"Missing":   {options{plot: good, history: damaged + "x"}, "--history"},
		"Damaged":   {options{plot: good, history: damaged}, damaged},
		"Empty":     {options{plot: good, history: os.DevNull}, "no comparison"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.o.plotHistory(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
