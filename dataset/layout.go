package dataset

import "math"

// spot is where one cut-out goes: its centre and its longer side, in parts of
// the picture's side.
type spot struct{ x, y, side float64 }

// layout returns the spots of a scene, in the order in which they are drawn,
// with the thing that goes to each.
func (s Scene) layout(r random) (spots []spot, things []int) {
	switch {
	case s.Relation != None:
		return s.related(r)
	case s.Things[0].Count > 1:
		spots = crowd(s.Things[0].Count, r)
		return spots, make([]int, len(spots))
	}
	return []spot{s.single(r)}, []int{0}
}

func (s Scene) single(r random) spot {
	low, high := 0.62, 0.88
	switch {
	case s.Things[0].Size == Large:
		low, high = 0.88, 0.97
	case s.Things[0].Size == Small:
		low, high = 0.26, 0.38
	case s.Place != Centre:
		low, high = 0.38, 0.52
	}
	side := r.between(low, high)
	// What is placed stays inside and leaves a rim; what is central wanders a little.
	free := (1 - side) / 2
	wander := min(free, 0.05)
	at := spot{0.5 + r.around(wander), 0.5 + r.around(wander), side}
	if c := s.Place.column(); c != 0 {
		at.x = 0.5 + float64(c)*(free-r.between(0.02, 0.07))
	}
	if c := s.Place.row(); c != 0 {
		at.y = 0.5 + float64(c)*(free-r.between(0.02, 0.07))
	}
	return at
}

// crowd places two to four of the same thing.
func crowd(n int, r random) []spot {
	places := map[int][]spot{
		2: {{0.27, 0.52, 0.44}, {0.73, 0.52, 0.44}},
		3: {{0.5, 0.28, 0.4}, {0.26, 0.7, 0.4}, {0.74, 0.7, 0.4}},
		4: {{0.27, 0.27, 0.4}, {0.73, 0.27, 0.4}, {0.27, 0.73, 0.4}, {0.73, 0.73, 0.4}},
	}[n]
	scale := r.between(0.88, 1.06)
	spots := make([]spot, n)
	for i, p := range places {
		spots[i] = spot{p.x + r.around(0.02), p.y + r.around(0.02), p.side * scale}
	}
	return spots
}

// related places two things so that the first is where the relation says.
func (s Scene) related(r random) ([]spot, []int) {
	apart, side := r.between(0.23, 0.25), r.between(0.4, 0.46)
	first, second := spot{0.5, 0.52, side}, spot{0.5, 0.52, side * r.between(0.9, 1.05)}
	switch s.Relation {
	case LeftOf, RightOf:
		sign := -1.0
		if s.Relation == RightOf {
			sign = 1
		}
		first.x, second.x = 0.5+sign*apart, 0.5-sign*apart
	case Above, Below:
		sign := -1.0
		if s.Relation == Below {
			sign = 1
		}
		first.y, second.y = 0.5+sign*apart, 0.5-sign*apart
	default:
		return s.overlapping(r)
	}
	return []spot{second, first}, []int{1, 0}
}

// overlapping draws the one behind first, larger and higher.
func (s Scene) overlapping(r random) ([]spot, []int) {
	sign := math.Copysign(1, r.around(1))
	back := spot{0.5 + sign*0.13, 0.4, r.between(0.6, 0.68)}
	front := spot{0.5 - sign*0.16, 0.68, r.between(0.44, 0.5)}
	if s.Relation == InFrontOf {
		return []spot{back, front}, []int{1, 0}
	}
	return []spot{back, front}, []int{0, 1}
}
