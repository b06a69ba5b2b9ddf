package evaluate

import (
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/ichimai/ichimai/measure"
)

// series is a method's curve.
type series struct {
	name   string
	number int // of its colour and its marks
	points []dataPoint
}

type dataPoint struct {
	x     float64
	score measure.Interval
	title string
}

// The size of plots, in a drawing's units: letters of 12 stay legible on a phone, and
// plots stand side by side on a screen.
const (
	plotWidth, plotHeight   = 480.0, 340.0
	plotLeft, plotTop       = 50.0, 14.0
	plotBottom, labelsWidth = 44.0, 138.0
)

// curvePlot draws scores over time or steps.
func (w words) curvePlot(title, along string, all []series, x axis, scoreLabel string) template.HTML {
	d := newDrawing(plotWidth, plotHeight, title)
	low, high := 0.0, 0.0
	for _, s := range all {
		for _, p := range s.points {
			low, high = math.Min(low, p.score.Low), math.Max(high, p.score.High)
		}
	}
	y := linear(plotHeight-plotBottom, plotTop, low, high, trimmed)
	d.frame(x, y, along, scoreLabel)
	for _, s := range all {
		d.curve(s, x, y)
	}
	d.endLabels(all, x, y)
	return d.done()
}

// trimmed is a tick's number.
func trimmed(v float64) string {
	if math.Abs(v) < 1e-9 {
		v = 0
	}
	s := fmt.Sprintf("%.3g", v)
	if s[0] == '-' {
		return "−" + s[1:]
	}
	return s
}

// frame draws axes with their ticks and names.
func (d *drawing) frame(x, y axis, along, up string) {
	right := math.Max(x.to, x.from)
	for _, t := range y.ticks {
		class := "rule"
		if t.value == 0 {
			class = "rule zero"
		}
		d.line(class, plotLeft, y.at(t.value), right, y.at(t.value))
		d.words("tick", anchorEnd, plotLeft-6, y.at(t.value)+4, t.label)
	}
	bottom := y.from
	d.line("axis", plotLeft, bottom, right, bottom)
	last := math.Inf(-1)
	for _, t := range x.ticks {
		at := x.at(t.value)
		d.line("axis", at, bottom, at, bottom+4)
		if at-last > 24 {
			d.words("tick", anchorMiddle, at, bottom+17, t.label)
			last = at
		}
	}
	d.words("name", anchorMiddle, (plotLeft+right)/2, bottom+36, along)
	d.upright("name", 13, (y.from+y.to)/2, up)
}

// curve draws one series with the intervals of its points.
func (d *drawing) curve(s series, x, y axis) {
	var at []point
	for _, p := range s.points {
		at = append(at, point{x.at(p.x), y.at(p.score.Mean)})
		if p.score.N > 1 {
			d.line(fmt.Sprintf("whisker s%d", s.number%seriesCount), x.at(p.x), y.at(p.score.Low), x.at(p.x), y.at(p.score.High))
		}
	}
	d.path(fmt.Sprintf("curve s%d d%d", s.number%seriesCount, s.number/4%3), at)
	for i, p := range s.points {
		d.marker(s.number, at[i].x, at[i].y, 4, p.title)
	}
}

// endLabels names curves at their ends, apart from each other.
func (d *drawing) endLabels(all []series, x, y axis) {
	type label struct {
		y float64
		s series
	}
	var labels []label
	for _, s := range all {
		if len(s.points) > 0 {
			labels = append(labels, label{y.at(s.points[len(s.points)-1].score.Mean), s})
		}
	}
	slices.SortFunc(labels, func(a, b label) int { return compare(a.y, b.y) })
	places := make([]float64, len(labels))
	for i, l := range labels {
		places[i] = l.y
	}
	apart(places, 15, plotTop+6, plotHeight-plotBottom-2)
	for i, l := range labels {
		last := l.s.points[len(l.s.points)-1]
		class := fmt.Sprintf("leader s%d", l.s.number%seriesCount)
		d.line(class, x.at(last.x)+5, l.y, x.to+4, places[i])
		d.words(fmt.Sprintf("label s%d", l.s.number%seriesCount), anchorStart, x.to+8, places[i]+4, clipped(l.s.name, 17))
	}
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// apart moves sorted places until they are at least gap apart and within bounds.
func apart(places []float64, gap, low, high float64) {
	for i := range places {
		places[i] = math.Max(places[i], low+float64(i)*gap)
		if i > 0 {
			places[i] = math.Max(places[i], places[i-1]+gap)
		}
	}
	for i := len(places) - 1; i >= 0; i-- {
		places[i] = math.Min(places[i], high-float64(len(places)-1-i)*gap)
	}
}

// clipped cuts a name, whose whole is in the legend. A full-width letter counts twice.
func clipped(name string, most int) string {
	width := 0
	for i, r := range name {
		if width++; r > 0x2E7F {
			width++
		}
		if width > most {
			return name[:i] + "…"
		}
	}
	return name
}

// dotPlot draws groups of rows of dots with their intervals.
func (w words) dotPlot(title, along string, groups []dotGroup) template.HTML {
	const left, right, rowHeight, groupGap, head = 12.0, 165.0, 15.0, 10.0, 20.0
	height, low, high := plotTop+plotBottom, 0.0, 0.0
	for _, g := range groups {
		height += head + float64(len(g.dots))*rowHeight + groupGap
		for _, p := range g.dots {
			low, high = math.Min(low, p.score.Low), math.Max(high, p.score.High)
		}
	}
	d := newDrawing(plotWidth, height, title)
	x := linear(left+8, plotWidth-right, low, high, trimmed)
	bottom := height - plotBottom
	for _, t := range x.ticks {
		class := "rule"
		if t.value == 0 {
			class = "rule zero"
		}
		d.line(class, x.at(t.value), plotTop, x.at(t.value), bottom)
		d.words("tick", anchorMiddle, x.at(t.value), bottom+15, t.label)
	}
	d.words("name", anchorMiddle, (left+x.to)/2, bottom+34, along)
	y := plotTop
	for _, g := range groups {
		d.words("group", anchorStart, left, y+13, g.name)
		y += head
		for _, p := range g.dots {
			at := y + rowHeight/2
			d.line(fmt.Sprintf("whisker s%d", p.number%seriesCount), x.at(p.score.Low), at, x.at(p.score.High), at)
			d.marker(p.number, x.at(p.score.Mean), at, 4, p.title)
			d.words(fmt.Sprintf("label small s%d", p.number%seriesCount), anchorStart, x.to+8, at+4, clipped(p.name, 28))
			y += rowHeight
		}
		y += groupGap
	}
	return d.done()
}

// dotGroup is rows of dots under a heading.
type dotGroup struct {
	name string
	dots []dot
}

type dot struct {
	name   string
	number int
	score  measure.Interval
	title  string
}
