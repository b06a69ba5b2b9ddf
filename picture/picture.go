package picture

import (
	"image"
	"image/color"
)

// Picture is an opaque sRGB picture, 8 bits a channel.
//
// Pix holds Height rows of Width pixels of 3 bytes (HWC), without padding:
// the red of (x, y) is Pix[3*(y*Width+x)]. Methods that change a picture
// return a new one. *Picture is an [image.Image].
type Picture struct {
	Width, Height int
	Pix           []uint8
}

// New returns a black picture. Sides below 1 become 1.
func New(width, height int) *Picture {
	width, height = max(width, 1), max(height, 1)
	return &Picture{Width: width, Height: height, Pix: make([]uint8, 3*width*height)}
}

// Filled returns a picture of one colour.
func Filled(width, height int, red, green, blue uint8) *Picture {
	p := New(width, height)
	for i := 0; i < len(p.Pix); i += 3 {
		p.Pix[i], p.Pix[i+1], p.Pix[i+2] = red, green, blue
	}
	return p
}

// RGB returns the colour of one pixel, which must lie in the picture.
func (p *Picture) RGB(x, y int) (red, green, blue uint8) {
	i := 3 * (y*p.Width + x)
	return p.Pix[i], p.Pix[i+1], p.Pix[i+2]
}

// Clone returns a copy that shares nothing.
func (p *Picture) Clone() *Picture {
	return &Picture{Width: p.Width, Height: p.Height, Pix: append([]uint8(nil), p.Pix...)}
}

// row returns the bytes of row y.
func (p *Picture) row(y int) []uint8 {
	return p.Pix[3*y*p.Width : 3*(y+1)*p.Width]
}

// ColorModel makes a Picture an image.Image.
func (p *Picture) ColorModel() color.Model { return color.RGBAModel }

// Bounds makes a Picture an image.Image; the origin is (0, 0).
func (p *Picture) Bounds() image.Rectangle { return image.Rect(0, 0, p.Width, p.Height) }

// At makes a Picture an image.Image; outside it is transparent.
func (p *Picture) At(x, y int) color.Color {
	if !(image.Point{X: x, Y: y}).In(p.Bounds()) {
		return color.RGBA{}
	}
	red, green, blue := p.RGB(x, y)
	return color.RGBA{R: red, G: green, B: blue, A: 255}
}

// Paste copies src onto p with src's corner at (x, y); what falls outside is
// left out. It is the one method that changes its receiver.
func (p *Picture) Paste(src *Picture, x, y int) {
	at := image.Rect(x, y, x+src.Width, y+src.Height).Intersect(p.Bounds())
	for row := at.Min.Y; row < at.Max.Y; row++ {
		from := src.row(row - y)[3*(at.Min.X-x) : 3*(at.Max.X-x)]
		copy(p.row(row)[3*at.Min.X:], from)
	}
}
