package main

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/picture"
)

// colours are as many as a PNG's palette holds.
const colours = 256

// write keeps a picture, smaller where that was asked for. The file is whole or not
// there.
func (g *guide) write(name string, data []byte) (err error) {
	if g.small > 0 {
		if data, err = shrink(data, g.small); err != nil {
			return err
		}
	}
	path := filepath.Join(g.out, name+".png")
	if err := os.WriteFile(path+".part", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// shrink scales a PNG to a width, if it is wider, and gives it a palette.
func shrink(data []byte, width int) ([]byte, error) {
	p, err := picture.Decode(bytes.NewReader(data), picture.Limits{})
	if err != nil {
		return nil, err
	}
	if p.Width > width {
		p = p.ResizeWith(width, p.Height*width/p.Width, picture.Lanczos)
	}
	src := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		src.Pix[4*i], src.Pix[4*i+1], src.Pix[4*i+2], src.Pix[4*i+3] = p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2], 255
	}
	out := image.NewPaletted(src.Rect, palette(p.Pix, colours))
	draw.Draw(out, out.Rect, src, image.Point{}, draw.Src)
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out)
	return b.Bytes(), err
}
