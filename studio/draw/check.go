package draw

import (
	"context"
	"fmt"
	"slices"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/studio/workspace"
)

var _ workspace.Checker = (*Runner)(nil)

// Check is workspace.Checker's: the judge measures the picture, and its gate says what is
// refused. It works beside what is being drawn or learned, and waits for the model only
// where that is not open yet.
func (r *Runner) Check(ctx context.Context, q workspace.CheckRequest) ([]studio.Verdict, error) {
	o, release, err := r.borrow(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	view := gate.View{Picture: q.Picture, Side: o.judge.side()}
	if view.Text, err = o.askedFor(q); err != nil {
		return nil, err
	}
	if len(q.Sources) > 0 {
		if view.Given, err = o.judge.judge.Look(ctx, q.Sources); err != nil {
			return nil, fmt.Errorf("check picture: %w", err)
		}
	}
	values, err := o.judge.judge.Measure(ctx, view)
	if err != nil {
		return nil, fmt.Errorf("check picture: %w", err)
	}
	return o.judge.verdicts(values, view.Given != nil), nil
}

// borrow returns the opened model, which is not closed before it is released. The device
// is not taken.
func (r *Runner) borrow(ctx context.Context) (o *opened, release func(), err error) {
	for {
		if o = r.current(); o == nil {
			if err := r.exclusive(ctx, func(*opened) error { return nil }); err != nil {
				return nil, nil, err
			}
			continue
		}
		r.lent.RLock()
		if r.current() == o {
			return o, r.lent.RUnlock, nil
		}
		r.lent.RUnlock() // closed meanwhile
	}
}

// askedFor is the prompt in words that CLIP knows.
func (o *opened) askedFor(q workspace.CheckRequest) (string, error) {
	var uses []diffusion.Use
	for _, f := range q.Concepts {
		c, err := o.concepts.get(jobs.ConceptFile{Blob: f.Blob, File: f.File})
		if err != nil {
			return "", err
		}
		uses = append(uses, diffusion.Use{Concept: c})
	}
	return plainText(q.Prompt, uses), nil
}

// verdicts are the gate's in the studio's terms. Without given pictures there is nothing to
// say of the subject and of copying.
func (j *judge) verdicts(values gate.Values, given bool) []studio.Verdict {
	var list []studio.Verdict
	for _, v := range j.gate.Verdicts(values) {
		if !given && slices.Contains([]string{gate.Subject, gate.Copying}, v.Check) {
			continue
		}
		list = append(list, j.verdict(v))
	}
	return list
}

var outcomes = map[string]studio.Outcome{
	gate.Passed: studio.OutcomePassed, gate.Refused: studio.OutcomeRefused,
	gate.Doubtful: studio.OutcomeWarned, gate.Unknown: studio.OutcomeUnknown,
}

func (j *judge) verdict(v gate.Verdict) studio.Verdict {
	out := studio.Verdict{Check: v.Check, Outcome: outcomes[v.Outcome], Value: v.Value, Threshold: v.Threshold, AtMost: gate.AtMost(v.Check)}
	if out.Outcome == studio.OutcomeUnknown {
		out.Why = j.why(v)
	}
	if j.gate == nil {
		return out
	}
	if c, known := j.gate.Check(v.Check); known {
		out.GoodRefused, out.BadPassed = &c.Refused.Mean, &c.Passed.Mean
	}
	return out
}

// why is the reason for an unknown outcome.
func (j *judge) why(v gate.Verdict) string {
	switch {
	case j.broken:
		return studio.WhyFailed
	case j.judge == nil && j.gate == nil, v.Value == nil && v.Check != gate.Sharpness:
		return studio.WhyNoJudge
	case v.Threshold == nil:
		return studio.WhyNoThreshold
	}
	return studio.WhyTooSmall
}
