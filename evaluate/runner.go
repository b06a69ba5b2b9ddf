package evaluate

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/tuning"
)

// Parts of an evaluation.
const (
	PartSweep = "sweep" // every setting and number of steps on the smaller product
	PartFull  = "full"  // each method's best on the whole product
	PartBoth  = "both"
)

// Options are how a protocol is run.
type Options struct {
	Model *diffusion.Model
	// Dir is the folder of the results, which is also where a stopped run goes on.
	Dir string
	// Part is one of PartSweep, PartFull and PartBoth.
	Part string
	// Methods are the names of those to run; none are all.
	Methods []string
	// Subjects is the most subjects to take; 0 is all.
	Subjects int
	// Keep is which drawn pictures are kept: KeepNone, KeepGrid or KeepAll.
	Keep string
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// Report, if set, is told of progress.
	Report func(Progress)
}

// Progress is what a run reports.
type Progress struct {
	Part                    string
	Done, Units             int           // of the part
	Unit                    string        // what is being done: the subject and the row
	Rate                    float64       // units an hour; 0 while it is not known
	Left                    time.Duration // until the end of the part; 0 while it is not known
	Learning, LearningSteps int           // in learning: steps done, and of how many
	Drawn, DrawingOf        int           // in drawing: pictures
}

// runner runs a protocol's units.
type runner struct {
	protocol     *Protocol
	model        *diffusion.Model
	pipeline     *diffusion.Pipeline
	scorers      []*scorer
	out          string // of the results
	store        string // what is kept
	modelHash    string
	small        bool // which defaults of settings are the model's
	keepPictures string
	now          func() time.Time
	tellOf       func(Progress)

	givens   map[string]given  // by subject
	encoders map[string]string // hashes by folder
	warm     map[string]bool   // what has been learned once in this process
	class    *classPictures
	pace     *pace
	index    *Index
	progress Progress
}

// Run runs a protocol, or a part of it, and keeps what it finds in a folder, from
// which [Write] makes the results. When ctx ends, what was done is kept and the error
// wraps ctx.Err().
func Run(ctx context.Context, p *Protocol, o Options) (err error) {
	methods, err := p.chosen(o.Methods)
	if err != nil {
		return err
	}
	r, err := newRunner(ctx, p, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeScorers(r.scorers)) }()
	of, err := p.whole(o.Subjects)
	if err != nil {
		return err
	}
	if r.index, err = r.newIndex(ctx, o.Subjects); err != nil {
		return err
	}
	if err := r.index.write(r.out); err != nil {
		return err
	}
	if o.Part != PartFull {
		if err := r.part(ctx, PartSweep, p.sweepUnits(p.smaller(of), methods)); err != nil {
			return err
		}
	}
	if o.Part == PartSweep {
		return nil
	}
	return r.full(ctx, of, methods)
}

// full draws the whole product with each method's best of the sweep.
func (r *runner) full(ctx context.Context, of product, methods []Method) (err error) {
	best := map[string]Row{}
	for _, m := range methods {
		if best[m.Name], err = r.best(m, r.protocol.smaller(of)); err != nil {
			return err
		}
	}
	return r.part(ctx, PartFull, r.protocol.fullUnits(of, methods, best))
}

func newRunner(ctx context.Context, p *Protocol, o Options) (*runner, error) {
	r := &runner{protocol: p, model: o.Model, pipeline: diffusion.NewPipeline(o.Model), out: o.Dir, store: filepath.Join(o.Dir, "store"),
		small: tuning.IsSmall(o.Model), keepPictures: o.Keep, now: o.Now, tellOf: o.Report,
		givens: map[string]given{}, encoders: map[string]string{}, warm: map[string]bool{}}
	if r.now == nil {
		r.now = time.Now
	}
	if r.keepPictures == "" {
		r.keepPictures = KeepGrid
	}
	r.class = &classPictures{pipeline: r.pipeline, now: r.now}
	r.pace = newPace()
	var err error
	if r.modelHash, err = hashModel(ctx, r.model); err != nil {
		return nil, err
	}
	if err := p.CheckScorers(r.model.Dir); err != nil {
		return nil, err
	}
	r.scorers, err = openScorers(ctx, p, r.model)
	return r, err
}

// chosen are the methods of some names, in the protocol's order; no names are all.
func (p *Protocol) chosen(names []string) ([]Method, error) {
	var methods []Method
	for _, name := range names {
		if !slices.ContainsFunc(p.Methods, func(m Method) bool { return m.Name == name }) {
			return nil, p.wrong(at("methods"), textNoSuch, "value", name, "list", "methods")
		}
	}
	for _, m := range p.Methods {
		if len(names) == 0 || slices.Contains(names, m.Name) {
			methods = append(methods, m)
		}
	}
	return methods, nil
}

// part runs the units of a part.
func (r *runner) part(ctx context.Context, part string, units []unit) error {
	loads := make([]load, len(units))
	for i, u := range units {
		var err error
		if loads[i], err = r.load(ctx, u); err != nil {
			return err
		}
	}
	r.pace.begin(loads, r.now())
	for i, u := range units {
		r.progress = Progress{Part: part, Done: i, Units: len(units), Unit: u.subject.name + ", " + u.label()}
		r.tell(Progress{})
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped after %d of %d units: %w", i, len(units), err)
		}
		if err := r.unit(ctx, u); err != nil {
			return fmt.Errorf("%s, %s: %w", u.subject.name, u.label(), err)
		}
		r.pace.finish(i, r.now())
	}
	r.progress = Progress{Part: part, Done: len(units), Units: len(units)}
	r.tell(Progress{})
	return nil
}

func (u unit) label() string {
	if u.candidate.label == "" {
		return u.name
	}
	return u.name + " (" + u.candidate.label + ")"
}

// unit learns, draws and scores one unit.
func (r *runner) unit(ctx context.Context, u unit) error {
	r.class.of(u.subject.name)
	byStep := map[int]*learned{}
	if u.name != nameBase && u.name != nameReal {
		begun := r.now()
		work, err := r.load(ctx, u)
		if err != nil {
			return err
		}
		if byStep, err = r.learn(ctx, u); err != nil {
			return err
		}
		r.pace.learned(work, r.now().Sub(begun))
	}
	for _, n := range u.steps {
		begun, before := r.now(), r.pace.pictures
		dir, err := r.paint(ctx, u, n, byStep[n])
		if err != nil {
			return err
		}
		r.pace.painted(r.pace.pictures-before, r.now().Sub(begun))
		if err := r.index.add(r.out, u, n, dir, byStep[n]); err != nil {
			return err
		}
	}
	return r.index.write(r.out)
}

// tell reports progress within the unit under way.
func (r *runner) tell(p Progress) {
	if r.tellOf == nil {
		return
	}
	now := r.progress
	now.Learning, now.LearningSteps, now.Drawn, now.DrawingOf = p.Learning, p.LearningSteps, p.Drawn, p.DrawingOf
	now.Rate, now.Left = r.pace.rate(r.now())
	r.tellOf(now)
}

// given reads a subject's pictures once.
func (r *runner) given(s *subject) (given, error) {
	if g, known := r.givens[s.name]; known {
		return g, nil
	}
	g, err := s.read(r.now)
	if err != nil {
		return g, err
	}
	r.givens[s.name] = g
	return g, nil
}

// encoderHash identifies the encoder that a method uses; "" where there is none.
func (r *runner) encoderHash(ctx context.Context, m Method) (string, error) {
	dir := r.protocol.Folder(m.Encoder)
	if dir == "" {
		dir = encoder.In(r.model.Dir)
	}
	if dir == "" {
		return "", nil
	}
	if h, known := r.encoders[dir]; known {
		return h, nil
	}
	h, err := hashFolder(ctx, dir)
	if err == nil {
		r.encoders[dir] = h
	}
	return h, err
}
