package picture

import (
	"image"
	"image/color"
)

// raster is a decoded picture that may still be transparent.
type raster struct {
	*Picture
	alpha []uint8 // one byte a pixel; nil when opaque
}

func newRaster(width, height int) raster {
	return raster{New(width, height), make([]uint8, width*height)}
}

// fromImage brings a decoder's result to RGB in sRGB without transparency.
func (o Options) fromImage(img image.Image, h header) *Picture {
	if inks, ok := img.(*image.CMYK); ok {
		return o.fromCMYK(inks, h.profile)
	}
	return o.finish(toRaster(img), h)
}

// finish applies the profile, which speaks of the stored colours, and then
// the transparency.
func (o Options) finish(r raster, h header) *Picture {
	if !o.KeepProfile {
		toSRGB(r.Picture, h.profile)
	}
	if o.Alpha == AlphaOnWhite {
		r.layOnWhite()
	}
	return r.Picture
}

// layOnWhite composites in place: c*a + 255*(1-a), rounded to nearest.
func (r raster) layOnWhite() {
	for i, a := range r.alpha {
		if a == 255 {
			continue
		}
		px := r.Pix[3*i : 3*i+3]
		for c, v := range px {
			px[c] = over255(int(v)*int(a) + 255*(255-int(a)))
		}
	}
}

// over255 divides by 255, rounding to nearest.
func over255(v int) uint8 { return uint8((v + 127) / 255) }

// toRaster converts any image to straight (not premultiplied) colours of 8
// bits; of 16 bits the high byte is kept.
func toRaster(img image.Image) raster {
	b := img.Bounds()
	out := newRaster(b.Dx(), b.Dy())
	pixel := pixelReader(img)
	for y := range b.Dy() {
		dst, alpha := out.row(y), out.alpha[y*b.Dx():]
		for x := range b.Dx() {
			c := pixel(b.Min.X+x, b.Min.Y+y)
			dst[3*x], dst[3*x+1], dst[3*x+2], alpha[x] = c.R, c.G, c.B, c.A
		}
	}
	return out
}

// pixelReader returns the quickest way to read single pixels of an image.
func pixelReader(img image.Image) func(x, y int) color.NRGBA {
	switch img := img.(type) {
	case *image.Gray:
		return func(x, y int) color.NRGBA { v := img.GrayAt(x, y).Y; return color.NRGBA{v, v, v, 255} }
	case *image.Gray16:
		return func(x, y int) color.NRGBA {
			v := uint8(img.Gray16At(x, y).Y >> 8)
			return color.NRGBA{v, v, v, 255}
		}
	case *image.NRGBA:
		return img.NRGBAAt
	case *image.NRGBA64:
		return func(x, y int) color.NRGBA { return straight(img.NRGBA64At(x, y)) }
	case *image.RGBA:
		return func(x, y int) color.NRGBA { return straight(img.RGBAAt(x, y)) }
	case *image.RGBA64:
		return func(x, y int) color.NRGBA { return straight(img.RGBA64At(x, y)) }
	case *image.Paletted:
		colors := make([]color.NRGBA, 256) // an index beyond the palette is black
		for i, c := range img.Palette {
			colors[i] = straight(c)
		}
		return func(x, y int) color.NRGBA { return colors[img.ColorIndexAt(x, y)] }
	}
	return func(x, y int) color.NRGBA { return straight(img.At(x, y)) }
}

// straight takes the transparency out of a colour's channels. A colour that
// was stored straight keeps its channels even where it is fully transparent.
func straight(c color.Color) color.NRGBA {
	switch c := c.(type) {
	case color.NRGBA:
		return c
	case color.NRGBA64:
		return color.NRGBA{uint8(c.R >> 8), uint8(c.G >> 8), uint8(c.B >> 8), uint8(c.A >> 8)}
	case color.RGBA:
		if c.A == 255 {
			return color.NRGBA(c)
		}
	}
	return color.NRGBAModel.Convert(c).(color.NRGBA)
}
