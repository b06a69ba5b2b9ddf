package dataset

import (
	"fmt"

	"github.com/ichimai/ichimai/picture"
)

// compose draws a scene at size by size pixels. sprites holds the cut-out of
// each thing, in their order, at its own size and in its own colours.
func (s Scene) compose(size int, sprites []*sprite) *picture.Picture {
	r := newRandom(s.Seed, 0)
	p := picture.New(size, size)
	if s.Ground.Kind.IsPattern() {
		paintPattern(p, s.Ground, r)
	} else {
		paintScenery(p, s.Ground.Kind, r)
	}
	spots, things := s.layout(r)
	for i, at := range spots {
		thing := s.Things[things[i]]
		cut := sprites[things[i]]
		cut = cut.scaled(cut.fit(max(int(at.side*float64(size)+0.5), 1)))
		s.put(p, thing.dressed(cut), at, r)
	}
	return p
}

// dressed mirrors and recolours a cut-out as the record says.
func (p Placed) dressed(cut *sprite) *sprite {
	if p.Mirror {
		cut = cut.flipped()
	}
	if p.Colour != Natural {
		cut = cut.recoloured(p.Colour)
	}
	return cut
}

// put draws one cut-out with what the ground does to it: a shadow, or water
// around its foot.
func (s Scene) put(p *picture.Picture, cut *sprite, at spot, r random) {
	side := float64(p.Width)
	x, y := int(at.x*side-float64(cut.width)/2+0.5), int(at.y*side-float64(cut.height)/2+0.5)
	if s.Ground.stands() && s.Relation == None && s.Place.row() == 0 && s.Things[0].Count == 1 {
		y = max(y, int(side*0.93)-cut.height) // feet on the ground, not on the horizon
		y = min(y, p.Height-cut.height)
	}
	switch s.Ground.Kind {
	case Grass, Sand, Snow, WoodenTable:
		ellipse(p, float64(x)+float64(cut.width)/2, float64(y+cut.height)-0.02*side,
			0.46*float64(cut.width), 0.05*side, rgb{20, 20, 30}, 0.3, 0.9)
	}
	if s.Ground.Kind == Sea {
		under := p.Clone()
		over(p, cut, x, y)
		submerge(p, under, y, cut.height, r)
		return
	}
	over(p, cut, x, y)
}

// over blends a cut-out onto p with its corner at (x, y).
func over(p *picture.Picture, cut *sprite, x, y int) {
	left, right := max(x, 0), min(x+cut.width, p.Width)
	for row := max(y, 0); row < min(y+cut.height, p.Height); row++ {
		from := cut.pix[4*((row-y)*cut.width+left-x):]
		onto := p.Pix[3*(row*p.Width+left):]
		for i := range right - left {
			a := 255 - uint32(from[4*i+3])
			for c := range 3 {
				onto[3*i+c] = uint8(min(uint32(from[4*i+c])+(uint32(onto[3*i+c])*a+127)/255, 255))
			}
		}
	}
}

// submerge lets the water of under come back over the lowest part of what was
// drawn from row top over height rows, along a waving line.
func submerge(p, under *picture.Picture, top, height int, r random) {
	line := float32(top) + 0.84*float32(height)
	phase, length := float32(r.between(0, 6.28)), float32(r.between(0.11, 0.2))*128/float32(p.Width)
	for y := int(line) - p.Height/32; y < min(top+height, p.Height); y++ {
		if y < 0 {
			continue
		}
		for x := range p.Width {
			depth := float32(y) - line - sin32(float32(x)*length+phase)*float32(p.Height)/64
			if depth <= 0 {
				continue
			}
			i := 3 * (y*p.Width + x)
			show := max(0.35-depth*0.02, 0.1)
			for c := range 3 {
				p.Pix[i+c] = byteOf(float32(under.Pix[i+c]) + show*(float32(p.Pix[i+c])-float32(under.Pix[i+c])))
			}
		}
	}
}

// contrasts reports whether a cut-out stands out from a plain colour.
func (p Placed) contrasts(cut *sprite, ground Colour) bool {
	own := cut.mean
	if p.Colour != Natural {
		if p.Colour == ground {
			return false
		}
		own = p.Colour.rgb()
	}
	return own.distance(ground.rgb()) > 130
}

// check reports a record that cannot be drawn.
func (s Scene) check() error {
	switch {
	case len(s.Things) == 0 || len(s.Things) > 2:
		return fmt.Errorf("compose scene: it has %d things; one or two can be drawn", len(s.Things))
	case (len(s.Things) == 2) != (s.Relation != None):
		return fmt.Errorf("compose scene: two things need a relation and one has none")
	case s.Ground.Kind < Plain || s.Ground.Kind > WoodenTable:
		return fmt.Errorf("compose scene: there is no ground kind %d", s.Ground.Kind)
	case s.Ground.Kind.IsPattern() && (s.Ground.Colour < 0 || int(s.Ground.Colour) >= len(Colours)):
		return fmt.Errorf("compose scene: the ground has no colour %d", s.Ground.Colour)
	}
	for _, p := range s.Things {
		if p.Thing == nil || p.View < 0 || p.View >= len(p.Thing.Views) || p.Count < 1 || p.Count > 4 ||
			p.Colour < Natural || int(p.Colour) >= len(Colours) {
			return fmt.Errorf("compose scene: thing %+v lacks a view, a count of 1 to 4, or a colour", p)
		}
		if i := p.Invention; i != nil && i.With != nil && (i.View < 0 || i.View >= len(i.With.Views)) {
			return fmt.Errorf("compose scene: %s, a part of which is taken, has no view %d", i.With.English, i.View)
		}
	}
	return nil
}
