package dataset

import (
	"bytes"
	"image"

	"github.com/ichimai/ichimai/picture"
)

// View says how whole pictures become training pictures.
type View struct {
	Size     int     // side in pixels; 0 leaves pictures as they are
	Crop     float64 // smallest part of the shorter side a random crop keeps; 0 or 1 is the centre square
	Flip     bool    // mirrors half of the pictures; leave off where captions say left and right
	Japanese float64 // probability of the Japanese caption where both languages are there
}

// apply cuts the square that r chooses and resizes it.
func (v View) apply(p *picture.Picture, r random) *picture.Picture {
	if v.Size <= 0 {
		return p
	}
	side := min(p.Width, p.Height)
	x, y := (p.Width-side)/2, (p.Height-side)/2
	if v.Crop > 0 && v.Crop < 1 {
		side = max(int(float64(side)*r.between(v.Crop, 1)), 1)
		x, y = r.IntN(p.Width-side+1), r.IntN(p.Height-side+1)
	}
	p = p.Crop(image.Rect(x, y, x+side, y+side)).Resize(v.Size, v.Size)
	if v.Flip && r.chance(0.5) {
		p = p.FlipHorizontal()
	}
	return p
}

// decode reads a picture of any known format within the limits of a training picture.
func decode(data []byte, name string) (*picture.Picture, error) {
	return picture.Options{}.Decode(bytes.NewReader(data), name)
}
