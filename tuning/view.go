package tuning

import (
	"image"
	"math"

	"github.com/ichimai/ichimai/picture"
)

// views are what is learned of the pictures: of each the middle square, then
// random crops of it, mirrored or not. All are squares of the resolution.
func views(pictures []*picture.Picture, s *Settings) []*picture.Picture {
	var out []*picture.Picture
	for i, p := range pictures {
		out = append(out, p.Square(s.Resolution))
		for v := 1; v < s.Views; v++ {
			out = append(out, view(p, s, uint64(i*maxViews+v)))
		}
	}
	return out
}

// view is one random crop, of a side between Crop times the shorter and all of
// it, mirrored half of the time where settings say so.
func view(p *picture.Picture, s *Settings, index uint64) *picture.Picture {
	r := stream(s.Seed, forView, index)
	shorter := float64(min(p.Width, p.Height))
	side := max(int(math.Round(shorter*(s.Crop+(1-s.Crop)*r.Float64()))), 1)
	x, y := r.IntN(p.Width-side+1), r.IntN(p.Height-side+1)
	mirror := r.IntN(2) == 1 // drawn in any case, so that the setting moves nothing else
	out := p.Crop(image.Rect(x, y, x+side, y+side)).Square(s.Resolution)
	if s.Flip && mirror {
		return mirrored(out)
	}
	return out
}

// mirrored swaps left and right.
func mirrored(p *picture.Picture) *picture.Picture {
	out := picture.New(p.Width, p.Height)
	for y := range p.Height {
		for x := range p.Width {
			from, to := 3*(y*p.Width+x), 3*(y*p.Width+p.Width-1-x)
			copy(out.Pix[to:to+3], p.Pix[from:from+3])
		}
	}
	return out
}
