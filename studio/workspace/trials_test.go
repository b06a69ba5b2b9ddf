package workspace

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func (s *scene) trialText() TrialText {
	s.tb.Helper()
	return TrialText{
		Name: "Spring", ProductLine: "Travel mug", SourceIDs: []string{s.source().ID}, Prompts: []string{"{product} in snow", "{product} on a desk"}, PerPrompt: 2,
		Baseline: studio.TrialBaseline{CostPerPicture: 30000, DaysPerPicture: 7, HoursOfStaff: 1, CostOfHour: 4000},
	}
}

func (s *scene) trial() studio.Trial {
	s.tb.Helper()
	return keep(s, "trial", func() studio.Trial {
		return must[studio.Trial](s.tb)(s.CreateTrial(s.ctx, s.creator, s.project, s.trialText()))
	})
}

func (s *scene) job(id string) studio.Job {
	s.tb.Helper()
	return must[studio.Job](s.tb)(s.Job(s.ctx, s.viewer, s.project, id))
}

func (s *scene) readTrial(id string) studio.Trial {
	s.tb.Helper()
	return must[studio.Trial](s.tb)(s.Trial(s.ctx, s.viewer, s.project, id))
}

// TestTrial goes from the plan to the report: learning, drawing, deciding.
func TestTrial(t *testing.T) {
	s := setup(t)
	v := must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{}))
	if v.State != studio.TrialRunning || len(v.JobIDs) != 1 || len(v.ConceptIDs) != 1 || v.Baseline.Currency != "JPY" || v.StartedBy != s.creator.User.ID {
		t.Fatalf("%+v", v)
	}
	wantCode(t, second(s.StartTrial(s.ctx, s.creator, s.project, v.ID, TrialStart{})), studio.Conflict)
	learning := s.job(v.JobIDs[0])
	s.claim(learning)
	s.clock.pass(30 * time.Minute)
	s.learn(learning)
	v = s.readTrial(v.ID)
	if len(v.JobIDs) != 2 || !v.Message.Empty() {
		t.Fatalf("after learning: %+v", v)
	}
	drawing := s.job(v.JobIDs[1])
	var params GenerateParams
	if err := json.Unmarshal(drawing.Params, &params); err != nil || len(params.Shots) != 4 || params.Shots[2].Prompt != "<travel-mug> on a desk" || drawing.CreatedBy != s.creator.User.ID {
		t.Fatalf("%+v %v", params, err)
	}
	s.claim(drawing)
	s.clock.pass(2 * time.Minute)
	var drawn []studio.Picture
	for i := range 4 {
		drawn = append(drawn, s.draw(drawing, i))
	}
	must[studio.Job](t)(s.FinishJob(s.ctx, s.project, drawing.ID, nil))
	if v = s.readTrial(v.ID); v.State != studio.TrialReviewing {
		t.Fatalf("after drawing: %+v", v)
	}
	wantCode(t, s.DeleteJob(s.ctx, s.creator, s.project, drawing.ID), studio.Conflict)
	for _, p := range drawn[:3] {
		must[studio.Picture](t)(s.Submit(s.ctx, s.creator, s.project, p.ID))
	}
	s.clock.pass(time.Hour)
	wantCode(t, s.decide(s.approver, drawn[0].ID, studio.DecisionApprove, ""), "")
	s.clock.pass(3 * time.Minute)
	wantCode(t, s.decide(s.approver, drawn[1].ID, studio.DecisionReject, "handle is bent"), "")
	s.clock.pass(16 * time.Minute) // lunch
	wantCode(t, s.decide(s.approver, drawn[2].ID, studio.DecisionApprove, ""), "")
	r := must[TrialReport](t)(s.TrialReport(s.ctx, s.viewer, s.project, v.ID))
	checkTrialReport(t, r)

	wantCode(t, s.DeletePicture(s.ctx, s.creator, s.project, drawn[3].ID), "")
	closed := must[studio.Trial](t)(s.CloseTrial(s.ctx, s.creator, s.project, v.ID, " worth it "))
	if closed.Conclusion != "worth it" || closed.ClosedAt.IsZero() {
		t.Errorf("%+v", closed)
	}
	r = must[TrialReport](t)(s.TrialReport(s.ctx, s.viewer, s.project, v.ID))
	if share := r.Calculation.Figure("approved_share"); share.Value != 0.5 || share.Samples != 4 || len(r.Pictures) != 3 {
		t.Errorf("closed, and what was deleted no longer counts: %+v", share)
	}
	for _, err := range []error{
		second(s.UpdateTrial(s.ctx, s.creator, s.project, v.ID, 0, s.trialText())), second(s.StartTrial(s.ctx, s.creator, s.project, v.ID, TrialStart{})),
		second(s.CloseTrial(s.ctx, s.creator, s.project, v.ID, "")),
	} {
		wantCode(t, err, studio.Conflict)
	}
	s.verify()
}

func checkTrialReport(t *testing.T, r TrialReport) {
	t.Helper()
	m := r.Measured
	if m.Drawn != 4 || m.Decided != 3 || m.Approved != 2 || m.Rejected != 1 || !m.Learned || m.MachinePictures != 4 || m.ReviewGaps != 1 || m.Waits != 3 || m.Finished != 2 {
		t.Errorf("%+v", m)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
	if !near(m.LearnMinutes, 30) || !near(m.MachineMinutes, 2) || !near(m.ReviewMinutes, 3) || !near(m.WaitHours, 3+22.0/60) || !near(m.Days*24, 2*(1+32.0/60)+19.0/60) {
		t.Errorf("%+v", m)
	}
	if len(r.Pictures) != 4 || r.Pictures[1].Decision == nil || r.Pictures[1].Decision.Reason != "handle is bent" || r.Pictures[3].Decision != nil || len(r.Sources) != 1 || len(r.Jobs) != 2 {
		t.Errorf("%+v", r)
	}
	if f := r.Calculation.Figure("machine_minutes"); f.Basis != studio.BasisMeasured || !near(f.Value, 0.5) {
		t.Errorf("%+v", f)
	}
	if f := r.Calculation.Figure("return_on_investment"); !f.Known || f.Value <= 0 || !(r.ShareLow < 2.0/3 && r.ShareHigh > 2.0/3) {
		t.Errorf("%+v, %v to %v", f, r.ShareLow, r.ShareHigh)
	}
}

func TestTrialPlan(t *testing.T) {
	s := setup(t)
	c := s.concept("")
	template := s.template() // {product} on a table, {season}
	text := s.trialText()
	text.SourceIDs, text.ConceptIDs, text.Prompts, text.TemplateID = nil, []string{c.ID}, nil, template.ID
	text.Rows = []map[string]string{{"season": "winter"}, {"product": "a red {product}"}}
	v := must[studio.Trial](t)(s.CreateTrial(s.ctx, s.creator, s.project, text))
	v = must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, v.ID, TrialStart{}))
	var params GenerateParams
	if err := json.Unmarshal(s.job(v.JobIDs[0]).Params, &params); err != nil {
		t.Fatal(err)
	}
	if params.TemplateID != template.ID || params.Shots[0].Prompt != "<mug> on a table, winter" || params.Shots[3].Prompt != "a red <mug> on a table, spring" {
		t.Errorf("%+v", params)
	}
	t.Run("OKBaselineLater", func(t *testing.T) {
		text := text
		text.Baseline.CostPerPicture = 1
		if got := must[studio.Trial](t)(s.UpdateTrial(s.ctx, s.creator, s.project, v.ID, v.Revision, text)); got.Baseline.CostPerPicture != 1 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("ErrPlanLater", func(t *testing.T) {
		text := text
		text.PerPrompt = 1
		wantCode(t, second(s.UpdateTrial(s.ctx, s.creator, s.project, v.ID, 0, text)), studio.Conflict)
		wantCode(t, second(s.UpdateTrial(s.ctx, s.creator, s.project, v.ID, v.Revision, text)), studio.Conflict) // stale
	})
	policy := studio.DefaultPolicy()
	policy.BlockedWords = []string{"rival"}
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	for name, c := range map[string]struct {
		change func(*TrialText)
		want   studio.Code
	}{
		"NoPhotos":      {func(v *TrialText) { v.SourceIDs = nil }, studio.Invalid},
		"NoPrompts":     {func(v *TrialText) { v.Prompts = nil }, studio.Invalid},
		"BlockedWord":   {func(v *TrialText) { v.Prompts = []string{"{product}", "{product} beside a rival"} }, studio.Invalid},
		"NoPlaceholder": {func(v *TrialText) { v.Prompts = []string{"a mug"} }, studio.Invalid},
	} {
		t.Run("ErrStart"+name, func(t *testing.T) {
			text := s.trialText()
			c.change(&text)
			v := must[studio.Trial](t)(s.CreateTrial(s.ctx, s.creator, s.project, text))
			wantCode(t, second(s.StartTrial(s.ctx, s.creator, s.project, v.ID, TrialStart{})), c.want)
			if v := s.readTrial(v.ID); v.State != studio.TrialPlanned || len(v.JobIDs) != 0 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// TestTrialStalls has a word be blocked while the trial learns, and allowed again.
func TestTrialStalls(t *testing.T) {
	s := setup(t)
	v := must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{}))
	policy := studio.DefaultPolicy()
	policy.BlockedWords = []string{"snow"}
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	s.learn(s.job(v.JobIDs[0]))
	if v = s.readTrial(v.ID); !strings.Contains(v.Message.English, "snow") || !strings.Contains(v.Message.Japanese, "禁止されている語") || len(v.JobIDs) != 1 || v.State != studio.TrialRunning {
		t.Fatalf("%+v", v)
	}
	wantCode(t, second(s.StartTrial(s.ctx, s.creator, s.project, v.ID, TrialStart{})), studio.Invalid)
	policy.BlockedWords = nil
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	if v = must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, v.ID, TrialStart{})); len(v.JobIDs) != 2 || !v.Message.Empty() {
		t.Errorf("%+v", v)
	}
	s.verify()
}

// TestTrialsShareNoName starts two of one product.
func TestTrialsShareNoName(t *testing.T) {
	s := setup(t)
	for range 2 {
		must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{}))
	}
	list, err := s.Concepts(s.ctx, s.viewer, s.project, studio.ConceptFilter{}, studio.Page{})
	if err != nil || len(list.Items) != 2 || list.Items[0].Name != "Travel mug (2)" {
		t.Errorf("%+v %v", list.Items, err)
	}
}

// TestDeleteTrial deletes trials in each state: pictures and jobs stay.
func TestDeleteTrial(t *testing.T) {
	s := setup(t)
	planned := s.trial()
	wantCode(t, s.DeleteTrial(s.ctx, s.creator, s.project, planned.ID), "")
	wantCode(t, second(s.Trial(s.ctx, s.viewer, s.project, planned.ID)), studio.NotFound)
	v := must[studio.Trial](t)(s.StartTrial(s.ctx, s.creator, s.project, s.trial().ID, TrialStart{}))
	wantCode(t, s.DeleteTrial(s.ctx, s.creator, s.project, v.ID), studio.Forbidden)
	wantCode(t, s.DeleteTrial(s.ctx, s.admin, s.project, v.ID), studio.Conflict) // it runs
	s.learn(s.job(v.JobIDs[0]))
	drawing := s.claim(s.job(s.readTrial(v.ID).JobIDs[1]))
	for i := range 4 {
		s.draw(drawing, i)
	}
	must[studio.Job](t)(s.FinishJob(s.ctx, s.project, drawing.ID, nil))
	wantCode(t, s.DeleteTrial(s.ctx, s.approver, s.project, v.ID), studio.Forbidden)
	wantCode(t, s.DeleteTrial(s.ctx, s.admin, s.project, v.ID), "")
	if list := must[studio.List[studio.Picture]](t)(s.Pictures(s.ctx, s.viewer, s.project, studio.PictureFilter{JobID: drawing.ID}, studio.Page{})); len(list.Items) != 4 {
		t.Errorf("%d pictures are left", len(list.Items))
	}
	entries, err := s.Audit(s.ctx, s.admin, studio.AuditFilter{ProjectID: s.project, Action: "trial.delete"}, studio.Page{})
	if err != nil || len(entries.Items) != 2 || !strings.Contains(string(entries.Items[0].Detail), drawing.ID) {
		t.Errorf("%+v %v", entries.Items, err)
	}
	wantCode(t, s.DeleteJob(s.ctx, s.creator, s.project, drawing.ID), "") // no trial needs it any more
	s.verify()
}
