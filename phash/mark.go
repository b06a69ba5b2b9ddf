package phash

import (
	"errors"
	"image"
	"math"

	"github.com/ichimai/ichimai/picture"
)

// Mark is what is looked for.
type Mark struct {
	Hash   Hash
	Aspect float64 // width by height, from 1/[MaxAspect] to [MaxAspect]
	cells  cells
}

// MaxAspect is how many times longer one side of a mark may be than the other.
const MaxAspect = 8

// Errors of [NewMark].
var (
	ErrPlain = errors.New("make mark: the picture shows no shape to find it by: it is of one colour or of fine texture alone")
	ErrLong  = errors.New("make mark: one side is more than eight times as long as the other")
)

// NewMark is the mark of a picture, whose plain border [Trim] should have cut away.
func NewMark(p *picture.Picture) (Mark, error) {
	m := Mark{Aspect: float64(p.Width) / float64(p.Height)}
	if m.Aspect > MaxAspect || m.Aspect < 1.0/MaxAspect {
		return Mark{}, ErrLong
	}
	plane := newPlane(p)
	plane.cells(plane.whole(), &m.cells)
	if m.cells.flat() {
		return Mark{}, ErrPlain
	}
	m.Hash = hashOf(&m.cells)
	return m, nil
}

// plainStep is how far, in levels of a channel, a border's colours may be apart.
const plainStep = 12

// Trim cuts the plain border of a picture away: the rows and columns from each edge whose
// pixels have the colour of the upper left one. A picture of one colour stays.
func Trim(p *picture.Picture) *picture.Picture {
	content := image.Rectangle{}
	for y := range p.Height {
		for x := range p.Width {
			if !atEdge(p, x, y) {
				content = content.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if content.Empty() || content == p.Bounds() {
		return p
	}
	return p.Crop(content)
}

// atEdge says whether a pixel has the colour of the border.
func atEdge(p *picture.Picture, x, y int) bool {
	for c := range 3 {
		if math.Abs(float64(p.Pix[3*(y*p.Width+x)+c])-float64(p.Pix[c])) > plainStep {
			return false
		}
	}
	return true
}
