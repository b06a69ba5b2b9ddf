package picture

import "image"

// Crop cuts out the part of the picture inside r. A rectangle that does not
// touch the picture gives nil.
func (p *Picture) Crop(r image.Rectangle) *Picture {
	r = r.Intersect(p.Bounds())
	if r.Empty() {
		return nil
	}
	out := New(r.Dx(), r.Dy())
	out.Paste(p, -r.Min.X, -r.Min.Y)
	return out
}

// CenterCrop cuts the middle n by n pixels, offsets rounded down, as
// transformers' center_crop does; where the picture is smaller it is
// surrounded by black.
func (p *Picture) CenterCrop(n int) *Picture { return p.CenterCropTo(n, n) }

// CenterCropTo is CenterCrop for any rectangle.
func (p *Picture) CenterCropTo(width, height int) *Picture {
	out := New(width, height)
	out.Paste(p, -cropOffset(p.Width, out.Width), -cropOffset(p.Height, out.Height))
	return out
}

// cropOffset is where the crop starts; negative when the picture is smaller,
// then half the padding rounded up.
func cropOffset(side, crop int) int {
	if side >= crop {
		return (side - crop) / 2
	}
	return -((crop - side + 1) / 2)
}

// Square gives n by n pixels: the middle of the picture at the largest size
// that fills the square.
func (p *Picture) Square(n int) *Picture {
	return p.ResizeShortest(n, Bicubic).CenterCrop(n)
}

// Cover gives width by height pixels: the middle of the picture at the
// smallest size that fills them.
func (p *Picture) Cover(width, height int) *Picture {
	width, height = max(width, 1), max(height, 1)
	w, h := width, (p.Height*width+p.Width/2)/p.Width
	if h < height {
		w, h = max((p.Width*height+p.Height/2)/p.Height, width), height
	}
	return p.Resize(w, h).CenterCropTo(width, height)
}

// Fit scales the whole picture to lie within width by height pixels, keeping
// its proportions.
func (p *Picture) Fit(width, height int) *Picture {
	width, height = max(width, 1), max(height, 1)
	w, h := width, (p.Height*width+p.Width/2)/p.Width
	if h > height {
		w, h = (p.Width*height+p.Height/2)/p.Height, height
	}
	return p.Resize(w, h)
}

// Pad fits the whole picture into width by height pixels and fills the rest
// with white.
func (p *Picture) Pad(width, height int) *Picture {
	out := Filled(width, height, 255, 255, 255)
	inner := p.Fit(width, height)
	out.Paste(inner, (out.Width-inner.Width)/2, (out.Height-inner.Height)/2)
	return out
}
