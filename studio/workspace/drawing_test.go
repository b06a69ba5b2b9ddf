package workspace

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
)

func TestGenerate(t *testing.T) {
	s := setup(t)
	v := s.concept("")
	seed := int64(41)
	t.Run("OK", func(t *testing.T) {
		j := must[studio.Job](t)(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "<mug> in snow", ConceptIDs: []string{v.ID}, Count: 3, Seed: &seed, Name: "Sato\n"}))
		var p GenerateParams
		if err := json.Unmarshal(j.Params, &p); err != nil {
			t.Fatal(err)
		}
		if len(p.Shots) != 3 || !cmp.Equal(p.Shots[2], Shot{Prompt: "<mug> in snow", Seed: 43, Name: "Sato"}) || p.ConceptIDs[0] != v.ID {
			t.Errorf("%+v", p)
		}
	})
	_, unfinished, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: "Later", Placeholder: "<later>", SourceIDs: []string{s.source().ID}})
	if err != nil {
		t.Fatal(err)
	}
	refs, _ := refsOf(unfinished)
	nan, negative := math.NaN(), int64(-1)
	for name, c := range map[string]struct {
		r    GenerateRequest
		want studio.Code
	}{
		"NoPrompt":      {GenerateRequest{Prompt: " "}, studio.Invalid},
		"LongPrompt":    {GenerateRequest{Prompt: strings.Repeat("あ", studio.MaxText+1)}, studio.Invalid},
		"NotUTF8":       {GenerateRequest{Prompt: "a", NegativePrompt: "\xff"}, studio.Invalid},
		"NoPlaceholder": {GenerateRequest{Prompt: "a mug", ConceptIDs: []string{v.ID}}, studio.Invalid},
		"Twice":         {GenerateRequest{Prompt: "<mug>", ConceptIDs: []string{v.ID, v.ID}}, studio.Invalid},
		"NotReady":      {GenerateRequest{Prompt: "<later>", ConceptIDs: []string{refs.ConceptID}}, studio.Conflict},
		"NoConcept":     {GenerateRequest{Prompt: "<x>", ConceptIDs: []string{s.NewID()}}, studio.NotFound},
		"NoTemplate":    {GenerateRequest{TemplateID: s.NewID()}, studio.NotFound},
		"Count":         {GenerateRequest{Prompt: "a", Count: MaxCount + 1}, studio.Invalid},
		"Negative":      {GenerateRequest{Prompt: "a", Count: -1}, studio.Invalid},
		"Seed":          {GenerateRequest{Prompt: "a", Seed: &negative}, studio.Invalid},
		"OneSide":       {GenerateRequest{Prompt: "a", Width: 512}, studio.Invalid},
		"Side":          {GenerateRequest{Prompt: "a", Width: 1 << 20, Height: 512}, studio.Invalid},
		"Steps":         {GenerateRequest{Prompt: "a", Steps: -1}, studio.Invalid},
		"Guidance":      {GenerateRequest{Prompt: "a", Guidance: nan}, studio.Invalid},
		"Fidelity":      {GenerateRequest{Prompt: "a", Fidelity: &nan}, studio.Invalid},
	} {
		t.Run("Err"+name, func(t *testing.T) { wantCode(t, second(s.Generate(s.ctx, s.creator, s.project, c.r)), c.want) })
	}
}

func TestLearnConcept(t *testing.T) {
	s := setup(t)
	source := s.source()
	parent := s.concept("", source.ID)
	child := s.concept(parent.ID, source.ID)
	if child.Version != 2 || child.Name != parent.Name || child.Placeholder != parent.Placeholder {
		t.Errorf("%+v", child)
	}
	for name, c := range map[string]struct {
		r    LearnRequest
		want studio.Code
	}{
		"TakenName":   {LearnRequest{Name: parent.Name, Placeholder: "<m>", SourceIDs: []string{source.ID}}, studio.Conflict},
		"NoName":      {LearnRequest{Placeholder: "<m>", SourceIDs: []string{source.ID}}, studio.Invalid},
		"Placeholder": {LearnRequest{Name: "N", Placeholder: "m", SourceIDs: []string{source.ID}}, studio.Invalid},
		"NoSources":   {LearnRequest{Name: "N", Placeholder: "<m>"}, studio.Invalid},
		"Twice":       {LearnRequest{Name: "N", Placeholder: "<m>", SourceIDs: []string{source.ID, source.ID}}, studio.Invalid},
		"Unknown":     {LearnRequest{Name: "N", Placeholder: "<m>", SourceIDs: []string{s.NewID()}}, studio.NotFound},
		"Parent":      {LearnRequest{ParentID: s.NewID(), SourceIDs: []string{source.ID}}, studio.NotFound},
		"Steps":       {LearnRequest{Name: "N", Placeholder: "<m>", SourceIDs: []string{source.ID}, Steps: -1}, studio.Invalid},
	} {
		t.Run("Err"+name, func(t *testing.T) { wantCode(t, third(s.LearnConcept(s.ctx, s.creator, s.project, c.r)), c.want) })
	}
	wantCode(t, s.DeleteConcept(s.ctx, s.creator, s.project, parent.ID), studio.Conflict) // its child
	wantCode(t, second(s.SetFidelity(s.ctx, s.creator, s.project, child.ID, child.Revision, 2)), studio.Invalid)
	wantCode(t, second(s.SetFidelity(s.ctx, s.creator, s.project, child.ID, child.Revision+1, 1)), studio.Conflict)
}

func TestGuideline(t *testing.T) {
	s := setup(t)
	policy := studio.DefaultPolicy()
	policy.GuidelineEnglish, policy.GuidelineJapanese, policy.GuidelineVersion = "Be kind.", "思いやりを。", 70
	policy = must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	if policy.GuidelineVersion != 1 {
		t.Fatalf("version %d", policy.GuidelineVersion)
	}
	draw := func() error {
		return second(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: "a table"}))
	}
	wantCode(t, draw(), studio.Forbidden)
	wantCode(t, second(s.AcknowledgeGuideline(s.ctx, s.creator, 2)), studio.Conflict)
	wantCode(t, second(s.AcknowledgeGuideline(s.ctx, s.creator, 1)), "")
	wantCode(t, draw(), "")
	policy.GuidelineEnglish = "Be very kind."
	must[studio.Policy](t)(s.UpdatePolicy(s.ctx, s.root, policy))
	wantCode(t, draw(), studio.Forbidden)
}

func TestBatch(t *testing.T) {
	s := setup(t)
	template := s.template() // {product} on a table, {season}
	v := s.concept("")
	template = must[studio.Template](t)(s.UpdateTemplate(s.ctx, s.creator, s.project, template.ID, template.Revision, TemplateText{
		Name: "Campaign", Prompt: "{product} on a table, {season}", NegativePrompt: "blur", Defaults: template.Defaults,
		Settings: json.RawMessage(`{"width":256,"height":128,"steps":12}`),
	}))
	seed := int64(5)
	r := BatchRequest{TemplateID: template.ID, ConceptIDs: []string{v.ID}, PerRow: 2, Seed: &seed, Rows: []map[string]string{
		{"product": "<mug>", "name": "Sato", "phone": "ignored"}, {"product": "a <mug>", "season": "winter {x}", "name": "Suzuki"},
	}}
	plan := must[Plan](t)(s.PlanBatch(s.ctx, s.creator, s.project, r))
	if plan.Count != 4 || plan.Bytes != 4*256*128*3 || plan.Seconds != 0 {
		t.Errorf("%+v", plan)
	}
	j := must[studio.Job](t)(s.Batch(s.ctx, s.creator, s.project, r))
	var p BatchParams
	if err := json.Unmarshal(j.Params, &p); err != nil {
		t.Fatal(err)
	}
	want := Shot{Prompt: "a <mug> on a table, winter {x}", NegativePrompt: "blur", Seed: 8, Name: "Suzuki", Fields: map[string]string{"product": "a <mug>", "season": "winter {x}"}}
	if len(p.Shots) != 4 || !cmp.Equal(p.Shots[3], want) || p.Width != 256 || p.Steps != 12 || p.PerRow != 2 {
		t.Errorf("%+v", p)
	}
	s.claim(j)
	s.clock.pass(8 * time.Second)
	for i := range 4 {
		s.draw(j, i)
	}
	must[studio.Job](t)(s.FinishJob(s.ctx, s.project, j.ID, nil))
	if plan := must[Plan](t)(s.PlanBatch(s.ctx, s.creator, s.project, r)); plan.Seconds != 8 || plan.Bytes >= 4*256*128*3 {
		t.Errorf("after one batch: %+v", plan)
	}
	for name, c := range map[string]struct {
		change func(r *BatchRequest)
		want   studio.Code
	}{
		"NoTemplate": {func(r *BatchRequest) { r.TemplateID = "" }, studio.Invalid},
		"NoRows":     {func(r *BatchRequest) { r.Rows = nil }, studio.Invalid},
		"Field":      {func(r *BatchRequest) { r.Rows = []map[string]string{{"product": "<mug>"}, {"name": "x"}} }, studio.Invalid},
		"TooMany":    {func(r *BatchRequest) { r.Rows = make([]map[string]string, MaxBatch); r.PerRow = 2 }, studio.TooLarge},
		"TooLarge": {func(r *BatchRequest) {
			r.PerRow = 64
			r.Rows = make([]map[string]string, 20)
			for i := range r.Rows {
				r.Rows[i] = map[string]string{"product": "<mug> " + strings.Repeat("x", 3900)}
			}
		}, studio.TooLarge},
	} {
		t.Run("Err"+name, func(t *testing.T) {
			r := r
			c.change(&r)
			err := second(s.Batch(s.ctx, s.creator, s.project, r))
			wantCode(t, err, c.want)
			if name == "Field" && !strings.Contains(err.Error(), "row 2") {
				t.Errorf("does not say which row: %v", err)
			}
		})
	}
}

func TestTemplateSuccess(t *testing.T) {
	s := setup(t)
	template := s.template()
	j := must[studio.Job](t)(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{TemplateID: template.ID, Fields: map[string]string{"product": "tea"}, Count: 2}))
	s.claim(j)
	p := s.draw(j, 0)
	s.draw(j, 1)
	rate := func() float64 {
		v := must[studio.Template](t)(s.Template(s.ctx, s.viewer, s.project, template.ID))
		rate, _ := v.SuccessRate()
		return rate
	}
	must[studio.Picture](t)(s.Submit(s.ctx, s.creator, s.project, p.ID))
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionApprove, ""), "")
	if rate() != 0.5 {
		t.Errorf("rate %v", rate())
	}
	wantCode(t, s.decide(s.approver, p.ID, studio.DecisionRequestChange, "after all"), "")
	if rate() != 0 {
		t.Errorf("rate %v", rate())
	}
	wantCode(t, s.DeleteTemplate(s.ctx, s.creator, s.project, template.ID), "")
	if p := must[studio.Picture](t)(s.Picture(s.ctx, s.viewer, s.project, p.ID)); p.TemplateID != "" || p.Prompt != "tea on a table, spring" {
		t.Errorf("%+v", p)
	}
}

func TestTemplateFromCase(t *testing.T) {
	s := setup(t)
	made := must[studio.Template](t)(s.TemplateFromCase(s.ctx, s.creator, s.project, s.example().ID, "From a good one"))
	if made.Prompt != "a table" || made.CaseID == "" || !strings.Contains(string(made.Settings), `"steps":12`) || strings.Contains(string(made.Settings), "width") {
		t.Errorf("%+v %s", made, made.Settings)
	}
	wantCode(t, second(s.CreateTemplate(s.ctx, s.creator, s.project, TemplateText{Name: "T", Prompt: "x", Settings: json.RawMessage(`{"steps":-4}`)})), studio.Invalid)
	wantCode(t, second(s.CreateTemplate(s.ctx, s.creator, s.project, TemplateText{Name: "T", Prompt: "x", Settings: json.RawMessage(`[1]`)})), studio.Invalid)
}
