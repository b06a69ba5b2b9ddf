package dataset

import "slices"

// drawer draws scenes from a pack as a Config says.
type drawer struct {
	config  Config
	looks   []Look
	things  []*Thing   // with the views of the part only
	chances []float64  // weights of things, by their kinds
	byLook  [][]*Thing // things that have a view in the look
	grounds []float64  // weights by GroundKind
	colours []Colour
}

func newDrawer(p *Pack, c Config) *drawer {
	d := &drawer{config: c, looks: p.Looks, byLook: make([][]*Thing, len(p.Looks)), colours: c.colours()}
	for _, t := range p.Things {
		if weight(c.Kinds, t.Kind) == 0 || t.looks() < c.MinLooks || !c.draws(t) {
			continue
		}
		kept := *t
		kept.Views = slices.DeleteFunc(slices.Clone(t.Views), func(v ThingView) bool { return !d.wants(v) })
		if len(kept.Views) > 0 {
			d.add(&kept)
		}
	}
	d.grounds = make([]float64, WoodenTable+1)
	for kind, w := range c.Grounds {
		d.grounds[kind] = w
	}
	return d
}

// draws reports whether a thing is among those to draw.
func (c Config) draws(t *Thing) bool {
	return len(c.Things) == 0 || slices.Contains(c.Things, t.English)
}

// wants reports whether a view is of the part and of a look that is drawn.
func (d *drawer) wants(v ThingView) bool {
	return d.config.inPart(v.Key) && d.lookWeight(v.Look) > 0
}

func (d *drawer) lookWeight(look int) float64 { return weight(d.config.Looks, d.looks[look].Set) }

// looks counts the looks that a thing has views in.
func (t *Thing) looks() int {
	seen := map[int]bool{}
	for _, v := range t.Views {
		seen[v.Look] = true
	}
	return len(seen)
}

func (c Config) inPart(key string) bool {
	return c.Part == All || InValidation(key, c.Validation) == (c.Part == Validation)
}

func (d *drawer) add(t *Thing) {
	d.things = append(d.things, t)
	d.chances = append(d.chances, weight(d.config.Kinds, t.Kind))
	seen := map[int]bool{}
	for _, v := range t.Views {
		if !seen[v.Look] {
			d.byLook[v.Look] = append(d.byLook[v.Look], t)
		}
		seen[v.Look] = true
	}
}

// draw makes the record of one scene.
func (d *drawer) draw(r random) Scene {
	thing := d.choose(r)
	first := d.place(r, thing, d.chooseView(r, thing))
	look := first.look()
	s := Scene{Look: d.looks[look], Things: []Placed{first}}
	kind := r.Float64()
	switch c := d.config; {
	case kind < c.Two && len(d.byLook[look]) > 1:
		d.addSecond(r, &s, look)
	case kind < c.Two+c.Several && thing.Form == Count:
		s.Things[0].Count = 2 + r.weighted([]float64{6, 3, 1})
	default:
		d.arrange(r, &s)
	}
	d.finish(r, &s)
	return s
}

// drawAlone makes the record of a scene with one given thing.
func (d *drawer) drawAlone(r random, p Placed) Scene {
	s := Scene{Look: d.looks[p.look()], Things: []Placed{p}}
	d.arrange(r, &s)
	d.finish(r, &s)
	return s
}

// look is the index of the look that a placed thing has.
func (p Placed) look() int { return p.Thing.Views[p.View].Look }

// finish draws all that is left once the things are there.
func (d *drawer) finish(r random, s *Scene) {
	s.Ground = d.ground(r, *s)
	if s.Ground.stands() && s.Place.row() < 0 {
		s.Place = Bottom // nothing stands in the air
	}
	s.Omit = d.omissions(r)
	s.Seed = r.Uint64()
}

func (d *drawer) choose(r random) *Thing {
	if len(d.config.Kinds) == 0 {
		return pick(r, d.things)
	}
	return d.things[r.weighted(d.chances)]
}

func (d *drawer) chooseView(r random, t *Thing) int {
	if len(d.config.Looks) == 0 {
		return r.IntN(len(t.Views))
	}
	weights := make([]float64, len(t.Views))
	for i, v := range t.Views {
		weights[i] = d.lookWeight(v.Look)
	}
	return r.weighted(weights)
}

// place puts one thing into the record, perhaps in another colour.
func (d *drawer) place(r random, t *Thing, view int) Placed {
	p := Placed{Thing: t, View: view, Count: 1, Colour: Natural}
	if r.chance(d.config.Recolour) && !t.coloured() {
		p.Colour = pick(r, d.colours)
	}
	switch t.Kind {
	case "animal", "face", "plant", "food", "nature":
		p.Mirror = r.chance(d.config.Mirror)
	}
	return p
}

func (d *drawer) addSecond(r random, s *Scene, look int) {
	others := d.byLook[look]
	at := r.IntN(len(others))
	if others[at] == s.Things[0].Thing {
		at = (at + 1) % len(others)
	}
	t := others[at]
	view := slices.IndexFunc(t.Views, func(v ThingView) bool { return v.Look == look })
	s.Things = append(s.Things, d.place(r, t, view))
	s.Relation = LeftOf + Relation(r.IntN(int(Behind-LeftOf)+1))
}

// arrange gives a single thing a place or a size.
func (d *drawer) arrange(r random, s *Scene) {
	if r.chance(d.config.Placed) {
		s.Place = Left + Place(r.IntN(int(BottomRight-Left)+1))
	}
	if r.chance(d.config.Sized) {
		s.Things[0].Size = Small
		if s.Place == Centre && r.chance(0.5) {
			s.Things[0].Size = Large
		}
	}
}

func (d *drawer) ground(r random, s Scene) Ground {
	g := Ground{Kind: GroundKind(r.weighted(d.grounds)), Colour: Natural}
	stacked := s.Relation == Above || s.Relation == Below || s.Things[0].Count > 2
	if stacked && g.stands() || s.getsLost(g.Kind) {
		g.Kind = Plain // else one would hang in the air, or not be seen
	}
	if g.Kind.IsPattern() {
		g.Colour = pick(r, d.colours)
	}
	return g
}

// getsLost reports whether a thing was given a scenery's own colour.
func (s Scene) getsLost(scenery GroundKind) bool {
	return slices.ContainsFunc(s.Things, func(p Placed) bool {
		return p.Colour != Natural && slices.Contains(sceneryColours[scenery], Colours[p.Colour].English)
	})
}

// stands reports whether the ground has a horizon that things stand before.
func (g Ground) stands() bool {
	return g.Kind == Grass || g.Kind == Sand || g.Kind == Snow || g.Kind == Sea
}

func (d *drawer) omissions(r random) Omit {
	c := d.config
	return Omit{
		Look: r.chance(c.OmitLook), Size: r.chance(c.OmitSize), Place: r.chance(c.OmitPlace), Ground: r.chance(c.OmitGround),
		LookLast: r.chance(c.LookLast), Pattern: r.chance(0.5),
	}
}
