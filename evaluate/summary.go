package evaluate

import (
	"context"
	"slices"

	"github.com/ichimai/ichimai/measure"
)

// Summary is what an evaluation found, for programs. Intervals are of level [Level].
type Summary struct {
	Format   string  `json:"format"`
	Model    string  `json:"model"`
	Machine  Machine `json:"machine"`
	Protocol string  `json:"protocol"` // a hash of the file
	// Subjects and Sweep are how many things were compared in full and in the sweep.
	Subjects int `json:"subjects"`
	Prompts  int `json:"prompts"`
	Seeds    int `json:"seeds"`
	Sweep    int `json:"sweep_subjects"`
	// Judge is the scorer whose scores choose and lead: the first that is not the
	// generator's own.
	Judge   string   `json:"judge"`
	Scorers []Judged `json:"scorers"`
	// Reference is the row that the others are compared with.
	Reference Row                 `json:"reference"`
	Rows      []Result            `json:"rows"`  // on the whole product
	Swept     []Swept             `json:"sweep"` // on the smaller one
	Best      map[string]Row      `json:"best"`  // by method
	Pairs     []Pair              `json:"comparisons"`
	Reached   []Reach             `json:"reached"`
	NotRun    []Missing           `json:"not_run"`
	Sentences map[string][]string `json:"sentences"` // by language
}

// Judged is a scorer with its marks.
type Judged struct {
	Name string `json:"name"`
	Own  bool   `json:"own"` // the generator's own
	DINO bool   `json:"dino"`
	// Normalised is false where scores are differences from the base model's instead.
	Normalised bool   `json:"normalised"`
	Marks      []Mark `json:"marks"`
}

// Mark is where a number of the base model's pictures lies, and that of real ones.
type Mark struct {
	Of   string   `json:"of"` // subject, dino or prompt
	Base float64  `json:"base"`
	Real *float64 `json:"real,omitempty"`
}

// Why a row is shown.
const (
	KindMark   = "mark"
	KindBest   = "best"   // the method's best setting and steps
	KindReport = "report" // its best setting after steps that the protocol reports
)

// Result is a row on the whole product.
type Result struct {
	Row      Row                  `json:"row"`
	Kind     string               `json:"kind"`
	Variant  bool                 `json:"variant"`  // of the reference: it learns by the same method
	Subjects int                  `json:"subjects"` // whose pictures are all there
	By       map[string]RowScores `json:"by"`       // by scorer
	// Copying is by pixels: see [measure.Copying].
	Copying *measure.Interval `json:"copying,omitempty"`
	// Seconds of learning are over subjects whose learning was not interrupted.
	Seconds *measure.Interval `json:"seconds,omitempty"`
	// Starting of Seconds are those of building and loading the step's program.
	Starting float64 `json:"starting_seconds"`
	Untimed  int     `json:"untimed"`
	// Kinds and Langs are the judge's score by kinds of prompts and their languages.
	Kinds map[string]*measure.Interval `json:"kinds,omitempty"`
	Langs map[string]*measure.Interval `json:"languages,omitempty"`
}

// RowScores is what one scorer says of a row.
type RowScores struct {
	Score       *measure.Interval `json:"score"`        // the normalised one
	SubjectPart *measure.Interval `json:"subject_part"` // its halves
	PromptPart  *measure.Interval `json:"prompt_part"`
	Subject     *measure.Interval `json:"subject"` // CLIP-I
	DINO        *measure.Interval `json:"dino,omitempty"`
	Prompt      *measure.Interval `json:"prompt"`  // CLIP-T
	Nearest     *measure.Interval `json:"nearest"` // CLIP-I with the nearest given picture
	Diversity   *measure.Interval `json:"diversity,omitempty"`
	Frechet     *Frechet          `json:"frechet,omitempty"`
}

// Swept is a row on the smaller product, by the judge.
type Swept struct {
	Row     Row               `json:"row"`
	Score   *measure.Interval `json:"score"`
	Subject *measure.Interval `json:"subject_part"`
	Prompt  *measure.Interval `json:"prompt_part"`
	Seconds *measure.Interval `json:"seconds,omitempty"`
}

// Missing is a row that some subjects lack.
type Missing struct {
	Part     string `json:"part"` // PartSweep or PartFull
	Row      Row    `json:"row"`
	Subjects int    `json:"subjects"` // that lack it
}

// summariser makes a summary.
type summariser struct {
	*data
	ctx     context.Context
	working func(Row) // is told of a row that takes long
	whole   product
	small   product
	scales  map[string]*scale // on the whole product, by scorer
	swept   *scale            // the judge's, on the smaller product
	out     *Summary
}

// summarise makes the summary of what a folder holds.
func summarise(ctx context.Context, d *data, o ReportOptions) (*summariser, error) {
	whole, err := d.protocol.whole(d.index.Subjects)
	if err != nil {
		return nil, err
	}
	s := &summariser{data: d, ctx: ctx, working: func(row Row) {
		if o.Report != nil {
			o.Report(words{o.Lang}.row(row))
		}
	}, whole: whole, small: d.protocol.smaller(whole), scales: map[string]*scale{}}
	s.out = &Summary{Format: "summary 1", Model: d.index.Model, Machine: d.index.Machine, Protocol: d.index.Protocol,
		Prompts: len(whole.prompts), Seeds: len(whole.seeds), Judge: d.protocol.judge().Name, Best: map[string]Row{}}
	s.present()
	for _, part := range []func() error{s.findScales, s.sweep, s.rows, s.pairs, s.reached} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	s.out.Sentences = map[string][]string{English: s.sentences(English), Japanese: s.sentences(Japanese)}
	return s, nil
}

// present leaves out the subjects of which nothing is there, so that a part of an
// evaluation can be shown, and notes how many of the others there are.
func (s *summariser) present() {
	s.whole.subjects = slices.DeleteFunc(slices.Clone(s.whole.subjects), func(x subject) bool { return len(s.entries[x.name]) == 0 })
	s.small.subjects = slices.DeleteFunc(slices.Clone(s.small.subjects), func(x subject) bool { return len(s.entries[x.name]) == 0 })
}

func (s *summariser) findScales() error {
	for _, f := range s.protocol.Scorers {
		scale, ok, err := s.newScale(f.Name, s.whole)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		s.scales[f.Name] = scale
		j := Judged{Name: f.Name, Own: f.Own, DINO: f.DINO != "", Normalised: scale.normalised}
		for _, t := range scale.terms {
			j.Marks = append(j.Marks, t.mark())
		}
		s.out.Scorers = append(s.out.Scorers, j)
	}
	if s.scales[s.out.Judge] == nil {
		return &NothingError{Dir: s.dir}
	}
	var err error
	s.swept, _, err = s.newScale(s.out.Judge, s.small)
	return err
}

// rowsToShow are the marks and, of each method, its best and what is reported, in the
// protocol's order.
func (s *summariser) rowsToShow() []Result {
	var all []Result
	for _, name := range s.protocol.marks() {
		all = append(all, Result{Row: Row{Name: name}, Kind: KindMark})
	}
	for _, m := range s.protocol.Methods {
		best, known := s.out.Best[m.Name]
		if !known {
			continue
		}
		for _, n := range sorted(append(slices.Clone(m.ReportSteps), best.Steps)) {
			kind := KindReport
			if n == best.Steps {
				kind = KindBest
			}
			all = append(all, Result{Row: Row{m.Name, best.Setting, n}, Kind: kind, Variant: s.protocol.variant(m)})
		}
	}
	return all
}

// rows fills in what is known of the whole product.
func (s *summariser) rows() error {
	for _, r := range s.rowsToShow() {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := s.fill(&r); err != nil {
			return err
		}
		if missing := len(s.whole.subjects) - r.Subjects; missing > 0 {
			s.out.NotRun = append(s.out.NotRun, Missing{PartFull, r.Row, missing})
		}
		s.out.Subjects = max(s.out.Subjects, r.Subjects)
		if r.Subjects > 0 {
			s.out.Rows = append(s.out.Rows, r)
		}
	}
	return nil
}

func (s *summariser) fill(r *Result) error {
	_, names, err := s.groups(r.Row, s.whole, copyingOf, nil)
	if err != nil || len(names) == 0 {
		return err
	}
	r.Subjects, r.By = len(names), map[string]RowScores{}
	if r.Copying, err = s.of(r.Row, copyingOf, nil); err != nil {
		return err
	}
	for name, scale := range s.scales {
		if r.By[name], err = s.rowScores(r.Row, scale); err != nil {
			return err
		}
	}
	r.Kinds, r.Langs = map[string]*measure.Interval{}, map[string]*measure.Interval{}
	for _, q := range s.whole.prompts {
		if r.Kinds[q.Kind] == nil {
			if r.Kinds[q.Kind], err = s.of(r.Row, s.judge().score, s.prompts(func(o Prompt) bool { return o.Kind == q.Kind })); err != nil {
				return err
			}
		}
		if r.Langs[q.Lang] == nil {
			if r.Langs[q.Lang], err = s.of(r.Row, s.judge().score, s.prompts(func(o Prompt) bool { return o.Lang == q.Lang })); err != nil {
				return err
			}
		}
	}
	return s.time(r)
}

func (s *summariser) judge() *scale { return s.scales[s.out.Judge] }

// prompts chooses pictures by their prompts.
func (s *summariser) prompts(f func(Prompt) bool) func(drawnPicture) bool {
	return func(p drawnPicture) bool {
		q, known := s.protocol.prompt(p.Prompt)
		return known && f(q)
	}
}

// of is the interval of a number on the whole product.
func (s *summariser) of(row Row, m measureOf, keep func(drawnPicture) bool) (*measure.Interval, error) {
	groups, _, err := s.groups(row, s.whole, m, keep)
	if err != nil {
		return nil, err
	}
	return interval(groups)
}

func (s *summariser) rowScores(row Row, scale *scale) (r RowScores, err error) {
	for _, f := range []struct {
		into **measure.Interval
		of   measureOf
	}{
		{&r.Score, scale.score}, {&r.SubjectPart, scale.part(false)}, {&r.PromptPart, scale.part(true)},
		{&r.Subject, subjectOf(scale.scorer)}, {&r.DINO, dinoOf(scale.scorer)}, {&r.Prompt, promptOf(scale.scorer)},
		{&r.Nearest, nearestOf(scale.scorer)},
	} {
		if *f.into, err = s.of(row, f.of, nil); err != nil {
			return r, err
		}
	}
	if r.Diversity, err = s.diversity(row, scale.scorer); err != nil {
		return r, err
	}
	r.Frechet, err = s.frechet(row, scale.scorer)
	return r, err
}

// time is what learning took, over subjects.
func (s *summariser) time(r *Result) error {
	if r.Row.mark() {
		return nil
	}
	var groups [][]float64
	var starting []float64
	for _, x := range s.whole.subjects {
		e, there := s.entries[x.name][r.Row]
		switch {
		case there && e.Took.Timed:
			groups = append(groups, []float64{e.Took.Seconds})
			starting = append(starting, e.Took.Starting)
		case there:
			r.Untimed++
		}
	}
	if len(starting) > 0 {
		r.Starting = average(starting)
	}
	var err error
	r.Seconds, err = interval(groups)
	return err
}

// sweep fills in what is known of the smaller product.
func (s *summariser) sweep() error {
	for _, m := range s.protocol.Methods {
		best, _, err := s.best(m, s.small)
		if err != nil {
			return err
		}
		if best.Name != "" {
			s.out.Best[m.Name] = best
		}
		for _, c := range m.candidates() {
			for _, n := range sorted(m.Steps) {
				if err := s.sweepRow(Row{m.Name, c.label, n}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *summariser) sweepRow(row Row) error {
	w := Swept{Row: row}
	groups, names, err := s.groups(row, s.small, s.swept.score, nil)
	if err != nil {
		return err
	}
	if missing := len(s.small.subjects) - len(names); missing > 0 {
		s.out.NotRun = append(s.out.NotRun, Missing{PartSweep, row, missing})
	}
	if len(names) == 0 {
		return nil
	}
	s.out.Sweep = max(s.out.Sweep, len(names))
	if w.Score, err = interval(groups); err != nil {
		return err
	}
	for _, f := range []struct {
		into   **measure.Interval
		prompt bool
	}{{&w.Subject, false}, {&w.Prompt, true}} {
		groups, _, err := s.groups(row, s.small, s.swept.part(f.prompt), nil)
		if err != nil {
			return err
		}
		if *f.into, err = interval(groups); err != nil {
			return err
		}
	}
	var times [][]float64
	for _, name := range names {
		if e := s.entries[name][row]; e.Took.Timed {
			times = append(times, []float64{e.Took.Seconds})
		}
	}
	if w.Seconds, err = interval(times); err != nil {
		return err
	}
	s.out.Swept = append(s.out.Swept, w)
	return nil
}
