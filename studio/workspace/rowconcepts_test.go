package workspace

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

// named is a concept that is ready, with its own word.
func (s *scene) named(name, placeholder, parent string) studio.Concept {
	s.tb.Helper()
	_, j, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: name, Placeholder: placeholder, SourceIDs: []string{s.source().ID}, ParentID: parent})
	if err != nil {
		s.tb.Fatal(err)
	}
	return s.learn(j)
}

// TestRowConcepts draws a table whose rows are of different concepts.
func TestRowConcepts(t *testing.T) {
	s := setup(t)
	template := s.template() // {product} on a table, {season}
	cup, mug := s.named("Cup; blue", "<cup>", ""), s.named("Mug", "<mug>", "")
	newer := s.named("", "", mug.ID)
	_, _, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{ParentID: newer.ID, SourceIDs: []string{s.source().ID}}) // not ready
	if err != nil {
		t.Fatal(err)
	}
	r := BatchRequest{TemplateID: template.ID, PerRow: 2, Rows: []map[string]string{
		{"concept": "Mug"}, {"concept": cup.ID, "product": "two <cup>"}, {"product": "tea"}, {"concept": " Mug；Cup; blue", "product": "a <mug> and a <cup>"},
	}}
	t.Run("ErrSeveral", func(t *testing.T) { // "Cup" and "blue" are no names
		err := second(s.PlanBatch(s.ctx, s.creator, s.project, r))
		if wantCode(t, err, studio.Invalid); !strings.Contains(err.Error(), `row 4: column "concept"`) || !strings.Contains(err.Error(), `"Cup"`) {
			t.Error(err)
		}
	})
	r.Rows[3]["concept"] = "Mug；" + cup.ID
	plan := must[Plan](t)(s.PlanBatch(s.ctx, s.creator, s.project, r))
	want := []PlannedConcept{{newer.ID, "Mug", 2, 4}, {cup.ID, "Cup; blue", 1, 4}}
	if diff := cmp.Diff(want, plan.Concepts); diff != "" || plan.Count != 8 {
		t.Errorf("%d pictures (-want +got):\n%s", plan.Count, diff)
	}
	j := s.claim(must[studio.Job](t)(s.Batch(s.ctx, s.creator, s.project, r)))
	var drawn [][]string
	for i := range 8 {
		if p := s.draw(j, i); i%2 == 0 {
			drawn = append(drawn, append([]string{p.Prompt}, p.ConceptIDs...))
		}
	}
	wantDrawn := [][]string{
		{"<mug> on a table, spring", newer.ID}, {"two <cup> on a table, spring", cup.ID}, {"tea on a table, spring"},
		{"a <mug> and a <cup> on a table, spring", newer.ID, cup.ID},
	}
	if diff := cmp.Diff(wantDrawn, drawn); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
	must[studio.Job](t)(s.FinishJob(s.ctx, s.project, j.ID, nil))
	t.Run("Withdrawn", func(t *testing.T) { // the job is known to use each of them
		next := must[studio.Job](t)(s.Batch(s.ctx, s.creator, s.project, r))
		w := must[Withdrawal](t)(s.WithdrawConcept(s.ctx, s.approver, s.project, cup.ID, "bad"))
		if len(w.Pictures) != 4 || s.job(next.ID).State != studio.JobCancelled {
			t.Errorf("%d pictures were withdrawn, the job is %s", len(w.Pictures), s.job(next.ID).State)
		}
	})
	s.verify()
}

func TestRowConceptsRefused(t *testing.T) {
	s := setup(t)
	template := s.template()
	gone := s.named("Gone", "<gone>", "")
	must[Withdrawal](t)(s.WithdrawConcept(s.ctx, s.approver, s.project, gone.ID, "bad"))
	_, _, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: "Later", Placeholder: "<later>", SourceIDs: []string{s.source().ID}})
	if err != nil {
		t.Fatal(err)
	}
	s.named("Mug", "<mug>", "")
	for i := range MaxConcepts + 1 {
		s.named(fmt.Sprint("C", i), fmt.Sprintf("<c%d>", i), "")
	}
	for name, c := range map[string]struct {
		row  map[string]string
		want studio.Code
		says string
	}{
		"Unknown":   {map[string]string{"concept": "Cup"}, studio.Invalid, `no concept "Cup"`},
		"Withdrawn": {map[string]string{"concept": "Gone"}, studio.Forbidden, "withdrawn"},
		"NotReady":  {map[string]string{"concept": "Later"}, studio.Conflict, "not ready"},
		"Many":      {map[string]string{"concept": "C0;C1;C2;C3;C4"}, studio.Invalid, "at most 4"},
		"NotMeant":  {map[string]string{"concept": "Mug", "product": "a cup"}, studio.Invalid, "does not mention <mug>"},
	} {
		t.Run("Err"+name, func(t *testing.T) {
			r := BatchRequest{TemplateID: template.ID, Rows: []map[string]string{{"product": "tea"}, c.row}, Columns: map[string]string{ConceptField: "商品"}}
			err := second(s.Batch(s.ctx, s.creator, s.project, r))
			wantCode(t, err, c.want)
			if !strings.Contains(err.Error(), "row 2: ") || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), `column "商品"`) == (name == "NotMeant") {
				t.Error(err)
			}
		})
	}
	t.Run("OKFieldOfTemplate", func(t *testing.T) { // then it is no choice
		own := must[studio.Template](t)(s.CreateTemplate(s.ctx, s.creator, s.project, TemplateText{Name: "Idea", Prompt: "{concept} on a table"}))
		j := must[studio.Job](t)(s.Batch(s.ctx, s.creator, s.project, BatchRequest{TemplateID: own.ID, Rows: []map[string]string{{"concept": "calm"}}}))
		var p BatchParams
		if err := json.Unmarshal(j.Params, &p); err != nil || p.Shots[0].Prompt != "calm on a table" || p.Shots[0].ConceptIDs != nil {
			t.Errorf("%+v %v", p, err)
		}
	})
}
