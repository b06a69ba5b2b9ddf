package main

import (
	"bytes"
	"image"
	"image/jpeg"

	"github.com/ichimai/ichimai/picture"
)

// wear is what happens to a picture on its way.
type wear struct {
	name string
	do   func(*picture.Picture) (*picture.Picture, error)
}

var wears = []wear{
	{"as it is", func(p *picture.Picture) (*picture.Picture, error) { return p, nil }},
	{"JPEG 75", func(p *picture.Picture) (*picture.Picture, error) { return saved(p, 75) }},
	{"half", half},
	{"half, JPEG 75", func(p *picture.Picture) (*picture.Picture, error) {
		p, err := half(p)
		if err != nil {
			return nil, err
		}
		return saved(p, 75)
	}},
	{"JPEG 50", func(p *picture.Picture) (*picture.Picture, error) { return saved(p, 50) }},
	{"third", func(p *picture.Picture) (*picture.Picture, error) {
		return p.ResizeWith(p.Width/3, p.Height/3, picture.Lanczos), nil
	}},
	{"brighter", brighter},
	{"a quarter painted over", painting},
	{"5% cropped", func(p *picture.Picture) (*picture.Picture, error) {
		return p.Crop(image.Rect(p.Width/40, p.Height/40, p.Width-p.Width/40, p.Height-p.Height/40)), nil
	}},
}

func half(p *picture.Picture) (*picture.Picture, error) {
	return p.ResizeWith(p.Width/2, p.Height/2, picture.Lanczos), nil
}

func saved(p *picture.Picture, quality int) (*picture.Picture, error) {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, p, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return picture.Decode(&file, picture.DefaultLimits())
}

// brighter is a tenth more contrast and light.
func brighter(p *picture.Picture) (*picture.Picture, error) {
	out := p.Clone()
	for i, v := range p.Pix {
		out.Pix[i] = uint8(min(255, int(v)*11/10+10))
	}
	return out, nil
}

// painting covers the lower right quarter, as a price or a logo would.
func painting(p *picture.Picture) (*picture.Picture, error) {
	out := p.Clone()
	out.Paste(picture.Filled(p.Width/2, p.Height/2, 200, 30, 30), p.Width/2, p.Height/2)
	return out, nil
}
