package phash

import (
	"image"
	"math"

	"github.com/ichimai/ichimai/picture"
)

// plane is the luminance of a picture as sums over all that lies left of and above a
// corner, so that the mean of any window costs four corners (Crow, "Summed-area tables
// for texture mapping", 1984).
type plane struct {
	width, height int
	sums          []float64 // [height+1][width+1]
}

func newPlane(p *picture.Picture) *plane {
	out := &plane{p.Width, p.Height, make([]float64, (p.Width+1)*(p.Height+1))}
	for y := range p.Height {
		row := 0.0
		for x := range p.Width {
			at := 3 * (y*p.Width + x)
			row += 0.299*float64(p.Pix[at]) + 0.587*float64(p.Pix[at+1]) + 0.114*float64(p.Pix[at+2]) // BT.601
			out.sums[(y+1)*(p.Width+1)+x+1] = out.sums[y*(p.Width+1)+x+1] + row
		}
	}
	return out
}

// window is a part of a plane, in pixels; it may begin between two of them.
type window struct{ x, y, width, height float64 }

func (w window) rectangle() image.Rectangle {
	return image.Rect(int(math.Round(w.x)), int(math.Round(w.y)), int(math.Round(w.x+w.width)), int(math.Round(w.y+w.height)))
}

// scaled is the window in the pixels of a picture of which the plane is a smaller copy.
func (w window) scaled(by float64) image.Rectangle {
	return window{w.x * by, w.y * by, w.width * by, w.height * by}.rectangle()
}

func (p *plane) whole() window { return window{0, 0, float64(p.width), float64(p.height)} }

func (p *plane) holds(w window) bool {
	return w.x >= 0 && w.y >= 0 && w.x+w.width <= float64(p.width) && w.y+w.height <= float64(p.height)
}

// hash is that of a window, and false where the window is flat.
func (p *plane) hash(w window) (Hash, bool) {
	var c cells
	p.cells(w, &c)
	if c.flat() {
		return 0, false
	}
	return hashOf(&c), true
}

// cells are the means of a window's side by side parts. A part may be smaller than a pixel.
func (p *plane) cells(w window, out *cells) {
	var columns [side + 1]place
	for i := range columns {
		columns[i] = placeOf(w.x+w.width*float64(i)/side, p.width)
	}
	area := w.width * w.height / (side * side)
	var above, below [side + 1]float64
	p.corners(placeOf(w.y, p.height), &columns, &above)
	for j := range side {
		p.corners(placeOf(w.y+w.height*float64(j+1)/side, p.height), &columns, &below)
		for i := range side {
			out[j*side+i] = (below[i+1] - below[i] - above[i+1] + above[i]) / area
		}
		above = below
	}
}

// place is a coordinate as the corner before it and the way to the next, 0 to 1.
type place struct {
	at   int
	part float64
}

func placeOf(v float64, limit int) place {
	v = min(max(v, 0), float64(limit))
	at := min(int(v), limit-1)
	return place{at, v - float64(at)}
}

// corners are the sums at a row, between whose corners they are linear both ways.
func (p *plane) corners(row place, columns *[side + 1]place, sums *[side + 1]float64) {
	upper := p.sums[row.at*(p.width+1):]
	lower := p.sums[(row.at+1)*(p.width+1):]
	for i, c := range columns {
		left := upper[c.at] + row.part*(lower[c.at]-upper[c.at])
		right := upper[c.at+1] + row.part*(lower[c.at+1]-upper[c.at+1])
		sums[i] = left + c.part*(right-left)
	}
}
