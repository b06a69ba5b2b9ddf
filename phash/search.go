package phash

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/ichimai/ichimai/picture"
)

const (
	// searchSide is the longer side, in pixels, to which larger pictures are scaled down.
	searchSide = 768
	// smallest is the side of the smallest square windows by the shorter one of the
	// picture; others have its area.
	smallest = 1.0 / 6
	// zoom is from one size of windows to the next smaller.
	zoom = 0.87
	// aspectStep is that between the logarithms of aspects that are searched for, so that
	// marks of nearly one form share windows.
	aspectStep = 0.05
	// stride is from one window to the next, by its sides.
	stride = 1.0 / 8
	// candidates is how many windows, of those whose hashes are nearest, are compared cell
	// by cell; finalists how many of those, the most like the mark, are moved about.
	candidates = 256
	finalists  = 12
	// rounds is how often a window's neighbourhood is gone through, each in half the steps
	// of the one before.
	rounds = 3
)

// Match is where a picture is most like a mark.
type Match struct {
	// Similarity is the correlation of the gray cells of the window and the mark, from 0
	// to 1, whichever of the two is the darker one.
	Similarity float64
	// Distance is that of the hashes, from 0 to half of [Bits]: that of the inverted mark
	// where that is less.
	Distance int
	Area     image.Rectangle // in the picture's pixels
}

// Found says whether the picture shows the mark: see [Threshold].
func (m Match) Found() bool { return m.Similarity >= Threshold }

// Search looks for marks in a picture and returns the best match of each. The whole
// picture is compared too, whatever its aspect.
func Search(ctx context.Context, p *picture.Picture, marks []Mark) ([]Match, error) {
	s := newSeeker(p)
	matches := make([]Match, len(marks))
	for i, m := range marks {
		best, err := s.seek(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("search picture for marks: %w", err)
		}
		matches[i] = best
	}
	return matches, nil
}

// seeker is a picture with the hashes of windows that were asked for, by aspect.
type seeker struct {
	plane *plane
	scale float64 // from the plane's pixels to the picture's
	seen  map[float64][]view
}

// view is a window and its hash.
type view struct {
	window
	hash Hash
}

func newSeeker(p *picture.Picture) *seeker {
	scaled, scale := p, 1.0
	if long := max(p.Width, p.Height); long > searchSide {
		scaled = p.Fit(searchSide, searchSide)
		scale = float64(p.Width) / float64(scaled.Width)
	}
	return &seeker{newPlane(scaled), scale, map[float64][]view{}}
}

// seek is the best match of a mark among the windows whose hashes are nearest, moved to
// where they fit best.
func (s *seeker) seek(ctx context.Context, m Mark) (Match, error) {
	views, err := s.views(ctx, m.Aspect)
	if err != nil {
		return Match{}, err
	}
	best := look{similarity: -1}
	for _, l := range s.likest(nearest(views, m.Hash), m) {
		if l = s.refine(l, m); l.similarity > best.similarity {
			best = l
		}
	}
	if best.similarity < 0 { // nothing but plain grounds
		return Match{Distance: Bits / 2, Area: s.plane.whole().scaled(s.scale)}, nil
	}
	hash, _ := s.plane.hash(best.window)
	return Match{best.similarity, apart(hash, m.Hash), best.scaled(s.scale)}, nil
}

// apart is the distance from a hash or its inverse.
func apart(a, b Hash) int {
	d := a.Distance(b)
	return min(d, Bits-d)
}

// nearest are the views with the nearest hashes, and the whole picture if it is there.
func nearest(views []view, hash Hash) []view {
	var by [Bits/2 + 1][]view
	for _, v := range views {
		d := apart(v.hash, hash)
		by[d] = append(by[d], v)
	}
	var list []view
	for _, some := range by {
		if len(list) >= candidates {
			break
		}
		list = append(list, some...)
	}
	return list
}

// look is a window with how like a mark it is.
type look struct {
	window
	similarity float64
}

func (s *seeker) look(w window, m Mark) look {
	var c cells
	s.plane.cells(w, &c)
	return look{w, c.correlation(&m.cells)}
}

// likest are the finalists of some views.
func (s *seeker) likest(views []view, m Mark) []look {
	looks := make([]look, len(views))
	for i, v := range views {
		looks[i] = s.look(v.window, m)
	}
	slices.SortStableFunc(looks, func(a, b look) int { return cmp.Compare(b.similarity, a.similarity) })
	return looks[:min(len(looks), finalists)]
}

// refine goes from a window to the best of its neighbours, in ever smaller steps.
func (s *seeker) refine(at look, m Mark) look {
	step, size := stride/2, 1-(1-zoom)/2
	for range rounds {
		for better := true; better; {
			better = false
			for _, n := range at.neighbours(step, size) {
				if !s.plane.holds(n) {
					continue
				}
				if l := s.look(n, m); l.similarity > at.similarity {
					at, better = l, true
				}
			}
		}
		step, size = step/2, math.Sqrt(size)
	}
	return at
}

// neighbours are windows beside, and larger and smaller ones in the same place.
func (w window) neighbours(step, size float64) []window {
	dx, dy := w.width*step, w.height*step
	list := []window{{w.x - dx, w.y, w.width, w.height}, {w.x + dx, w.y, w.width, w.height}, {w.x, w.y - dy, w.width, w.height}, {w.x, w.y + dy, w.width, w.height}}
	for _, by := range []float64{size, 1 / size} {
		width, height := w.width*by, w.height*by
		list = append(list, window{w.x + (w.width-width)/2, w.y + (w.height-height)/2, width, height})
	}
	return list
}

// views are the windows of an aspect that show something, from the largest that fits down.
func (s *seeker) views(ctx context.Context, aspect float64) ([]view, error) {
	aspect = math.Exp(aspectStep * math.Round(math.Log(aspect)/aspectStep))
	if all, ok := s.seen[aspect]; ok {
		return all, nil
	}
	width, height := float64(s.plane.width), float64(s.plane.height)
	largest := min(width, height*aspect)
	least := smallest * min(width, height) * math.Sqrt(aspect)
	var all []view
	if h, shows := s.plane.hash(s.plane.whole()); shows {
		all = append(all, view{s.plane.whole(), h})
	}
	for w := largest; w >= least; w *= zoom {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all = s.size(all, w, w/aspect)
	}
	s.seen[aspect] = all
	return all, nil
}

// size adds the windows of one size, spread evenly from edge to edge.
func (s *seeker) size(all []view, width, height float64) []view {
	columns := spread(float64(s.plane.width)-width, width*stride)
	rows := spread(float64(s.plane.height)-height, height*stride)
	for _, y := range rows {
		for _, x := range columns {
			w := window{x, y, width, height}
			if h, shows := s.plane.hash(w); shows {
				all = append(all, view{w, h})
			}
		}
	}
	return all
}

// spread are places from 0 to a length in equal steps of at most step.
func spread(length, step float64) []float64 {
	n := int(math.Ceil(length/step - 1e-9))
	if n < 1 {
		return []float64{max(0, length/2)}
	}
	places := make([]float64, n+1)
	for i := range places {
		places[i] = length * float64(i) / float64(n)
	}
	return places
}
