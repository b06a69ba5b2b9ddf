package workspace

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

// drafts are n drafts of one job.
func (s *scene) drafts(n int) (studio.Job, []string) {
	s.tb.Helper()
	j := s.claim(s.generating(n))
	var ids []string
	for i := range n {
		ids = append(ids, s.draw(j, i).ID)
	}
	return must[studio.Job](s.tb)(s.FinishJob(s.ctx, j.ProjectID, j.ID, nil)), ids
}

// evaluates runs a job of kind evaluate, as its worker does.
func (s *scene) evaluates(j studio.Job) Evaluation {
	s.tb.Helper()
	s.claim(j)
	for _, id := range s.paramsOf(j).Pictures {
		if err := s.EvaluatePicture(s.ctx, j.ProjectID, j.ID, id); err != nil {
			s.tb.Fatal(err)
		}
	}
	return must[Evaluation](s.tb)(EvaluationOf(must[studio.Job](s.tb)(s.FinishJob(s.ctx, j.ProjectID, j.ID, nil))))
}

func (s *scene) paramsOf(j studio.Job) (p EvaluateParams) {
	s.tb.Helper()
	if err := json.Unmarshal(j.Params, &p); err != nil {
		s.tb.Fatal(err)
	}
	return p
}

// verdictsInTurn is a Checker that gives its outcomes one after another.
type verdictsInTurn struct {
	outcomes []studio.Outcome
	asked    int
}

func (v *verdictsInTurn) Check(context.Context, CheckRequest) ([]studio.Verdict, error) {
	v.asked++
	return []studio.Verdict{{Check: studio.CheckPrompt, Outcome: v.outcomes[(v.asked-1)%len(v.outcomes)]}}, nil
}

// audited are the ids of the things that somebody did an action to.
func (s *scene) audited(action, by string) (ids []string) {
	s.tb.Helper()
	for e, err := range studio.All(func(p studio.Page) (studio.List[studio.AuditEntry], error) {
		return s.Audit(s.ctx, s.root, studio.AuditFilter{Action: action}, p)
	}) {
		if err != nil {
			s.tb.Fatal(err)
		}
		if e.Actor == by {
			ids = append([]string{e.Object}, ids...)
		}
	}
	return ids
}

// TestEvaluate goes through pictures of all kinds, and submits what none refuses in the
// name of who asked.
func TestEvaluate(t *testing.T) {
	s := setup(t)
	checker := &verdictsInTurn{outcomes: []studio.Outcome{studio.OutcomePassed, studio.OutcomeWarned, studio.OutcomeRefused, studio.OutcomeUnknown}}
	s.checks = checker
	drawn, ids := s.drafts(6)
	must[studio.Picture](t)(s.WithdrawPicture(s.ctx, s.approver, s.project, ids[5], "wrong"))
	j := must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{JobID: drawn.ID, Submit: true}))
	wantCode(t, s.DeletePicture(s.ctx, s.creator, s.project, ids[4]), "") // before its turn
	got := s.evaluates(j)
	want := Evaluation{
		Passed: 1, Warned: 2, Refused: 1, LeftOut: 1, Submitted: 3,
		Outcomes: map[string]Evaluated{ids[0]: EvaluatedPassed, ids[1]: EvaluatedWarned, ids[2]: EvaluatedRefused, ids[3]: EvaluatedWarned, ids[4]: EvaluatedLeftOut},
		Reasons:  got.Reasons,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(got.Reasons) != 1 || got.Reasons[0].Count != 1 || got.Reasons[0].Why.Japanese == "" {
		t.Errorf("reasons %+v", got.Reasons)
	}
	for i, state := range []studio.PictureState{studio.PictureSubmitted, studio.PictureSubmitted, studio.PictureDraft, studio.PictureSubmitted} {
		p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, ids[i]))
		by := map[bool]string{true: s.creator.User.ID}[state == studio.PictureSubmitted]
		if v := p.Verdict(studio.CheckPrompt); p.State != state || p.SubmittedBy != by || v == nil || v.Outcome != checker.outcomes[i] {
			t.Errorf("picture %d is %s by %q: %+v", i, p.State, p.SubmittedBy, p.Checks)
		}
	}
	if diff := cmp.Diff([]string{ids[0], ids[1], ids[3]}, s.audited("picture.submit", s.creator.User.ID)); diff != "" {
		t.Errorf("submissions in the record: %s", diff)
	}
	if diff := cmp.Diff([]string{ids[2]}, s.audited("picture.check", s.creator.User.ID)); diff != "" {
		t.Errorf("checks in the record: %s", diff)
	}
	t.Run("FourEyes", func(t *testing.T) {
		wantCode(t, s.decide(s.approver, ids[0], studio.DecisionApprove, ""), "")
		wantCode(t, second(s.Submit(s.ctx, s.creator, s.project, ids[2])), "") // a person may know better
	})
	s.verify()
}

func TestEvaluateChecksOnly(t *testing.T) {
	s := setup(t)
	s.checks = &verdictsInTurn{outcomes: []studio.Outcome{studio.OutcomePassed}}
	_, ids := s.drafts(2)
	j := must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: ids}))
	s.claim(j)
	wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[0]), "")
	got := s.evaluates(j)
	if n := len(s.audited("picture.check", s.creator.User.ID)); n != 2 {
		t.Errorf("%d checks in the record", n)
	}
	if p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, ids[1])); got.Passed != 2 || got.Submitted != 0 || p.State != studio.PictureDraft || len(p.Checks) == 0 {
		t.Errorf("%+v, %s with %+v", got, p.State, p.Checks)
	}
}

// TestEvaluateOnce asks twice for each picture: the second time nothing happens.
func TestEvaluateOnce(t *testing.T) {
	s := setup(t)
	checker := &verdictsInTurn{outcomes: []studio.Outcome{studio.OutcomePassed}}
	s.checks = checker
	_, ids := s.drafts(2)
	j := s.claim(must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: ids, Submit: true})))
	for range 2 {
		wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[0]), "")
	}
	wantCode(t, second(s.FinishJob(s.ctx, s.project, j.ID, nil)), studio.Conflict) // one is missing
	t.Run("Restart", func(t *testing.T) {
		must[[]studio.Job](t)(s.AbandonedJobs(s.ctx))
		if again := s.claim(j); again.Attempt != 2 {
			t.Errorf("attempt %d", again.Attempt)
		}
		wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[0]), "")
	})
	t.Run("Cancel", func(t *testing.T) {
		must[studio.Job](t)(s.CancelJob(s.ctx, s.creator, s.project, j.ID))
		wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[1]), studio.Conflict)
		must[studio.Job](t)(s.RetryJob(s.ctx, s.creator, s.project, j.ID))
	})
	want := Evaluation{Passed: 2, Submitted: 2, Outcomes: map[string]Evaluated{ids[0]: EvaluatedPassed, ids[1]: EvaluatedPassed}}
	if diff := cmp.Diff(want, s.evaluates(j)); diff != "" || checker.asked != 2 {
		t.Errorf("after %d checks, -want +got:\n%s", checker.asked, diff)
	}
	if n := len(s.audited("picture.submit", s.creator.User.ID)); n != 2 {
		t.Errorf("%d submissions in the record", n)
	}
}

// TestEvaluateLosesItsPerson stops where who asked may not submit any more.
func TestEvaluateLosesItsPerson(t *testing.T) {
	s := setup(t)
	_, ids := s.drafts(3)
	j := s.claim(must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: ids, Submit: true})))
	wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[0]), "")
	must[studio.Member](t)(s.SetRole(s.ctx, s.admin, s.project, s.creator.User.ID, studio.RoleViewer))
	wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[1]), studio.Forbidden)
	wantCode(t, s.RemoveMember(s.ctx, s.admin, s.project, s.creator.User.ID), "")
	wantCode(t, s.EvaluatePicture(s.ctx, s.project, j.ID, ids[1]), studio.Forbidden)
	if p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, ids[1])); p.State != studio.PictureDraft {
		t.Errorf("the picture is %s", p.State)
	}
}

// TestEvaluateBlockedWords keeps a draft whose words were blocked since, and says which.
func TestEvaluateBlockedWords(t *testing.T) {
	s := setup(t)
	_, ids := s.drafts(1) // of "a table"
	policy := must[studio.Policy](t)(s.Policy(s.ctx, s.root))
	policy.BlockedWords = []string{"table", "chair"}
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	got := s.evaluates(must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: ids, Submit: true})))
	p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, ids[0]))
	if v := p.Verdict(studio.CheckBlockedWords); got.Refused != 1 || p.State != studio.PictureDraft || v == nil || v.Outcome != studio.OutcomeRefused || !cmp.Equal(v.Words, []string{"table"}) {
		t.Errorf("%+v, %s: %+v", got, p.State, v)
	}
}

// TestEvaluateMarks refuses a picture that shows a protected mark, and leaves out one whose
// concept has gone.
func TestEvaluateMarks(t *testing.T) {
	s := setup(t)
	v := s.concept("")
	bad, gone := s.drawing(s.look(s.mark())), s.draft(v.ID)
	j := must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: []string{bad.ID, gone.ID}, Submit: true}))
	must[Withdrawal](t)(s.WithdrawConcept(s.ctx, s.approver, s.project, v.ID, "revoked"))
	if now := s.job(j.ID); now.State != studio.JobQueued {
		t.Fatalf("the job is %s", now.State)
	}
	got := s.evaluates(j)
	if got.Refused != 1 || got.LeftOut != 1 || got.Submitted != 0 {
		t.Errorf("%+v", got)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	s := setup(t)
	drawn, ids := s.drafts(2)
	v, learning := s.learning("")
	foreign := s.newProject()
	many := make([]string, MaxEvaluate+1)
	for name, c := range map[string]struct {
		r    EvaluateRequest
		want studio.Code
	}{
		"ErrNothing":  {EvaluateRequest{}, studio.Invalid},
		"ErrBoth":     {EvaluateRequest{PictureIDs: ids, JobID: drawn.ID}, studio.Invalid},
		"ErrTwice":    {EvaluateRequest{PictureIDs: []string{ids[0], ids[0]}}, studio.Invalid},
		"ErrUnknown":  {EvaluateRequest{PictureIDs: []string{ids[0], v.ID}}, studio.NotFound},
		"ErrTooMany":  {EvaluateRequest{PictureIDs: many}, studio.TooLarge},
		"ErrState":    {EvaluateRequest{PictureIDs: []string{s.submitted().ID}}, studio.Conflict},
		"ErrJob":      {EvaluateRequest{JobID: learning.ID}, studio.Invalid},
		"ErrNoDrafts": {EvaluateRequest{JobID: s.generating(1).ID}, studio.Conflict},
		"ErrNoTrial":  {EvaluateRequest{TrialID: drawn.ID}, studio.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, second(s.Evaluate(s.ctx, s.creator, s.project, c.r)), c.want)
		})
	}
	t.Run("ErrStateNamed", func(t *testing.T) {
		p := s.submitted()
		err := second(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: []string{p.ID}}))
		if !strings.Contains(err.Error(), p.ID) || !strings.Contains(err.Error(), "submitted") {
			t.Errorf("it says %v", err)
		}
	})
	t.Run("ErrForeign", func(t *testing.T) {
		wantCode(t, second(s.Evaluate(s.ctx, s.root, foreign, EvaluateRequest{PictureIDs: ids})), studio.NotFound)
		wantCode(t, second(s.Evaluate(s.ctx, s.root, foreign, EvaluateRequest{JobID: drawn.ID})), studio.NotFound)
	})
	t.Run("ErrUnderWay", func(t *testing.T) {
		must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: ids[:1]}))
		wantCode(t, second(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{JobID: drawn.ID})), studio.Conflict)
		wantCode(t, second(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{PictureIDs: ids[1:]})), "")
	})
}

// TestEvaluateTrial takes the drafts of a trial.
func TestEvaluateTrial(t *testing.T) {
	s := setup(t)
	v := must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{}))
	s.learn(s.job(v.JobIDs[0]))
	v = s.readTrial(v.ID)
	drawing := s.claim(s.job(v.JobIDs[1]))
	var ids []string
	for i := range v.Pictures() {
		ids = append(ids, s.draw(drawing, i).ID)
	}
	must[studio.Job](t)(s.FinishJob(s.ctx, s.project, drawing.ID, nil))
	j := must[studio.Job](t)(s.Evaluate(s.ctx, s.creator, s.project, EvaluateRequest{TrialID: v.ID, Submit: true}))
	if diff := cmp.Diff(ids, s.paramsOf(j).Pictures); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := s.evaluates(j); got.Submitted != len(ids) {
		t.Errorf("%+v", got)
	}
}
