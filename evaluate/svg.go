package evaluate

import (
	"fmt"
	"html"
	"html/template"
	"strings"
)

// drawing is an SVG under way. Colours and letters are the page's, by classes: s0 to s7
// are series, rule and soft what the eye may pass over.
type drawing struct {
	b             strings.Builder
	width, height float64
}

// newDrawing begins a drawing that says in words what it shows.
func newDrawing(width, height float64, title string) *drawing {
	d := &drawing{width: width, height: height}
	fmt.Fprintf(&d.b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s"><title>%s</title>`, width, height, html.EscapeString(title), html.EscapeString(title))
	return d
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (d *drawing) path(class string, points []point) {
	var at []string
	for _, p := range points {
		at = append(at, fmt.Sprintf("%.1f,%.1f", p.x, p.y))
	}
	fmt.Fprintf(&d.b, `<polyline class="%s" points="%s"/>`, class, strings.Join(at, " "))
}

// Anchors of words.
const (
	anchorStart  = "start"
	anchorMiddle = "middle"
	anchorEnd    = "end"
)

func (d *drawing) words(class, anchor string, x, y float64, said string) {
	fmt.Fprintf(&d.b, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, html.EscapeString(said))
}

// upright is words along an axis that stands.
func (d *drawing) upright(class string, x, y float64, said string) {
	fmt.Fprintf(&d.b, `<text class="%s" text-anchor="middle" transform="translate(%.1f %.1f) rotate(-90)">%s</text>`, class, x, y, html.EscapeString(said))
}

// marker is a point of series i, whose shape tells it from others where colours do
// not; title is told when it is pointed at.
func (d *drawing) marker(i int, x, y, size float64, title string) {
	shapes := []string{
		"<circle cx=\"%[1]s\" cy=\"%[2]s\" r=\"%[3]s\"/>",
		"<path d=\"M%[4]s %[5]sh%[6]sv%[6]sh-%[6]sz\"/>",
		"<path d=\"M%[1]s %[7]sl%[8]s %[9]sh-%[10]sz\"/>",
		"<path d=\"M%[1]s %[7]sl%[11]s %[11]sl-%[11]s %[11]sl-%[11]s -%[11]sz\"/>",
	}
	n := func(v float64) string { return fmt.Sprintf("%.1f", v) }
	r := size
	args := []any{n(x), n(y), n(r), n(x - .9*r), n(y - .9*r), n(1.8 * r), n(y - 1.25*r), n(1.15 * r), n(2.1 * r), n(2.3 * r), n(1.25 * r)}
	fmt.Fprintf(&d.b, `<g class="mark s%d">`, i%seriesCount)
	d.b.WriteString(fmt.Sprintf(shapes[i%len(shapes)], args...))
	if title != "" {
		fmt.Fprintf(&d.b, `<title>%s</title>`, html.EscapeString(title))
	}
	d.b.WriteString("</g>")
}

// seriesCount is how many series have a colour of their own. Seven are those of Okabe
// and Ito, "Color Universal Design" (2008), but for yellow, which is pale on white.
const seriesCount = 8

func (d *drawing) done() template.HTML {
	return template.HTML(d.b.String() + "</svg>")
}

type point struct{ x, y float64 }
