package dataset

import (
	"math"

	"github.com/ichimai/ichimai/picture"
)

// paint fills a picture with what at says of each pixel.
func paint(p *picture.Picture, at func(x, y int) rgb) {
	i := 0
	for y := range p.Height {
		for x := range p.Width {
			p.Pix[i], p.Pix[i+1], p.Pix[i+2] = at(x, y).bytes()
			i += 3
		}
	}
}

// paintPattern draws a ground of one colour with a second tone of it.
func paintPattern(p *picture.Picture, g Ground, r random) {
	base := g.Colour.rgb()
	for i := range base {
		base[i] += float32(r.around(8))
	}
	second := mix(base, whitest, float32(r.between(0.45, 0.7)))
	if base.luma() > 200 {
		second = mix(base, darkest, float32(r.between(0.14, 0.24)))
	}
	side := float64(p.Width)
	switch g.Kind {
	case Striped:
		paint(p, stripes(base, second, side*r.between(0.09, 0.2), pick(r, []float64{0, 0.25, 0.5, 0.75})*math.Pi))
	case Checkered:
		paint(p, checks(base, second, max(int(side*r.between(0.09, 0.2)), 1), r.IntN(p.Width), r.IntN(p.Width)))
	case Dotted:
		paint(p, dots(base, second, side*r.between(0.13, 0.22), r))
	case Gradient:
		paint(p, gradient(mix(base, darkest, 0.1), mix(base, whitest, 0.75), side, r.between(0, 2*math.Pi)))
	default:
		paint(p, func(int, int) rgb { return base })
	}
}

// stripes are bands of one width across an angle in radians.
func stripes(a, b rgb, width, angle float64) func(x, y int) rgb {
	dx, dy := math.Cos(angle), math.Sin(angle)
	return func(x, y int) rgb {
		at := (float64(x)*dx + float64(y)*dy) / width
		phase := at - 2*math.Floor(at/2) // in [0, 2)
		// One pixel of transition keeps slanted edges smooth.
		edge := min(max((min(phase, 2-phase)-0.5)*width+0.5, 0), 1)
		return mix(a, b, float32(edge))
	}
}

func checks(a, b rgb, side, dx, dy int) func(x, y int) rgb {
	return func(x, y int) rgb {
		if ((x+dx)/side+(y+dy)/side)%2 == 0 {
			return a
		}
		return b
	}
}

// dots are circles on a grid whose every other row is shifted by half.
func dots(a, b rgb, pitch float64, r random) func(x, y int) rgb {
	radius, dx, dy := pitch*r.between(0.24, 0.32), r.between(0, pitch), r.between(0, pitch)
	return func(x, y int) rgb {
		row := math.Floor((float64(y) + dy) / pitch)
		fy := float64(y) + dy - (row+0.5)*pitch
		fx := float64(x) + dx + math.Mod(row, 2)*pitch/2
		fx -= (math.Floor(fx/pitch) + 0.5) * pitch
		return mix(a, b, float32(min(max(radius-math.Sqrt(fx*fx+fy*fy)+0.5, 0), 1)))
	}
}

// gradient goes from one tone to the other along an angle in radians.
func gradient(a, b rgb, side, angle float64) func(x, y int) rgb {
	dx, dy := math.Cos(angle)/side, math.Sin(angle)/side
	reach := math.Abs(dx*side) + math.Abs(dy*side)
	return func(x, y int) rgb {
		t := ((float64(x)-side/2)*dx+(float64(y)-side/2)*dy)/reach + 0.5
		return mix(a, b, float32(t))
	}
}
