package picture

import "image"

// chromaStyle is how a family of files stores colour: which interpolation
// brings the smaller chroma planes to full size, and which formula makes RGB.
// The standard library repeats chroma samples and knows one formula; the
// encoders' own libraries interpolate, and the difference is visible at edges.
type chromaStyle struct {
	blending func(stepX, stepY int) blend
	rgb      func(y, cb, cr int, dst []uint8)
}

// blend interpolates one chroma value from the nearest sample, its neighbours
// along the row and the column and the diagonal one; x and y are the pixel's
// place, whose parity decides the rounding.
type blend func(near, row, column, diagonal, x, y int) int

// jfif is JPEG as libjpeg's "fancy upsampling" shows it.
var jfif = chromaStyle{blendingJFIF, rgbJFIF}

// vp8 is lossy WebP as libwebp shows it.
var vp8 = chromaStyle{blendingVP8, rgbVP8}

// fromYCbCr converts planes to RGB, interpolating 4:2:0, 4:2:2 and 4:4:0 chroma.
func fromYCbCr(img *image.YCbCr, style chromaStyle) *Picture {
	b := img.Bounds()
	out := New(b.Dx(), b.Dy())
	up := newUpsampler(img, style)
	for y := range out.Height {
		cb, cr := up.row(y)
		luma := img.Y[img.YOffset(b.Min.X, b.Min.Y+y):]
		dst := out.row(y)
		for x := range out.Width {
			style.rgb(int(luma[x]), cb[x], cr[x], dst[3*x:3*x+3:3*x+3])
		}
	}
	return out
}

// upsampler gives chroma rows at full width.
type upsampler struct {
	img           *image.YCbCr
	blend         blend
	stepX, stepY  int // luma samples a chroma sample, 1, 2 or 4
	width, height int // of the chroma planes
	cb, cr        []int
}

func newUpsampler(img *image.YCbCr, style chromaStyle) *upsampler {
	u := &upsampler{img: img, stepX: 1, stepY: 1}
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		u.stepX = 2
	case image.YCbCrSubsampleRatio420:
		u.stepX, u.stepY = 2, 2
	case image.YCbCrSubsampleRatio440:
		u.stepY = 2
	case image.YCbCrSubsampleRatio411:
		u.stepX = 4
	case image.YCbCrSubsampleRatio410:
		u.stepX, u.stepY = 4, 2
	}
	u.blend = style.blending(u.stepX, u.stepY)
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	u.width, u.height = (w+u.stepX-1)/u.stepX, (h+u.stepY-1)/u.stepY
	u.cb, u.cr = make([]int, w), make([]int, w)
	return u
}

// row returns Cb and Cr for the pixels of row y; they are valid until the next call.
func (u *upsampler) row(y int) (cb, cr []int) {
	near := y / u.stepY
	other := neighbour(y, u.stepY, u.height)
	u.fill(u.cb, u.img.Cb, near, other, y)
	u.fill(u.cr, u.img.Cr, near, other, y)
	return u.cb, u.cr
}

func (u *upsampler) fill(dst []int, plane []uint8, near, other, y int) {
	a := plane[near*u.img.CStride:][:u.width]
	b := plane[other*u.img.CStride:][:u.width]
	if u.stepX == 4 || u.stepX == 1 && u.stepY == 1 {
		for x := range dst {
			dst[x] = int(a[x/u.stepX])
		}
		return
	}
	for x := range dst {
		i, j := x/u.stepX, neighbour(x, u.stepX, u.width)
		dst[x] = u.blend(int(a[i]), int(a[j]), int(b[i]), int(b[j]), x, y)
	}
}

// neighbour is the second closest chroma sample to luma position at: the one
// before for an even position, the one after for an odd one, the sample itself
// at the border or when there is one sample for each position.
func neighbour(at, step, count int) int {
	i := at / step
	if step != 2 {
		return i
	}
	if at%2 == 0 {
		return max(i-1, 0)
	}
	return min(i+1, count-1)
}

// blendingJFIF is libjpeg's triangle filter: 3/4 and 1/4 along each axis that
// is subsampled, with a rounding that alternates so that no drift remains.
func blendingJFIF(stepX, stepY int) blend {
	switch {
	case stepX == 2 && stepY == 2:
		return func(near, row, column, diagonal, x, _ int) int {
			return (9*near + 3*row + 3*column + diagonal + 8 - x&1) >> 4
		}
	case stepX == 2:
		return func(near, row, _, _, x, _ int) int { return (3*near + row + 1 + x&1) >> 2 }
	default:
		return func(near, _, column, _, _, y int) int { return (3*near + column + 1 + y&1) >> 2 }
	}
}

// rgbJFIF is the full-range BT.601 formula in libjpeg's 16-bit fixed point.
func rgbJFIF(y, cb, cr int, dst []uint8) {
	cb, cr = cb-128, cr-128
	const half = 1 << 15
	dst[0] = clamp8(y + (91881*cr+half)>>16)
	dst[1] = clamp8(y + (-22554*cb-46802*cr+half)>>16)
	dst[2] = clamp8(y + (116130*cb+half)>>16)
}

// blendingVP8 is libwebp's upsampling, in its two rounding steps; VP8 is
// always 4:2:0.
func blendingVP8(_, _ int) blend {
	return func(near, row, column, diagonal, _, _ int) int {
		mean := (near + row + column + diagonal + 8 + 2*(row+column)) >> 3
		return (mean + near) >> 1
	}
}

// rgbVP8 is the limited-range BT.601 formula in libwebp's fixed point.
func rgbVP8(y, u, v int, dst []uint8) {
	luma := y * 19077 >> 8
	dst[0] = clamp8((luma + v*26149>>8 - 14234) >> 6)
	dst[1] = clamp8((luma - u*6419>>8 - v*13320>>8 + 8708) >> 6)
	dst[2] = clamp8((luma + u*33050>>8 - 17685) >> 6)
}

func clamp8(v int) uint8 { return uint8(min(max(v, 0), 255)) }
