package picture

// Oriented turns and mirrors the picture as the EXIF orientation tag says:
// 1 upright, 2 mirrored, 3 upside down, 4 flipped, 5 transposed, 6 to be
// turned 90 degrees clockwise, 7 transversed, 8 to be turned anticlockwise.
// Any other value returns the picture as it is.
func (p *Picture) Oriented(orientation int) *Picture {
	if orientation < 2 || orientation > 8 {
		return p
	}
	w, h := p.Width, p.Height
	if orientation >= 5 {
		w, h = h, w
	}
	out := New(w, h)
	for y := range h {
		for x := range w {
			sx, sy := orientedSource(orientation, x, y, p.Width, p.Height)
			s, d := 3*(sy*p.Width+sx), 3*(y*w+x)
			copy(out.Pix[d:d+3], p.Pix[s:s+3])
		}
	}
	return out
}

// orientedSource tells which stored pixel is shown at (x, y); w and h are the
// stored sides.
func orientedSource(orientation, x, y, w, h int) (sx, sy int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	default: // 8
		return w - 1 - y, x
	}
}

// FlipHorizontal mirrors left and right.
func (p *Picture) FlipHorizontal() *Picture { return p.Oriented(2) }

// FlipVertical mirrors top and bottom.
func (p *Picture) FlipVertical() *Picture { return p.Oriented(4) }

// Rotate90 turns the picture clockwise by a quarter.
func (p *Picture) Rotate90() *Picture { return p.Oriented(6) }
