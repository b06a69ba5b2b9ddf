package gate

import (
	"context"
	"fmt"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// leastSide is that of the smallest picture that [measure.Sharpness] says anything of.
const leastSide = 5

// Given are pictures of a subject, looked at once.
type Given struct {
	pictures []*picture.Picture
	seen     []measure.Embedding // nil without a tower of subjects
}

// View is a picture with what it is compared with.
type View struct {
	Picture *picture.Picture
	Text    string // what was asked for, in words that CLIP knows; "" leaves the prompt out
	Given   *Given // nil leaves subject and copying out
	Side    int    // at which sharpness is measured: see [Gate]; 0 is the picture's own
}

// Look looks at the given pictures of a subject, of which there must be one.
func (j *Judge) Look(ctx context.Context, pictures []*picture.Picture) (*Given, error) {
	if len(pictures) == 0 {
		return nil, fmt.Errorf("look at the given pictures: there are none")
	}
	g := &Given{pictures: pictures}
	if !j.Sees(Subject) {
		return g, nil
	}
	var err error
	g.seen, err = j.subject.Pictures(ctx, pictures)
	return g, err
}

// Measure measures what can be measured of a picture.
func (j *Judge) Measure(ctx context.Context, v View) (Values, error) {
	values, err := pixels(v)
	if err != nil {
		return nil, fmt.Errorf("measure picture: %w", err)
	}
	list := []*picture.Picture{v.Picture}
	if v.Text != "" && j.Sees(Prompt) {
		seen, err := j.clip.Pictures(ctx, list)
		if err != nil {
			return nil, err
		}
		texts, err := j.clip.Texts(ctx, []string{v.Text})
		if err != nil {
			return nil, err
		}
		values[Prompt] = seen[0].Cosine(texts[0])
	}
	if v.Given != nil && v.Given.seen != nil && j.Sees(Subject) {
		seen, err := j.subject.Pictures(ctx, list)
		if err != nil {
			return nil, err
		}
		values[Subject] = v.Given.likeness(seen[0])
	}
	return values, nil
}

// likeness is the mean cosine with the given pictures.
func (g *Given) likeness(drawn measure.Embedding) float64 {
	sum := 0.0
	for _, e := range g.seen {
		sum += e.Cosine(drawn)
	}
	return sum / float64(len(g.seen))
}

// pixels are the values that need no towers.
func pixels(v View) (Values, error) {
	values := Values{}
	if p, ok := sized(v.Picture, v.Side); ok {
		sharp, err := measure.Sharpness(p)
		if err != nil {
			return nil, err
		}
		values[Sharpness] = sharp
	}
	if v.Given == nil {
		return values, nil
	}
	match, err := measure.Copying(v.Given.pictures, v.Picture)
	if err != nil {
		return nil, err
	}
	values[Copying] = match.Value
	return values, nil
}

// sized is a picture at the side at which sharpness is measured; false where it is
// smaller, for a picture that is scaled up is not sharp.
func sized(p *picture.Picture, side int) (*picture.Picture, bool) {
	short := min(p.Width, p.Height)
	switch {
	case short < max(side, leastSide):
		return nil, false
	case side == 0 || short == side:
		return p, true
	}
	return p.ResizeShortest(side, picture.Bicubic), true
}
