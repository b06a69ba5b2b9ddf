package gate

import (
	"cmp"
	"context"
	"slices"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// compareSubjects compares all things' scenes with all things' given pictures.
func (l *learner) compareSubjects() {
	s := l.by[Subject]
	for i, thing := range l.seen {
		near := l.nearest(i)
		for k, other := range l.seen {
			for _, e := range other.scenes {
				v := thing.given.likeness(e)
				switch {
				case k == i:
					s.good[i] = append(s.good[i], v)
					continue
				case slices.Contains(near, k):
					s.hard[i] = append(s.hard[i], v)
				}
				s.bad[i] = append(s.bad[i], v)
			}
		}
	}
}

// nearest are the other things whose given pictures the judge finds most alike.
func (l *learner) nearest(i int) []int {
	alike := make([]float64, len(l.seen))
	var order []int
	for k, other := range l.seen {
		for _, e := range other.given.seen {
			alike[k] += l.seen[i].given.likeness(e) / float64(len(other.given.seen))
		}
		if k != i {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(alike[b], alike[a]) })
	return order[:min(hardest, len(order))]
}

// comparePrompts compares scenes with their texts and with wrong ones.
func (l *learner) comparePrompts(ctx context.Context, i int, t Thing) error {
	if !l.judge.Sees(Prompt) {
		return nil
	}
	looked, err := l.judge.clip.Pictures(ctx, pictures(t))
	if err != nil {
		return err
	}
	s := l.by[Prompt]
	for k, scene := range t.Scenes {
		texts, err := l.judge.clip.Texts(ctx, append([]string{scene.Text}, scene.Wrong...))
		if err != nil {
			return err
		}
		s.good[i] = append(s.good[i], looked[k].Cosine(texts[0]))
		for _, wrong := range texts[1:] {
			s.bad[i] = append(s.bad[i], looked[k].Cosine(wrong))
		}
	}
	return nil
}

// compareCopies compares the scenes and copies of the given pictures with these.
func (l *learner) compareCopies(ctx context.Context, i int, t Thing, given *Given) error {
	s := l.by[Copying]
	for _, scene := range t.Scenes {
		if err := l.copying(ctx, &s.good[i], given, scene.Picture); err != nil {
			return err
		}
	}
	for _, p := range t.Given {
		made, err := copies(p)
		if err != nil {
			return err
		}
		for _, c := range made {
			if err := l.copying(ctx, &s.bad[i], given, c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *learner) copying(ctx context.Context, into *[]float64, given *Given, p *picture.Picture) error {
	match, err := measure.Copying(given.pictures, p)
	*into = append(*into, match.Value)
	return cmp.Or(err, ctx.Err())
}

// compareBlurred compares scenes with what a blur and a lack of pixels leave of them.
func (l *learner) compareBlurred(ctx context.Context, i int, t Thing) error {
	s := l.by[Sharpness]
	for _, scene := range t.Scenes {
		given, err := l.through(ctx, scene.Picture)
		if err != nil {
			return err
		}
		p, ok := sized(given, l.side)
		if !ok {
			continue
		}
		if err := l.sharpness(ctx, &s.good[i], p); err != nil {
			return err
		}
		for _, bad := range []*picture.Picture{blurred(p, l.options.Blur), halved(p)} {
			if err := l.sharpness(ctx, &s.bad[i], bad); err != nil {
				return err
			}
		}
	}
	return nil
}

// through is what the model makes of a picture.
func (l *learner) through(ctx context.Context, p *picture.Picture) (*picture.Picture, error) {
	if l.options.Through == nil {
		return p, nil
	}
	return l.options.Through(ctx, p)
}

func (l *learner) sharpness(ctx context.Context, into *[]float64, p *picture.Picture) error {
	v, err := measure.Sharpness(p)
	*into = append(*into, v)
	return cmp.Or(err, ctx.Err())
}
