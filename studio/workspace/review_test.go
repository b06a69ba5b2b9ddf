package workspace

import (
	"context"
	"errors"
	"testing"
	"time"

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
	checks  Checks
	err     error
	sources int
}

func (f *fakeChecker) Check(_ context.Context, picture []byte, sources [][]byte, _ string) (Checks, error) {
	f.sources = len(sources)
	if len(picture) == 0 {
		return nil, errors.New("no picture")
	}
	return f.checks, f.err
}

func TestChecks(t *testing.T) {
	s := setup(t)
	f := &fakeChecker{checks: Checks{"subject": {Value: 0.83, Passed: true}, "copying": {Value: 0.99}}}
	s.checks = f
	v := s.concept("", s.source().ID, s.source().ID)
	p := s.submitted(v.ID)
	for name, want := range map[string]float64{
		"subject": 0.5, "check_subject": 0.83, "check_subject_passed": 1, "check_copying": 0.99, "check_copying_passed": 0, "check_blocked_words_passed": 1,
	} {
		if got, ok := p.Scores[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if f.sources != 2 {
		t.Errorf("compared with %d sources", f.sources)
	}
	f.err = errors.New("no scorer")
	wantCode(t, second(s.Submit(s.ctx, s.creator, s.project, s.draft().ID)), studio.Internal)
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
