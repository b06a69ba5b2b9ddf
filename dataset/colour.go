package dataset

import (
	"fmt"
	"slices"
)

// Colour is an index into [Colours], or [Natural].
type Colour int

// Natural stands for the colours a thing has by itself.
const Natural Colour = -1

// ColourName is a colour as captions say it and as it is drawn.
type ColourName struct {
	English  string
	Japanese string // in the form that stands before a noun
	Red      uint8
	Green    uint8
	Blue     uint8
}

// Colours are the twelve colours that captions name.
var Colours = [...]ColourName{
	{"red", "赤い", 214, 40, 45},
	{"orange", "オレンジ色の", 243, 132, 32},
	{"yellow", "黄色い", 250, 212, 50},
	{"green", "緑の", 58, 158, 72},
	{"light blue", "水色の", 135, 205, 240},
	{"blue", "青い", 42, 84, 204},
	{"purple", "紫の", 130, 62, 176},
	{"pink", "ピンクの", 246, 140, 182},
	{"brown", "茶色い", 134, 84, 46},
	{"black", "黒い", 30, 30, 34},
	{"gray", "グレーの", 140, 142, 146},
	{"white", "白い", 246, 246, 244},
}

// MarshalText gives the colour's English name, its key in a settings file.
func (c Colour) MarshalText() ([]byte, error) {
	switch {
	case c == Natural:
		return []byte(naturalKey), nil
	case c < 0 || int(c) >= len(Colours):
		return nil, fmt.Errorf("there is no colour %d", c)
	}
	return []byte(Colours[c].English), nil
}

// UnmarshalText reads a colour by its English name.
func (c *Colour) UnmarshalText(text []byte) error {
	if string(text) == naturalKey {
		*c = Natural
		return nil
	}
	at := slices.IndexFunc(Colours[:], func(n ColourName) bool { return n.English == string(text) })
	if at < 0 {
		return fmt.Errorf("there is no colour %q", text)
	}
	*c = Colour(at)
	return nil
}

const naturalKey = "natural"

// rgb is a colour as channels from 0 to 255.
type rgb [3]float32

func (c Colour) rgb() rgb {
	n := Colours[c]
	return rgb{float32(n.Red), float32(n.Green), float32(n.Blue)}
}

// mix goes from a to b as t goes from 0 to 1.
func mix(a, b rgb, t float32) rgb {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// luma is the brightness of ITU-R BT.601, 0 to 255.
func (c rgb) luma() float32 { return 0.299*c[0] + 0.587*c[1] + 0.114*c[2] }

// distance is a cheap perceived difference, weighted as eyes weigh the channels; 0 to 765.
func (c rgb) distance(d rgb) float32 {
	sum := float32(0)
	for i, w := range [3]float32{0.9, 1.2, 0.9} {
		sum += w * max(c[i]-d[i], d[i]-c[i])
	}
	return sum
}

func (c rgb) bytes() (r, g, b uint8) { return byteOf(c[0]), byteOf(c[1]), byteOf(c[2]) }

func byteOf(v float32) uint8 { return uint8(min(max(v+0.5, 0), 255)) }

var (
	whitest = rgb{255, 255, 255}
	darkest = rgb{}
)
