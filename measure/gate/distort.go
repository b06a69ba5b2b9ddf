package gate

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"math"

	"github.com/ichimai/ichimai/picture"
)

// maxBlur is the largest deviation of a blur in pixels.
const maxBlur = 64

// blurred is a picture after a Gaussian of a deviation in pixels, whose weights end at
// three deviations; beyond the edge is what is at it.
func blurred(p *picture.Picture, deviation float64) *picture.Picture {
	kernel := gaussian(deviation)
	return along(along(p, kernel, 1, 0), kernel, 0, 1)
}

func gaussian(deviation float64) []float64 {
	radius := max(1, int(math.Ceil(3*deviation)))
	kernel, sum := make([]float64, 2*radius+1), 0.0
	for i := range kernel {
		d := float64(i-radius) / deviation
		kernel[i] = math.Exp(-d * d / 2)
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	return kernel
}

// along filters in one direction.
func along(p *picture.Picture, kernel []float64, dx, dy int) *picture.Picture {
	out, radius := picture.New(p.Width, p.Height), len(kernel)/2
	for y := range p.Height {
		for x := range p.Width {
			var sum [3]float64
			for k, weight := range kernel {
				at := 3 * (clamp(y+dy*(k-radius), p.Height)*p.Width + clamp(x+dx*(k-radius), p.Width))
				for c := range sum {
					sum[c] += weight * float64(p.Pix[at+c])
				}
			}
			for c, v := range sum {
				out.Pix[3*(y*p.Width+x)+c] = uint8(math.Round(min(max(v, 0), 255)))
			}
		}
	}
	return out
}

func clamp(i, n int) int { return min(max(i, 0), n-1) }

// halved is a picture scaled down to half its sides and up again.
func halved(p *picture.Picture) *picture.Picture {
	small := p.ResizeWith(max(1, p.Width/2), max(1, p.Height/2), picture.Bicubic)
	return small.ResizeWith(p.Width, p.Height, picture.Bicubic)
}

// Copies that people and programs make of a picture: a tenth of each side cut away in
// the middle and in a corner, mirrored, compressed.
const (
	cropped     = 0.9
	jpegQuality = 60
)

// copies are a picture in the ways in which a drawing may copy it.
func copies(p *picture.Picture) ([]*picture.Picture, error) {
	w, h := max(1, int(cropped*float64(p.Width))), max(1, int(cropped*float64(p.Height)))
	middle := image.Rect(0, 0, w, h).Add(image.Pt((p.Width-w)/2, (p.Height-h)/2))
	compressed, err := compress(p)
	if err != nil {
		return nil, err
	}
	return []*picture.Picture{p.Crop(middle), p.Crop(image.Rect(0, 0, w, h)), p.FlipHorizontal(), compressed}, nil
}

func compress(p *picture.Picture) (*picture.Picture, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, fmt.Errorf("compress picture: %w", err)
	}
	return picture.Decode(&b, picture.DefaultLimits())
}
