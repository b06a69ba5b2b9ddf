package dataset

import (
	"context"
	"errors"
)

// SubjectWord stands for the subject in the captions of [Views].
const SubjectWord = "{}"

// Views is a source of two pictures of one thing, without a word of what it is:
// what an encoder learns from. The first is to be looked at; the second, on which
// the thing is drawn, has a caption with [SubjectWord] in the thing's place.
//
// Views returns the same for the same index in [0, Len()) and seed, and is safe
// for concurrent use.
type Views interface {
	Len() int
	Views(ctx context.Context, index int, seed uint64) (seen, drawn Sample, err error)
}

// Views draws two scenes of one picture of a thing, at other places and sizes and
// on other grounds, as [Identity] says; or, in the share of Config.Photos, cuts two
// squares of one photo. Captions say the ground but neither the thing nor its
// look.
func (s *Scenes) Views(ctx context.Context, index int, seed uint64) (seen, drawn Sample, err error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, s.Len())); err != nil {
		return seen, drawn, err
	}
	if r := newRandom(mix64(seed^0x71e5), index); r.chance(s.config.Photos) {
		p := pick(r, s.photos)
		if seen, err = s.photo(p, r); err != nil {
			return seen, drawn, err
		}
		drawn, err = s.photo(p, r)
		drawn.Caption, drawn.Lang = anonymous(r, s.config.Japanese)
		return seen, drawn, err
	}
	seen, drawn, err = s.Pair(ctx, index, seed, Identity)
	if err == nil {
		drawn.Caption = drawn.Meta.Scene.unnamed(drawn.Lang)
	}
	return seen, drawn, err
}

// unnamed is a caption of a scene with one thing that does not say what it is nor
// how it looks.
func (s Scene) unnamed(lang Lang) string {
	first := s.Things[0]
	thing := *first.Thing
	thing.Name = Name{English: SubjectWord, Japanese: SubjectWord, Form: Mass}
	s.Things = []Placed{{Thing: &thing, View: first.View, Count: 1, Size: first.Size, Colour: Natural}}
	s.Omit.Look = true
	if lang == Japanese {
		return s.Japanese()
	}
	return s.English()
}

// anonymous says that a picture shows the subject.
func anonymous(r random, japanese float64) (string, Lang) {
	return captions{"a photo of " + SubjectWord, SubjectWord + "の写真"}.choose(r, japanese)
}
