package measure

import "github.com/ichimai/ichimai/picture"

// plane is a picture of one channel, row by row.
type plane struct {
	width, height int
	values        []float64
}

func newPlane(width, height int) *plane {
	return &plane{width, height, make([]float64, width*height)}
}

// luminance is a picture's luma in [0, 255], by the weights of ITU-R BT.601.
func luminance(p *picture.Picture) *plane {
	out := newPlane(p.Width, p.Height)
	for i := range out.values {
		out.values[i] = 0.299*float64(p.Pix[3*i]) + 0.587*float64(p.Pix[3*i+1]) + 0.114*float64(p.Pix[3*i+2])
	}
	return out
}

func (p *plane) at(x, y int) float64 { return p.values[y*p.width+x] }
