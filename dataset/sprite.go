package dataset

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"math"
)

// sprite is a cut-out picture: premultiplied RGBA, cropped to what is seen.
type sprite struct {
	width, height int
	pix           []uint8 // 4 bytes a pixel, rows without padding
	mean          rgb     // mean colour of what is seen
}

// maxSpriteSide bounds the cut-outs of a pack.
const maxSpriteSide = 2048

// decodeSprite reads a PNG with alpha and crops it.
func decodeSprite(data []byte) (*sprite, error) {
	head, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if head.Width > maxSpriteSide || head.Height > maxSpriteSide {
		return nil, fmt.Errorf("it is %d by %d pixels and a cut-out may have %d a side", head.Width, head.Height, maxSpriteSide)
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	whole := image.NewRGBA(decoded.Bounds()) // premultiplied
	draw.Draw(whole, whole.Rect, decoded, whole.Rect.Min, draw.Src)
	box := visible(whole)
	if box.Empty() {
		return nil, fmt.Errorf("it is transparent everywhere")
	}
	return cropped(whole, box), nil
}

// visible is the smallest box around what is more than a trace of alpha.
func visible(p *image.RGBA) image.Rectangle {
	box := image.Rectangle{}
	for y := p.Rect.Min.Y; y < p.Rect.Max.Y; y++ {
		for x := p.Rect.Min.X; x < p.Rect.Max.X; x++ {
			if p.Pix[p.PixOffset(x, y)+3] > 12 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

func (s *sprite) meanColour() rgb {
	var sum, alpha [3]float64
	for i := 0; i < len(s.pix); i += 4 {
		for c := range sum {
			sum[c] += float64(s.pix[i+c])
			alpha[c] += float64(s.pix[i+3])
		}
	}
	return rgb{float32(255 * sum[0] / alpha[0]), float32(255 * sum[1] / alpha[1]), float32(255 * sum[2] / alpha[2])}
}

// fit returns the size that keeps the proportions with the longer side at side.
func (s *sprite) fit(side int) (width, height int) {
	scale := float64(side) / float64(max(s.width, s.height))
	return max(int(math.Round(float64(s.width)*scale)), 1), max(int(math.Round(float64(s.height)*scale)), 1)
}

// scaled returns the sprite at another size, averaging where it shrinks and
// interpolating where it grows (a triangle filter, as Pillow's BILINEAR).
func (s *sprite) scaled(width, height int) *sprite {
	if width == s.width && height == s.height {
		return s
	}
	return s.scaledAcross(width).scaledDown(height)
}

func (s *sprite) scaledAcross(width int) *sprite {
	out := &sprite{width: width, height: s.height, pix: make([]uint8, 4*width*s.height), mean: s.mean}
	for x, t := range triangles(s.width, width) {
		for y := range s.height {
			t.gather(out.pix[4*(y*width+x):], s.pix[4*(y*s.width+t.first):], 4)
		}
	}
	return out
}

func (s *sprite) scaledDown(height int) *sprite {
	out := &sprite{width: s.width, height: height, pix: make([]uint8, 4*s.width*height), mean: s.mean}
	for y, t := range triangles(s.height, height) {
		for x := range s.width {
			t.gather(out.pix[4*(y*s.width+x):], s.pix[4*(t.first*s.width+x):], 4*s.width)
		}
	}
	return out
}

// taps are the weights of consecutive source pixels in one result pixel; they sum to 1<<16.
type taps struct {
	first   int
	weights []int32
}

func triangles(from, to int) []taps {
	scale := float64(from) / float64(to)
	reach := max(scale, 1)
	all := make([]taps, to)
	weights := make([]int32, 0, to*(int(2*reach)+2))
	for i := range all {
		center := (float64(i) + 0.5) * scale
		first, last := max(int(center-reach+0.5), 0), min(int(center+reach+0.5), from)
		sum, start := 0.0, len(weights)
		for j := first; j < last; j++ {
			sum += max(1-math.Abs(float64(j)+0.5-center)/reach, 0)
		}
		left := int32(1 << 16)
		for j := first; j < last; j++ {
			w := int32(math.Round(65536 * max(1-math.Abs(float64(j)+0.5-center)/reach, 0) / sum))
			weights = append(weights, w)
			left -= w
		}
		weights[start+(last-first)/2] += left
		all[i] = taps{first, weights[start:]}
	}
	return all
}

// gather sums four channels of source pixels that lie step bytes apart.
func (t taps) gather(out, from []uint8, step int) {
	a, b, c, d := int32(1<<15), int32(1<<15), int32(1<<15), int32(1<<15)
	at := 0
	for _, w := range t.weights {
		p := from[at : at+4 : at+4]
		a += w * int32(p[0])
		b += w * int32(p[1])
		c += w * int32(p[2])
		d += w * int32(p[3])
		at += step
	}
	o := out[:4:4]
	o[0], o[1], o[2], o[3] = uint8(a>>16), uint8(b>>16), uint8(c>>16), uint8(d>>16)
}

// flipped returns the mirror image.
func (s *sprite) flipped() *sprite {
	out := &sprite{width: s.width, height: s.height, pix: make([]uint8, len(s.pix)), mean: s.mean}
	for y := range s.height {
		row := 4 * y * s.width
		for x := range s.width {
			copy(out.pix[row+4*x:row+4*x+4], s.pix[row+4*(s.width-1-x):])
		}
	}
	return out
}

// recoloured returns the sprite with its light and shade in another colour:
// what is as bright as the mean takes the colour itself, darker parts go
// towards its shade and lighter parts towards its tint, so that outlines and
// highlights stay.
func (s *sprite) recoloured(c Colour) *sprite {
	base := c.rgb()
	middle := min(max(s.mean.luma(), 70), 200)
	shade, tint := mix(base, darkest, 0.82), mix(base, whitest, 0.78)
	if Colours[c].English == "white" {
		shade = rgb{112, 114, 120} // else black lines would swallow a white thing
	}
	if Colours[c].English == "black" {
		tint = rgb{120, 120, 126}
	}
	out := &sprite{width: s.width, height: s.height, pix: make([]uint8, len(s.pix)), mean: base}
	for i := 0; i < len(s.pix); i += 4 {
		a := float32(s.pix[i+3])
		if a == 0 {
			continue
		}
		own := rgb{float32(s.pix[i]), float32(s.pix[i+1]), float32(s.pix[i+2])}
		light := own.luma() * 255 / a
		var painted rgb
		if light < middle {
			painted = mix(shade, base, light/middle)
		} else {
			painted = mix(base, tint, (light-middle)/(255-middle))
		}
		for k := range painted {
			out.pix[i+k] = byteOf(0.9*painted[k]*a/255 + 0.1*own[k])
		}
		out.pix[i+3] = s.pix[i+3]
	}
	return out
}
