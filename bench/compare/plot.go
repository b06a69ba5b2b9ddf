package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ichimai/ichimai/picture"
)

// bars are a job's figures by line of the table: a learning job has a second
// line for the whole run.
type bars struct {
	label string
	bars  []bar
}

func (c comparison) bars() []bars {
	var lines []bars
	for _, r := range c.Rows {
		lines = append(lines, bars{r.Job, []bar{timeBar(r, r.Ours.Seconds, r.Peer.Seconds), memoryBar(r)}})
		if r.Ours.Total > 0 || r.Peer.Total > 0 {
			lines = append(lines, bars{r.Job + ", whole run", []bar{timeBar(r, r.Ours.Total, r.Peer.Total)}})
		}
	}
	return lines
}

// plot draws the ratios as bars, all to the same scale: it ends at 2, so that
// the line at 1 is in the middle, or at the largest ratio above.
func (c comparison) plot() (*picture.Picture, error) {
	full := 2.0
	for _, line := range c.bars() {
		for _, b := range line.bars {
			full = max(full, b.ratio())
		}
	}
	sheet := picture.Sheet{Title: c.Name, Cell: barSide, Wrap: 2}
	sheet.Note = fmt.Sprintf("Ours divided by the peer's, time at the left, memory at the right. The line is 1: as much as the peer. "+
		"Shorter is less; the whole width is %.2f.\n%s", full, strings.Join(c.origin(), "\n"))
	for _, line := range c.bars() {
		row := picture.Row{Label: line.label}
		for _, b := range line.bars {
			row.Cells = append(row.Cells, picture.Cell{Picture: b.picture(full), Caption: b.caption()})
		}
		sheet.Rows = append(sheet.Rows, row)
	}
	p, err := sheet.Draw()
	if err != nil {
		return nil, fmt.Errorf("plot %s: %w", c.Name, err)
	}
	return p, nil
}

// writePlot draws comparisons under each other into a PNG.
func writePlot(path string, comparisons ...comparison) error {
	var plots []*picture.Picture
	width, height := 0, 0
	for _, c := range comparisons {
		p, err := c.plot()
		if err != nil {
			return err
		}
		plots = append(plots, p)
		width, height = max(width, p.Width), height+p.Height
	}
	whole := picture.Filled(width, height, 255, 255, 255)
	y := 0
	for _, p := range plots {
		whole.Paste(p, 0, y)
		y += p.Height
	}
	return picture.WriteFile(path, whole, nil)
}

// checkPlot refuses a file that could not be written in the end.
func checkPlot(path string) error {
	if !strings.EqualFold(filepath.Ext(path), ".png") {
		return fmt.Errorf("--plot: %q does not end in .png", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("--plot: there is no folder %q; make it first", filepath.Dir(path))
	}
	return nil
}

// plotHistory draws the last table of each name in the history.
func (o *options) plotHistory() error {
	switch {
	case o.plot == "":
		return fmt.Errorf("--plot-history needs --plot, the file to draw into")
	case o.history == "":
		return fmt.Errorf("--plot-history needs --history, the file to draw from")
	case o.write != "":
		return fmt.Errorf("--plot-history measures nothing, so there is nothing to --write")
	}
	if err := checkPlot(o.plot); err != nil {
		return err
	}
	last, err := lastOfHistory(o.history)
	if err != nil {
		return err
	}
	return writePlot(o.plot, last...)
}
