package evaluate

import (
	"math"

	"github.com/ichimai/ichimai/measure"
)

// Pair compares the reference with another method at its best, subject by subject.
type Pair struct {
	Reference Row `json:"reference"`
	Other     Row `json:"other"`
	// Score is the reference's less the other's, by each scorer.
	Score map[string]measure.PairedTest `json:"score"`
	// Times is how many times as long the other took: the geometric mean over subjects.
	Times *measure.Interval `json:"times,omitempty"`
}

// pairs compares what is reported of the reference with the others.
func (s *summariser) pairs() error {
	name := s.protocol.ReferenceName()
	var reference, others []Result
	for _, r := range s.out.Rows {
		switch {
		case r.Row.Name == name:
			reference = append(reference, r)
		case r.Kind == KindBest:
			others = append(others, r)
		}
	}
	s.chooseReference(name, reference)
	for _, a := range reference {
		for _, b := range others {
			p, err := s.pair(a.Row, b.Row)
			if err != nil {
				return err
			}
			s.out.Pairs = append(s.out.Pairs, p)
		}
	}
	return nil
}

// chooseReference takes the most steps that are reported of the reference, or its best
// where none are.
func (s *summariser) chooseReference(name string, rows []Result) {
	s.out.Reference = Row{Name: name}
	for _, m := range s.protocol.Methods {
		for _, r := range rows {
			if m.Name == name && (len(m.ReportSteps) == 0 && r.Kind == KindBest || len(m.ReportSteps) > 0 && r.Row.Steps == maxOf(m.ReportSteps)) {
				s.out.Reference = r.Row
			}
		}
	}
}

func maxOf(steps []int) int { return sorted(steps)[len(sorted(steps))-1] }

func (s *summariser) pair(a, b Row) (Pair, error) {
	p := Pair{Reference: a, Other: b, Score: map[string]measure.PairedTest{}}
	for name, scale := range s.scales {
		x, y, err := s.common(a, b, scale.score)
		if err != nil {
			return p, err
		}
		if len(x) < 2 {
			continue
		}
		if p.Score[name], err = measure.Paired(x, y, intervalSeed); err != nil {
			return p, err
		}
	}
	var err error
	p.Times, err = s.times(a, b, s.whole)
	return p, err
}

// common are the mean numbers of subjects that both rows have.
func (s *summariser) common(a, b Row, m measureOf) (x, y []float64, err error) {
	ga, na, err := s.groups(a, s.whole, m, nil)
	if err != nil {
		return nil, nil, err
	}
	gb, nb, err := s.groups(b, s.whole, m, nil)
	if err != nil {
		return nil, nil, err
	}
	other := map[string]float64{}
	for i, name := range nb {
		other[name] = average(gb[i])
	}
	for i, name := range na {
		if v, both := other[name]; both {
			x, y = append(x, average(ga[i])), append(y, v)
		}
	}
	return x, y, nil
}

// times is how many times as long b took as a, on the subjects for which both are
// timed; nil without any.
func (s *summariser) times(a, b Row, of product) (*measure.Interval, error) {
	var groups [][]float64
	for _, x := range of.subjects {
		ea, eb := s.entries[x.name][a], s.entries[x.name][b]
		if ea.Took.Timed && eb.Took.Timed && ea.Took.Seconds > 0 && eb.Took.Seconds > 0 {
			groups = append(groups, []float64{math.Log(eb.Took.Seconds / ea.Took.Seconds)})
		}
	}
	v, err := interval(groups)
	if v == nil || err != nil {
		return nil, err
	}
	v.Mean, v.Low, v.High = math.Exp(v.Mean), math.Exp(v.Low), math.Exp(v.High)
	return v, nil
}

// Reach is where another method first comes to the reference's score, within its
// interval, on the smaller product, whichever its setting.
type Reach struct {
	Method    string           `json:"method"`
	Variant   bool             `json:"variant"` // of the reference: it learns by the same method
	Reference Row              `json:"reference"`
	Score     measure.Interval `json:"score"` // the reference's
	// Row is the first, by the time that it took, whose mean is not below the
	// interval; nil where none is, up to Most steps.
	Row     *Row     `json:"row,omitempty"`
	Most    int      `json:"most"`
	Seconds *float64 `json:"seconds,omitempty"`
	// Times is how many times as long as the reference that took.
	Times *measure.Interval `json:"times,omitempty"`
}

// reached finds it for all methods but the reference.
func (s *summariser) reached() error {
	var reference *Swept
	for i, w := range s.out.Swept {
		if w.Row == s.out.Reference {
			reference = &s.out.Swept[i]
		}
	}
	if reference == nil {
		return nil
	}
	for _, m := range s.protocol.Methods {
		if m.Name == reference.Row.Name {
			continue
		}
		if r, err := s.reach(m, reference); err != nil {
			return err
		} else if r != nil {
			s.out.Reached = append(s.out.Reached, *r)
		}
	}
	return nil
}

func (s *summariser) reach(m Method, reference *Swept) (*Reach, error) {
	r := &Reach{Method: m.Name, Variant: s.protocol.variant(m), Reference: reference.Row, Score: *reference.Score}
	var first *Swept
	seen := false
	for i := range s.out.Swept {
		w := &s.out.Swept[i]
		if w.Row.Name != m.Name || w.Score.N < reference.Score.N {
			continue
		}
		seen, r.Most = true, max(r.Most, w.Row.Steps)
		if w.Score.Mean >= reference.Score.Low && (first == nil || w.before(first)) {
			first = w
		}
	}
	if !seen {
		return nil, nil
	}
	if first == nil {
		return r, nil
	}
	r.Row = &first.Row
	if first.Seconds != nil {
		r.Seconds = &first.Seconds.Mean
	}
	var err error
	r.Times, err = s.times(reference.Row, first.Row, s.small)
	return r, err
}

// before says whether a row takes less time, or, where that is not known, fewer steps.
func (w *Swept) before(o *Swept) bool {
	if w.Seconds != nil && o.Seconds != nil {
		return w.Seconds.Mean < o.Seconds.Mean
	}
	return w.Row.Steps < o.Row.Steps
}
