package picture

import "math"

// precisionBits is the fixed point of the weights: 32 bits less 8 for the
// pixel and 2 for the overshoot of negative lobes, as in Pillow, so that
// results are equal to the byte.
const precisionBits = 32 - 8 - 2

// Resize scales to width by height with the antialiased bicubic filter
// (a = -0.5), horizontally and then vertically with 8 bits between, as
// Pillow's Image.resize(..., BICUBIC) does. Sides below 1 become 1.
func (p *Picture) Resize(width, height int) *Picture {
	return p.ResizeWith(width, height, Bicubic)
}

// ResizeWith scales with the filter given; an unknown filter means Bicubic.
func (p *Picture) ResizeWith(width, height int, filter Filter) *Picture {
	width, height = max(width, 1), max(height, 1)
	if width == p.Width && height == p.Height {
		return p.Clone()
	}
	if filter == Nearest {
		return p.resizeNearest(width, height)
	}
	k, ok := kernels[filter]
	if !ok {
		k = kernels[Bicubic]
	}
	out := p
	if width != p.Width {
		out = out.resizeRows(newTaps(p.Width, width, k))
	}
	if height != p.Height {
		out = out.resizeColumns(newTaps(p.Height, height, k))
	}
	return out
}

// ResizeShortest scales so that the shorter side has edge pixels and the
// longer one floor(edge * long / short), as transformers' processors do.
func (p *Picture) ResizeShortest(edge int, filter Filter) *Picture {
	edge = max(edge, 1)
	if p.Width <= p.Height {
		return p.ResizeWith(edge, edge*p.Height/p.Width, filter)
	}
	return p.ResizeWith(edge*p.Width/p.Height, edge, filter)
}

// tap is the weights of one output pixel: source pixels from first on.
type tap struct {
	first   int
	weights []int32 // fixed point with precisionBits fraction bits
}

// newTaps computes the weights of every output pixel along one axis. When
// shrinking, the filter is widened by the scale: that is the antialiasing.
func newTaps(from, to int, k kernel) []tap {
	scale := float64(from) / float64(to)
	stretch := max(scale, 1)
	support := k.support * stretch
	taps := make([]tap, to)
	for i := range taps {
		center := (float64(i) + 0.5) * scale
		first := max(int(center-support+0.5), 0)
		last := min(int(center+support+0.5), from)
		taps[i] = tap{first, fixedWeights(k, first, last, center, 1/stretch)}
	}
	return taps
}

// fixedWeights samples the kernel, makes the weights sum to one and rounds
// them half away from zero.
func fixedWeights(k kernel, first, last int, center, shrink float64) []int32 {
	exact := make([]float64, last-first)
	sum := 0.0
	for i := range exact {
		exact[i] = k.weight((float64(i+first) - center + 0.5) * shrink)
		sum += exact[i]
	}
	fixed := make([]int32, len(exact))
	for i, w := range exact {
		if sum != 0 {
			w /= sum
		}
		fixed[i] = int32(math.Trunc(w*(1<<precisionBits) + math.Copysign(0.5, w)))
	}
	return fixed
}

func (p *Picture) resizeRows(taps []tap) *Picture {
	out := New(len(taps), p.Height)
	for y := range p.Height {
		src, dst := p.row(y), out.row(y)
		for x, t := range taps {
			sum := [3]int32{half, half, half}
			from := src[3*t.first:]
			for i, w := range t.weights {
				px := from[3*i : 3*i+3 : 3*i+3]
				sum[0] += int32(px[0]) * w
				sum[1] += int32(px[1]) * w
				sum[2] += int32(px[2]) * w
			}
			dst[3*x], dst[3*x+1], dst[3*x+2] = clip(sum[0]), clip(sum[1]), clip(sum[2])
		}
	}
	return out
}

func (p *Picture) resizeColumns(taps []tap) *Picture {
	out := New(p.Width, len(taps))
	sums := make([]int32, 3*p.Width)
	for y, t := range taps {
		for i := range sums {
			sums[i] = half
		}
		for i, w := range t.weights {
			for j, v := range p.row(t.first + i) {
				sums[j] += int32(v) * w
			}
		}
		dst := out.row(y)
		for i, sum := range sums {
			dst[i] = clip(sum)
		}
	}
	return out
}

// half rounds to nearest when the fraction bits are shifted away.
const half = 1 << (precisionBits - 1)

func clip(sum int32) uint8 {
	return uint8(min(max(sum>>precisionBits, 0), 255))
}

// resizeNearest takes the source pixel under each output pixel's centre.
func (p *Picture) resizeNearest(width, height int) *Picture {
	out := New(width, height)
	for y := range height {
		src := p.row((2*y + 1) * p.Height / (2 * height))
		dst := out.row(y)
		for x := range width {
			s := 3 * ((2*x + 1) * p.Width / (2 * width))
			copy(dst[3*x:3*x+3], src[s:s+3])
		}
	}
	return out
}
