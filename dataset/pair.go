package dataset

import (
	"context"
	"errors"
)

// PairKind is what the two pictures of a pair share.
type PairKind int

// The kinds of pairs that an encoder learns from.
const (
	Identity PairKind = iota // the same picture at another place and size, on another ground
	Concept                  // the same thing in another look
)

// Pair draws two scenes of one thing, alone in each. Like At it is a pure
// function of its arguments, and the index lies in [0, Len()).
func (s *Scenes) Pair(ctx context.Context, index int, seed uint64, kind PairKind) (a, b Sample, err error) {
	if err := errors.Join(ctx.Err(), checkIndex(index, s.Len())); err != nil {
		return a, b, err
	}
	r := newRandom(mix64(seed^uint64(kind+1)), index)
	first, second, err := s.drawer.pair(r, kind)
	if err != nil {
		return a, b, err
	}
	if a, err = s.alone(r, first); err != nil {
		return a, b, err
	}
	b, err = s.alone(r, second)
	return a, b, err
}

func (s *Scenes) alone(r random, p Placed) (Sample, error) {
	scene, err := s.readable(s.drawer.drawAlone(r, p), r)
	if err != nil {
		return Sample{}, err
	}
	return s.sample(scene, r)
}

// pair places one thing twice: the same view, or a view in another look.
func (d *drawer) pair(r random, kind PairKind) (first, second Placed, err error) {
	things := d.things
	if kind == Concept {
		things = d.varied
	}
	if len(things) == 0 {
		return first, second, errors.New("draw pair: no thing in this part of the pack has two looks")
	}
	thing := pick(r, things)
	first = d.place(r, thing, d.chooseView(r, thing))
	second = first
	if kind == Concept {
		second = d.place(r, thing, pick(r, otherLooks(thing, first.View)))
	}
	return first, second, nil
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
