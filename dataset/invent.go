package dataset

import (
	"image"
	"math"
)

// Invention makes another thing of a cut-out, one that no pack has: a part of it is
// another thing's, its outline is bent and its colours are turned. An encoder that
// sees only a pack's few hundred things learns them by heart; of inventions there
// is no end.
type Invention struct {
	Seed uint64
	With *Thing // whose part is taken; nil leaves the cut-out whole
	View int    // index into With.Views
}

// inventSide is the canvas on which a cut-out is bent, in pixels: one and a half
// times what the small model draws.
const inventSide = 96

// invented makes a cut-out of two, of which the second may be nil.
func (s *sprite) invented(with *sprite, seed uint64) *sprite {
	r := newRandom(seed, 0)
	canvas := s.onCanvas()
	if with != nil {
		canvas.grafted(with.onCanvas(), r)
	}
	made := canvas.bent(r)
	if r.chance(0.75) {
		made.turnColours(r)
	}
	whole := &image.RGBA{Pix: made.pix, Stride: 4 * made.width, Rect: image.Rect(0, 0, made.width, made.height)}
	box := visible(whole)
	if box.Empty() {
		return s // the line left nothing on either side
	}
	return cropped(whole, box)
}

// cropped is the part of a premultiplied picture inside box.
func cropped(whole *image.RGBA, box image.Rectangle) *sprite {
	s := &sprite{width: box.Dx(), height: box.Dy(), pix: make([]uint8, 0, 4*box.Dx()*box.Dy())}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		from := whole.PixOffset(box.Min.X, y)
		s.pix = append(s.pix, whole.Pix[from:from+4*s.width]...)
	}
	s.mean = s.meanColour()
	return s
}

// onCanvas puts the cut-out in the middle of a square with a margin for bending.
func (s *sprite) onCanvas() *sprite {
	cut := s.scaled(s.fit(inventSide * 3 / 4))
	out := &sprite{width: inventSide, height: inventSide, pix: make([]uint8, 4*inventSide*inventSide)}
	left, top := (inventSide-cut.width)/2, (inventSide-cut.height)/2
	for y := range cut.height {
		copy(out.pix[4*((top+y)*inventSide+left):], cut.pix[4*y*cut.width:4*(y+1)*cut.width])
	}
	return out
}

// grafted takes what lies beyond a random line near the middle from another canvas.
func (s *sprite) grafted(other *sprite, r random) {
	sin, cos := math.Sincos(r.between(0, 2*math.Pi))
	offset := r.around(0.15 * inventSide)
	for y := range s.height {
		for x := range s.width {
			if (float64(x)-inventSide/2)*cos+(float64(y)-inventSide/2)*sin > offset {
				i := 4 * (y*s.width + x)
				copy(s.pix[i:i+4], other.pix[i:i+4])
			}
		}
	}
}

// bent turns, stretches and shears a canvas and lets its lines wave.
func (s *sprite) bent(r random) *sprite {
	sin, cos := math.Sincos(r.around(0.35))
	wide, high, shear := math.Exp(r.around(0.3)), math.Exp(r.around(0.3)), r.around(0.25)
	wave := func() func(float64) float64 {
		height, length, phase := r.between(0, 0.06)*inventSide, r.between(0.5, 1.6)*2*math.Pi/inventSide, r.between(0, 2*math.Pi)
		return func(at float64) float64 { return height * math.Sin(length*at+phase) }
	}
	across, down := wave(), wave()
	out := &sprite{width: s.width, height: s.height, pix: make([]uint8, len(s.pix))}
	for y := range out.height {
		for x := range out.width {
			u, v := float64(x)-inventSide/2, float64(y)-inventSide/2
			u, v = wide*(u*cos-v*sin)+shear*v, high*(u*sin+v*cos)
			s.between(out.pix[4*(y*out.width+x):], u+inventSide/2+across(v), v+inventSide/2+down(u))
		}
	}
	return out
}

// between writes the colour at a point between pixels to out, bilinearly.
func (s *sprite) between(out []uint8, x, y float64) {
	left, top := math.Floor(x), math.Floor(y)
	fx, fy := x-left, y-top
	var sum [4]float64
	for dy, wy := range [2]float64{1 - fy, fy} {
		for dx, wx := range [2]float64{1 - fx, fx} {
			px, py := int(left)+dx, int(top)+dy
			if px < 0 || py < 0 || px >= s.width || py >= s.height {
				continue
			}
			at := s.pix[4*(py*s.width+px):]
			for c := range sum {
				sum[c] += wx * wy * float64(at[c])
			}
		}
	}
	for c := range sum {
		out[c] = uint8(sum[c] + 0.5)
	}
}

// turnColours turns every hue by one angle about the grey axis and makes colours
// stronger or weaker; light and shade stay.
func (s *sprite) turnColours(r random) {
	sin, cos := math.Sincos(r.between(0, 2*math.Pi))
	strength := r.between(0.5, 1.5)
	axis := sin / math.Sqrt(3)
	for i := 0; i < len(s.pix); i += 4 {
		own := [3]float64{float64(s.pix[i]), float64(s.pix[i+1]), float64(s.pix[i+2])}
		grey, alpha := (own[0]+own[1]+own[2])/3, float64(s.pix[i+3])
		for c := range own { // Rodrigues' rotation of the part that is not grey
			chroma := cos*(own[c]-grey) + axis*(own[(c+2)%3]-own[(c+1)%3])
			s.pix[i+c] = uint8(min(max(grey+strength*chroma, 0), alpha) + 0.5)
		}
	}
}
