package gate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/picture"
)

// Thing is a subject to learn a gate from.
type Thing struct {
	Name   string
	Given  []*picture.Picture // those that a concept would be learned from
	Scenes []Scene
}

// Scene is a real picture of a thing in another place.
type Scene struct {
	Picture *picture.Picture
	Text    string   // what it shows, in words
	Wrong   []string // texts that it does not show
}

// Options are how a gate is learned. The zero value takes the defaults.
type Options struct {
	Refuse float64 // the share of good pictures that a threshold refuses; 0 is DefaultRefuse
	Blur   float64 // the deviation of the Gaussian of blurred pictures, in pixels; 0 is DefaultBlur
	Seed   uint64  // of the bootstrap
	// Protocol is the hash of what the things are from.
	Protocol string
	// Through, if set, is what a model's autoencoder gives back of a picture. Good pictures
	// are then sharp as these are, for nothing that the model draws can be sharper. Model is
	// its name.
	Through func(context.Context, *picture.Picture) (*picture.Picture, error)
	Model   string
	// Report, if set, is told how many things are done.
	Report func(done, of int)
}

// Defaults of [Options].
const (
	DefaultRefuse = 0.05
	DefaultBlur   = 1.5
)

// leastThings is how few things a gate can be learned from: two in each half.
const leastThings = 4

// hardest is how many other things that look most alike are hard ones.
const hardest = 3

// Learn finds thresholds from real pictures. Good ones are those of the thing itself, in
// its other scenes; bad ones are those of the others for the subject, those with texts
// that they do not show for the prompt, blurred and halved ones for sharpness, and
// copies of the given pictures for copying. A check whose tower the judge lacks, or that
// has no bad pictures, is left out.
func Learn(ctx context.Context, j *Judge, things []Thing, o Options) (*Gate, error) {
	if o.Refuse == 0 {
		o.Refuse = DefaultRefuse
	}
	if o.Blur == 0 {
		o.Blur = DefaultBlur
	}
	l := &learner{judge: j, options: o, things: usable(things)}
	if n := len(l.things); n < leastThings {
		return nil, fmt.Errorf("learn gate: %w", &measure.TooFewError{Of: "subjects with real pictures", Have: n, Need: leastThings,
			Why: "error rates are found on other subjects than thresholds"})
	}
	l.side = smallest(l.things)
	if err := l.look(ctx); err != nil {
		return nil, fmt.Errorf("learn gate: %w", err)
	}
	return l.gate()
}

// usable are the things with pictures, in an order that has nothing to do with names, so
// that halves are of all kinds.
func usable(things []Thing) []Thing {
	out := slices.DeleteFunc(slices.Clone(things), func(t Thing) bool { return len(t.Given) == 0 || len(t.Scenes) == 0 })
	slices.SortFunc(out, func(a, b Thing) int { return cmp.Compare(place(a.Name), place(b.Name)) })
	return out
}

func place(name string) string {
	sum := sha256.Sum256([]byte(name))
	return string(sum[:])
}

// smallest is the shorter side of the smallest scene.
func smallest(things []Thing) int {
	side := 1 << 30
	for _, t := range things {
		for _, s := range t.Scenes {
			side = min(side, s.Picture.Width, s.Picture.Height)
		}
	}
	return side
}

// learner is a gate that is being learned.
type learner struct {
	judge   *Judge
	options Options
	things  []Thing
	side    int

	seen []seen // by thing
	by   map[string]*samples
}

// seen is a thing as the tower of subjects sees it.
type seen struct {
	given  *Given
	scenes []measure.Embedding // nil without the tower
}

// look measures all pictures.
func (l *learner) look(ctx context.Context) error {
	l.by = map[string]*samples{}
	for _, name := range Names {
		l.by[name] = &samples{good: make([][]float64, len(l.things)), bad: make([][]float64, len(l.things)), hard: make([][]float64, len(l.things))}
	}
	for i, t := range l.things {
		if err := l.lookAt(ctx, i, t); err != nil {
			return fmt.Errorf("subject %s: %w", t.Name, err)
		}
		if l.options.Report != nil {
			l.options.Report(i+1, len(l.things))
		}
	}
	if l.judge.Sees(Subject) {
		l.compareSubjects()
	}
	return nil
}

func (l *learner) lookAt(ctx context.Context, i int, t Thing) error {
	given, err := l.judge.Look(ctx, t.Given)
	if err != nil {
		return err
	}
	s := seen{given: given}
	if l.judge.Sees(Subject) {
		if s.scenes, err = l.judge.subject.Pictures(ctx, pictures(t)); err != nil {
			return err
		}
	}
	l.seen = append(l.seen, s)
	if err := l.comparePrompts(ctx, i, t); err != nil {
		return err
	}
	if err := l.compareCopies(ctx, i, t, given); err != nil {
		return err
	}
	return l.compareBlurred(ctx, i, t)
}

func pictures(t Thing) (list []*picture.Picture) {
	for _, s := range t.Scenes {
		list = append(list, s.Picture)
	}
	return list
}

// gate finds the thresholds.
func (l *learner) gate() (*Gate, error) {
	o := l.options
	g := &Gate{Format: Format, Judge: l.judge.Hash(), Protocol: o.Protocol, Refuse: o.Refuse, Side: l.side, Blur: o.Blur, Model: o.Model}
	for _, name := range Names {
		s := *l.by[name]
		if count(s.good) == 0 || filled(s.bad) < 2 {
			continue
		}
		c, err := fit(name, s, o.Refuse, o.Seed)
		if err != nil {
			return nil, fmt.Errorf("learn gate: %s: %w", name, err)
		}
		g.Checks = append(g.Checks, c)
	}
	if err := g.valid(); err != nil {
		return nil, fmt.Errorf("learn gate: %w", err)
	}
	return g, nil
}
