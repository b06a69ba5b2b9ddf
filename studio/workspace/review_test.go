package workspace

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

func (s *scene) decide(a Actor, id string, d studio.Decision, reason string) error {
	return third(s.Decide(s.ctx, a, s.project, id, d, reason))
}

func TestFourEyes(t *testing.T) {
	s := setup(t)
	p := s.draft()
	must[studio.Picture](t)(s.Submit(s.ctx, s.approver, s.project, p.ID))
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), studio.Forbidden)
	wantCode(t, s.decide(s.admin, p.ID, studio.DecisionApprove, ""), "")
	policy := studio.DefaultPolicy()
	policy.FourEyes = false
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	p = s.draft()
	must[studio.Picture](t)(s.Submit(s.ctx, s.approver, s.project, p.ID))
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), "")
}

func TestWayOfAPicture(t *testing.T) {
	s := setup(t)
	p := s.draft()
	publish := func() error { return second(s.Publish(s.ctx, s.approver, s.project, p.ID)) }
	wantCode(t, publish(), studio.Conflict)
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), studio.Conflict)
	wantCode(t, second(s.Submit(s.ctx, s.creator, s.project, p.ID)), "")
	wantCode(t, publish(), studio.Conflict)
	wantCode(t, s.DeletePicture(s.ctx, s.creator, s.project, p.ID), studio.Conflict)
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionRequestChange, " "), studio.Invalid)
	wantCode(t, s.decide(s.approver, p.ID, "perhaps", "x"), studio.Invalid)
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionRequestChange, "warmer light"), "")
	wantCode(t, second(s.Submit(s.ctx, s.creator, s.project, p.ID)), "")
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), "")
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), studio.Conflict)
	wantCode(t, publish(), "")
	wantCode(t, second(s.Unpublish(s.ctx, s.approver, s.project, p.ID, "")), studio.Invalid)
	wantCode(t, second(s.Unpublish(s.ctx, s.approver, s.project, p.ID, "typo")), "")
	reviews := must[studio.List[studio.Review]](t)(s.PictureReviews(s.ctx, s.viewer, s.project, p.ID, studio.Page{}))
	if len(reviews.Items) != 2 || reviews.Items[0].Decision != studio.DecisionApprove || reviews.Items[1].Reason != "warmer light" {
		t.Errorf("%+v", reviews.Items)
	}
	s.verify()
}

// fakeChecker is a Checker that says what it is told.
type fakeChecker struct {
	checks []studio.Verdict
	err    error
	slow   bool
	asked  CheckRequest
}

func (f *fakeChecker) Check(ctx context.Context, r CheckRequest) ([]studio.Verdict, error) {
	f.asked = r
	if f.slow {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return f.checks, f.err
}

func TestChecks(t *testing.T) {
	s := setup(t)
	f := &fakeChecker{checks: []studio.Verdict{
		{Check: studio.CheckSubject, Outcome: studio.OutcomePassed, Value: new(0.83)}, {Check: studio.CheckCopying, Outcome: studio.OutcomeRefused, Value: new(0.99)},
	}}
	s.checks = f
	v := s.concept("", s.source().ID, s.source().ID)
	p := s.submitted(v.ID)
	want := append(slices.Clone(f.checks), studio.Verdict{Check: studio.CheckBlockedWords, Outcome: studio.OutcomePassed})
	if diff := cmp.Diff(want, p.Checks); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r := f.asked; len(r.Sources) != 2 || len(r.Concepts) != 1 || r.Concepts[0].Blob != v.Blob || r.Prompt != p.Prompt || r.Picture.Width != p.Width {
		t.Errorf("asked of %d sources, %d concepts, %q", len(r.Sources), len(r.Concepts), r.Prompt)
	}
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), "") // the verdicts advise
}

// TestChecksFail hands a picture in whose checks fail or take too long, and has them made
// again.
func TestChecksFail(t *testing.T) {
	for _, c := range []struct {
		name, why string
		checker   *fakeChecker
	}{
		{"failed", studio.WhyFailed, &fakeChecker{err: errors.New("no device")}},
		{"too long", studio.WhyTooLong, &fakeChecker{slow: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setup(t)
			s.checks, s.checkTime = c.checker, time.Millisecond
			p := s.submitted(s.concept("").ID)
			for _, name := range []string{studio.CheckSubject, studio.CheckPrompt, studio.CheckSharpness, studio.CheckCopying} {
				if v := p.Verdict(name); v == nil || v.Outcome != studio.OutcomeUnknown || v.Why != c.why {
					t.Errorf("%s: %+v", name, v)
				}
			}
			s.checks, s.checkTime = &fakeChecker{checks: []studio.Verdict{{Check: studio.CheckPrompt, Outcome: studio.OutcomeWarned}}}, time.Minute
			p = must[studio.Picture](t)(s.CheckAgain(s.ctx, s.approver, s.project, p.ID))
			if v := p.Verdict(studio.CheckPrompt); v.Outcome != studio.OutcomeWarned || p.Verdict(studio.CheckCopying) != nil {
				t.Errorf("%+v", p.Checks)
			}
		})
	}
	t.Run("ErrCancelled", func(t *testing.T) {
		s := setup(t)
		p := s.draft()
		s.checks = &fakeChecker{slow: true}
		ctx, cancel := context.WithTimeout(s.ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := s.Submit(ctx, s.creator, s.project, p.ID); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ErrDraft", func(t *testing.T) {
		s := setup(t)
		wantCode(t, second(s.CheckAgain(s.ctx, s.approver, s.project, s.draft().ID)), studio.Conflict)
	})
}

func TestBlockedWords(t *testing.T) {
	words := []string{"ass", "Nude", "裸", "C++", "buy now"}
	for text, want := range map[string]int{
		"a glass of tea": 0, "an ASS on a table": 1, "ｎｕｄｅ": 1, "裸足で": 1, "nu\u200bde": 1, "denuded": 0, "class, pass": 0,
		"C++ logo": 1, "buy  now!": 1, "ass-bass": 1, "assass": 0, "": 0, "assé": 0,
	} {
		if got := blockedWords(text, words); len(got) != want {
			t.Errorf("%q has %v, want %d", text, got, want)
		}
	}
	s := setup(t)
	p := s.draft() // "a table"
	policy := studio.DefaultPolicy()
	policy.BlockedWords = []string{"table"}
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	wantCode(t, second(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "a TABLE"})), studio.Invalid)
	wantCode(t, second(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "tablets"})), "")
	wantCode(t, second(s.Submit(s.ctx, s.creator, s.project, p.ID)), studio.Invalid)
}

func TestRightsEndBeforePublication(t *testing.T) {
	s := setup(t)
	source := s.source()
	ending := good
	ending.Expires = s.clock.Now().Add(time.Hour)
	must[studio.Source](t)(s.UpdateRights(s.ctx, s.creator, s.project, source.ID, RightsChange{Rights: ending, Confirmed: true}))
	p := s.approved(s.concept("", source.ID).ID)
	s.clock.pass(2 * time.Hour)
	wantCode(t, second(s.Publish(s.ctx, s.approver, s.project, p.ID)), studio.Expired)
	wantCode(t, second(s.Export(s.ctx, s.creator, s.project, ExportRequest{PictureIDs: []string{p.ID}, Format: "zip"})), studio.Expired)
}
