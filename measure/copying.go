package measure

import (
	"fmt"
	"math"

	"github.com/ichimai/ichimai/picture"
)

const (
	// copySide is that of the gray copies that are compared, in pixels: what is left is
	// where in the picture is what, and nothing of its texture.
	copySide = 32
	// copyShift is by how much of copySide a copy may be displaced either way, as by
	// another crop.
	copyShift = 4
	// flatDeviation is that in gray levels below which a copy is one plain ground.
	flatDeviation = 1
)

// Copying is how near a drawing is to being one of the given pictures itself: the
// highest normalised correlation (Lewis, "Fast Template Matching", 1995, eq. 2) of gray
// copies of 32 by 32 pixels of both pictures' middle squares, over displacements of up
// to an eighth of the side either way, as drawn and mirrored left to right (as pictures
// are when learning from them). It is in [−1, 1]: 1 is a copy, whatever its brightness
// and contrast, its size and its finer detail, and one that is cropped by a tenth still
// has 0.8 or more. Pictures of other scenes are not at 0, for it is a maximum over many
// displacements and pictures have their subject in the middle; the demonstration's four
// photos reach 0.46 with each other. Compare it with that of pictures that cannot be copies.
//
// A picture of one plain ground correlates with nothing: it has 1 with another such and 0
// with any else.
func Copying(given []*picture.Picture, drawn *picture.Picture) (Match, error) {
	if err := some("given pictures", len(given)); err != nil {
		return Match{}, err
	}
	if err := whole(drawn); err != nil {
		return Match{}, fmt.Errorf("the drawn picture: %w", err)
	}
	d := copyOf(drawn)
	mirrored := copyOf(drawn.FlipHorizontal())
	best := Match{Value: -2}
	for i, p := range given {
		if err := whole(p); err != nil {
			return Match{}, fmt.Errorf("given picture %d: %w", i+1, err)
		}
		g := copyOf(p)
		if r := max(g.resemblance(d), g.resemblance(mirrored)); r > best.Value {
			best = Match{i, r}
		}
	}
	return best, nil
}

func copyOf(p *picture.Picture) *plane { return luminance(p.Square(copySide)) }

// resemblance is the highest correlation over displacements.
func (p *plane) resemblance(other *plane) float64 {
	if flat, otherFlat := p.flat(), other.flat(); flat || otherFlat {
		if flat && otherFlat {
			return 1
		}
		return 0
	}
	best := -1.0
	for dy := -copyShift; dy <= copyShift; dy++ {
		for dx := -copyShift; dx <= copyShift; dx++ {
			best = max(best, p.correlation(other, dx, dy))
		}
	}
	return best
}

func (p *plane) flat() bool {
	var m pairMoments
	for _, v := range p.values {
		m.add(v, v)
	}
	return m.xx-m.x*m.x/m.n < flatDeviation*flatDeviation*m.n
}

// correlation is Pearson's of the part that two planes of one size share when the other
// is displaced by (dx, dy); 0 where the part of one of them is flat.
func (p *plane) correlation(other *plane, dx, dy int) float64 {
	var m pairMoments
	for y := max(0, dy); y < min(p.height, p.height+dy); y++ {
		for x := max(0, dx); x < min(p.width, p.width+dx); x++ {
			m.add(p.at(x, y), other.at(x-dx, y-dy))
		}
	}
	return m.correlation()
}

// pairMoments are sums over pairs of values.
type pairMoments struct{ n, x, y, xx, xy, yy float64 }

func (m *pairMoments) add(x, y float64) {
	m.n++
	m.x, m.y = m.x+x, m.y+y
	m.xx, m.xy, m.yy = m.xx+x*x, m.xy+x*y, m.yy+y*y
}

func (m *pairMoments) correlation() float64 {
	xx, yy := m.xx-m.x*m.x/m.n, m.yy-m.y*m.y/m.n
	if least := flatDeviation * flatDeviation * m.n; xx < least || yy < least {
		return 0
	}
	return min(max((m.xy-m.x*m.y/m.n)/math.Sqrt(xx*yy), -1), 1)
}
