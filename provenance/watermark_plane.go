package provenance

import "math"

// plane is a picture of one channel, rows of numbers.
type plane struct {
	width, height int
	pix           []float64
}

func newPlane(width, height int) plane {
	return plane{width, height, make([]float64, width*height)}
}

// scaled is the plane in other sides, by the antialiased triangle filter.
func (p plane) scaled(width, height int) plane {
	return p.scaledRows(width).transposed().scaledRows(height).transposed()
}

func (p plane) scaledRows(width int) plane {
	out := newPlane(width, p.height)
	scale := float64(p.width) / float64(width)
	reach := max(scale, 1)
	for x := range width {
		center := (float64(x) + 0.5) * scale
		first, last := max(int(center-reach), 0), min(int(center+reach)+1, p.width)
		weights, sum := make([]float64, last-first), 0.0
		for i := range weights {
			weights[i] = max(0, 1-math.Abs(float64(first+i)+0.5-center)/reach)
			sum += weights[i]
		}
		for y := range p.height {
			row, v := p.pix[y*p.width+first:], 0.0
			for i, w := range weights {
				v += w * row[i]
			}
			out.pix[y*width+x] = v / sum
		}
	}
	return out
}

func (p plane) transposed() plane {
	out := newPlane(p.height, p.width)
	for y := range p.height {
		for x := range p.width {
			out.pix[x*p.height+y] = p.pix[y*p.width+x]
		}
	}
	return out
}
