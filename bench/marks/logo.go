package main

import (
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/ichimai/ichimai/picture"
)

// logo is a mark of our own making: what companies use looks like this, and is theirs.
type logo struct {
	name string
	make func() (*picture.Picture, error)
}

// logoSide is the longer side of a logo in pixels.
const logoSide = 240

var logos = []logo{
	{"ring with a bar", shape(1, func(x, y float64) bool {
		r := math.Hypot(x, y)
		return r < 0.95 && r > 0.68 || math.Abs(y) < 0.16 && math.Abs(x) < 0.95
	})},
	{"star", shape(1, func(x, y float64) bool {
		return math.Hypot(x, y) < 0.6+0.35*math.Cos(5*math.Atan2(x, -y))
	})},
	{"chevrons", shape(1.4, func(x, y float64) bool { return math.Mod(y+2+0.8*math.Abs(x), 0.6) < 0.3 })},
	{"leaf", shape(0.8, func(x, y float64) bool {
		return math.Hypot(x-0.55, y) < 1.1 && math.Hypot(x+0.55, y) < 1.1 && math.Abs(x) > 0.06
	})},
	{"wave in a circle", shape(1, func(x, y float64) bool { return math.Hypot(x, y) < 0.95 && y > 0.25*math.Sin(5*x)-0.1 })},
	{"three drops", shape(1.2, func(x, y float64) bool {
		for k := range 3 {
			a := float64(k) * 2 * math.Pi / 3
			if math.Hypot(x-0.5*math.Sin(a), y+0.5*math.Cos(a)) < 0.38 {
				return true
			}
		}
		return false
	})},
	{"arrow", shape(1.6, func(x, y float64) bool { return x > 0 && math.Abs(y) < 0.9-0.9*x || x <= 0 && math.Abs(y) < 0.3 })},
	{"quarters", shape(1, func(x, y float64) bool { return (x > 0) == (y > 0) && math.Hypot(x, y) < 0.95 })},
	{"word KOMOREBI", word("KOMOREBI")},
	{"word Tsubaki", word("Tsubaki")},
	{"initials N&K", word("N&K")},
	{"letter R", word("R")},
}

// shape is a dark shape on white. It is asked of coordinates from -1 to 1 each way, y down.
func shape(aspect float64, inside func(x, y float64) bool) func() (*picture.Picture, error) {
	return func() (*picture.Picture, error) {
		width, height := logoSide, logoSide
		if aspect > 1 {
			height = int(logoSide / aspect)
		} else {
			width = int(logoSide * aspect)
		}
		p := picture.Filled(width, height, 255, 255, 255)
		for i := range width * height {
			if inside(2*(float64(i%width)+0.5)/float64(width)-1, 2*(float64(i/width)+0.5)/float64(height)-1) {
				p.Pix[3*i], p.Pix[3*i+1], p.Pix[3*i+2] = 20, 40, 110
			}
		}
		return p, nil
	}
}

// word is a text in a bold typeface.
func word(s string) func() (*picture.Picture, error) {
	return func() (*picture.Picture, error) {
		f, err := opentype.Parse(gobold.TTF)
		if err != nil {
			return nil, err
		}
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 96, DPI: 72})
		if err != nil {
			return nil, err
		}
		width := font.MeasureString(face, s).Ceil() + 20
		img := image.NewRGBA(image.Rect(0, 0, width, 140))
		draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
		(&font.Drawer{Dst: img, Src: image.Black, Face: face, Dot: fixed.P(10, 105)}).DrawString(s)
		p := picture.New(width, 140)
		for i := range width * 140 {
			copy(p.Pix[3*i:3*i+3], img.Pix[4*i:4*i+3])
		}
		return p, nil
	}
}
