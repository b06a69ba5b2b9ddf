package main

import (
	"cmp"
	"image/color"
	"slices"
)

// count is a colour and how many pixels have it.
type count struct {
	rgb [3]uint8
	n   int
}

// box holds colours that get one place of the palette.
type box []count

// palette chooses at most size colours for pixels of three bytes by median cut
// (Heckbert, Color Image Quantization for Frame Buffer Display, SIGGRAPH 1982): the box
// with the most pixels times its longest side is cut where half of its pixels are on
// either side, until there are enough boxes.
func palette(pix []uint8, size int) color.Palette {
	boxes := []box{counted(pix)}
	for len(boxes) < size {
		at := worst(boxes)
		if at < 0 {
			break
		}
		low, high := boxes[at].cut()
		boxes[at] = low
		boxes = append(boxes, high)
	}
	var list color.Palette
	for _, b := range boxes {
		list = append(list, b.mean())
	}
	return list
}

func counted(pix []uint8) box {
	seen := map[[3]uint8]int{}
	for i := 0; i+2 < len(pix); i += 3 {
		seen[[3]uint8(pix[i:i+3])]++
	}
	var b box
	for rgb, n := range seen {
		b = append(b, count{rgb, n})
	}
	slices.SortFunc(b, func(x, y count) int { return slices.Compare(x.rgb[:], y.rgb[:]) })
	return b
}

// worst is the box to cut next, -1 where every box has one colour.
func worst(boxes []box) int {
	at, most := -1, 0
	for i, b := range boxes {
		_, side := b.longest()
		if weight := b.pixels() * side; len(b) > 1 && weight > most {
			at, most = i, weight
		}
	}
	return at
}

// longest is the channel in which a box's colours differ most, and by how much.
func (b box) longest() (channel, side int) {
	for c := range 3 {
		low, high := 255, 0
		for _, e := range b {
			low, high = min(low, int(e.rgb[c])), max(high, int(e.rgb[c]))
		}
		if high-low > side {
			channel, side = c, high-low
		}
	}
	return channel, side
}

func (b box) pixels() (n int) {
	for _, e := range b {
		n += e.n
	}
	return n
}

func (b box) cut() (low, high box) {
	channel, _ := b.longest()
	slices.SortStableFunc(b, func(x, y count) int { return cmp.Compare(x.rgb[channel], y.rgb[channel]) })
	half, passed := b.pixels()/2, 0
	for i, e := range b[:len(b)-1] {
		if passed += e.n; passed >= half {
			return b[:i+1], b[i+1:]
		}
	}
	return b[:len(b)-1], b[len(b)-1:]
}

// mean is what a box's pixels are on average. A box in which one colour has most of
// the pixels gives that one, so that grounds and letters stay as they are.
func (b box) mean() color.Color {
	var sum [3]int
	all := b.pixels()
	for _, e := range b {
		if 2*e.n > all {
			return color.NRGBA{e.rgb[0], e.rgb[1], e.rgb[2], 255}
		}
		for c := range sum {
			sum[c] += int(e.rgb[c]) * e.n
		}
	}
	all = max(all, 1)
	return color.NRGBA{uint8(sum[0] / all), uint8(sum[1] / all), uint8(sum[2] / all), 255}
}
