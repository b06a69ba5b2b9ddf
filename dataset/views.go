package dataset

import (
	"context"
	"errors"
)

// SubjectWord stands for the subject in the captions of [Views].
const SubjectWord = "{}"

// Views is a source of two pictures of one thing: what an encoder learns from. The
// first is to be looked at; the second, on which the thing is drawn, has a caption
// with [SubjectWord] in the thing's place, or before its name.
//
// Views returns the same for the same index in [0, Len()) and seed, and is safe
// for concurrent use.
type Views interface {
	Len() int
	Views(ctx context.Context, index int, seed uint64) (seen, drawn Sample, err error)
}

// Views draws two scenes of one picture of a thing, at other places and sizes and
// on other grounds; or, in the share of Config.Photos, cuts two squares of one
// photo. In the share of Config.Invented the thing is an [Invention], and in that of
// Config.Changed the second scene shows it in another colour, in another look or
// beside another thing. Captions say the ground and what is changed, and otherwise
// neither the thing nor its look; in the share of Config.Named they say the thing
// (an invention is named after what it was made of, which is what a person would
// call it). Which do depends on nothing else, so that the pictures are the same at any
// share.
func (s *Scenes) Views(ctx context.Context, index int, seed uint64) (seen, drawn Sample, err error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, s.Len())); err != nil {
		return seen, drawn, err
	}
	r := newRandom(mix64(seed^0x71e5), index)
	if r.chance(s.config.Photos) {
		p := pick(r, s.photos)
		if seen, err = s.photo(p, r); err != nil {
			return seen, drawn, err
		}
		drawn, err = s.photo(p, r)
		drawn.Caption, drawn.Lang = anonymous(r, s.config.Japanese)
		return seen, drawn, err
	}
	first := s.drawer.subject(r)
	if seen, err = s.viewOf(r, s.drawer.drawAlone(r, first)); err != nil {
		return seen, drawn, err
	}
	scene, change := s.drawer.changed(r, first)
	if drawn, err = s.viewOf(r, scene); err == nil {
		named := newRandom(mix64(seed^0x4a3e), index).chance(s.config.Named)
		drawn.Caption = drawn.Meta.Scene.subjectCaption(drawn.Lang, change, named)
	}
	return seen, drawn, err
}

func (s *Scenes) viewOf(r random, scene Scene) (Sample, error) {
	scene, err := s.readable(scene, r)
	if err != nil {
		return Sample{}, err
	}
	return s.sample(scene, r)
}

// subject places a thing of the pack or an invented one.
func (d *drawer) subject(r random) Placed {
	thing := pick(r, d.things)
	p := d.place(r, thing, d.chooseView(r, thing))
	if r.chance(d.config.Invented) {
		p.Invention = &Invention{Seed: r.Uint64()}
		if r.chance(0.5) {
			p.Invention.With = pick(r, d.things)
			p.Invention.View = d.chooseView(r, p.Invention.With)
		}
	}
	return p
}

// change is what the second scene of two has that the first has not, beside its
// place and ground.
type change int

const (
	noChange change = iota
	colourChange
	lookChange
	companyChange // another thing beside it
)

// changed makes the record of a second scene of a thing.
func (d *drawer) changed(r random, p Placed) (Scene, change) {
	if !r.chance(d.config.Changed) {
		return d.drawAlone(r, p), noChange
	}
	others := otherLooks(p.Thing, p.View)
	switch kind := change(1 + r.weighted([]float64{0.4, 0.3, 0.3})); {
	case kind == companyChange && len(d.byLook[p.look()]) > 1:
		s := Scene{Look: d.looks[p.look()], Things: []Placed{p}}
		d.addSecond(r, &s, p.look())
		d.finish(r, &s)
		return s, companyChange
	case kind == lookChange && len(others) > 0 && p.Invention == nil: // inventions have one look
		p.View = pick(r, others)
		s := d.drawAlone(r, p)
		s.Omit.Look = false
		return s, lookChange
	}
	p.Colour = d.otherColour(r, p.Colour)
	return d.drawAlone(r, p), colourChange
}

func (d *drawer) otherColour(r random, than Colour) Colour {
	for range 8 {
		if c := pick(r, d.colours); c != than {
			return c
		}
	}
	return than // there is no other
}

// otherLooks lists the views of a thing in other looks than that of one view.
func otherLooks(t *Thing, view int) []int {
	var others []int
	for i, v := range t.Views {
		if v.Look != t.Views[view].Look {
			others = append(others, i)
		}
	}
	return others
}

// subjectCaption is a caption of a scene with [SubjectWord] for its first thing, of
// which it says how it looks only so far as that was changed, and what it is if named.
func (s Scene) subjectCaption(lang Lang, c change, named bool) string {
	subject := s.Things[0]
	thing := *subject.Thing
	name := Name{English: SubjectWord, Japanese: SubjectWord, Form: Mass}
	if named {
		name.English += " " + thing.English
		name.Japanese += " " + thing.Japanese
	}
	thing.Name = name
	subject.Thing, subject.Count = &thing, 1
	if c != colourChange {
		subject.Colour = Natural
	}
	s.Things = append([]Placed{subject}, s.Things[1:]...)
	s.Omit.Look = c != lookChange
	if lang == Japanese {
		return s.Japanese()
	}
	return s.English()
}

// anonymous says that a picture shows the subject.
func anonymous(r random, japanese float64) (string, Lang) {
	return captions{"a photo of " + SubjectWord, SubjectWord + "の写真"}.choose(r, japanese)
}
