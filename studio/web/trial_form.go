package web

import (
	"fmt"
	"maps"
	"math"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// trialStep is one of the four steps in which a trial is planned.
type trialStep struct {
	path string
	name text
}

var trialSteps = []trialStep{
	{"product", text{"Product and target", "商品と対象"}},
	{"photos", text{"Photos and rights", "写真と権利"}},
	{"prompts", text{"Pictures to draw", "生成する画像"}},
	{"baseline", text{"Today's cost and time", "現在の費用と時間"}},
}

// trialText is a trial's plan as it is stored, to change a part of it.
func trialText(t studio.Trial) workspace.TrialText {
	return workspace.TrialText{
		Name: t.Name, ProductLine: t.ProductLine, Audience: t.Audience, Goal: t.Goal, SourceIDs: t.SourceIDs, ConceptIDs: t.ConceptIDs,
		Prompts: t.Prompts, TemplateID: t.TemplateID, Rows: t.Rows, PerPrompt: t.PerPrompt, Baseline: t.Baseline, Assumptions: t.Assumptions,
	}
}

// changeTrial changes a trial's plan and leads on: to the next step, or to the trial.
func (v *visit) changeTrial(next string, change func(*studio.Trial, *workspace.TrialText) error) error {
	t, err := v.trialOfPath()
	if err != nil {
		return err
	}
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	plan := trialText(t)
	if err := change(&t, &plan); err != nil {
		return err
	}
	if _, err := v.work().UpdateTrial(v.ctx(), v.actor, v.project.ID, t.ID, revision, plan); err != nil {
		return err
	}
	if next == "" || t.State != studio.TrialPlanned {
		return v.redirect(v.path("trials", t.ID), "saved")
	}
	return v.redirect(v.path("trials", t.ID, next), "")
}

func newTrialPage(v *visit) error {
	v.section = sectionTrials
	return v.show(text{"New trial", "新しいトライアル"}, trialProduct(v, studio.Trial{}))
}

func (v *visit) readProduct(plan *workspace.TrialText) {
	plan.Name, plan.ProductLine = v.field("name"), v.field("product_line")
	plan.Audience, plan.Goal = v.field("audience"), v.field("goal")
}

func createTrial(v *visit) error {
	var plan workspace.TrialText
	v.readProduct(&plan)
	t, err := v.work().CreateTrial(v.ctx(), v.actor, v.project.ID, plan)
	if err != nil {
		return err
	}
	return v.redirect(v.path("trials", t.ID, "photos"), "")
}

// trialStepPage shows a step's form for a trial that is not closed.
func (v *visit) trialStepPage(name text, t studio.Trial, page func() error) error {
	if !v.mayPlan(&t) {
		return v.redirect(v.path("trials", t.ID), "")
	}
	v.section, v.title = sectionTrials, v.say(name)
	return page()
}

func trialProductPage(v *visit) error {
	t, err := v.trialOfPath()
	if err != nil {
		return err
	}
	return v.trialStepPage(trialSteps[0].name, t, func() error { return v.show(trialSteps[0].name, trialProduct(v, t)) })
}

func setTrialProduct(v *visit) error {
	return v.changeTrial("photos", func(_ *studio.Trial, plan *workspace.TrialText) error {
		v.readProduct(plan)
		return nil
	})
}

// trialChoice is what a trial may be of.
type trialChoice struct {
	trial    studio.Trial
	sources  []studio.Source
	concepts []studio.Concept
}

func trialPhotosPage(v *visit) error {
	t, err := v.trialOfPath()
	if err != nil {
		return err
	}
	c := trialChoice{trial: t}
	sources, err := v.work().Sources(v.ctx(), v.actor, v.project.ID, studio.SourceFilter{Withdrawn: new(false)}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	for _, s := range sources.Items {
		if s.Usable(v.now) == nil || slices.Contains(t.SourceIDs, s.ID) {
			c.sources = append(c.sources, s)
		}
	}
	concepts, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{State: studio.ConceptReady}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	c.concepts = concepts.Items
	return v.trialStepPage(trialSteps[1].name, t, func() error { return v.show(trialSteps[1].name, trialPhotos(v, c)) })
}

// setTrialPhotos takes chosen photos and new ones, or a concept.
func setTrialPhotos(v *visit) error {
	return v.changeTrial("prompts", func(t *studio.Trial, plan *workspace.TrialText) error {
		if t.State != studio.TrialPlanned {
			return nil // they stay
		}
		plan.SourceIDs, plan.ConceptIDs = nil, nil
		if concept := v.field("concept"); concept != "" {
			plan.ConceptIDs = []string{concept}
			return nil
		}
		plan.SourceIDs = slices.Clone(v.r.Form["source"])
		photos := v.r.MultipartForm.File["photo"]
		photos = slices.DeleteFunc(photos, func(p *multipart.FileHeader) bool { return p.Size == 0 && p.Filename == "" })
		switch {
		case len(photos) > uploads:
			return badField("", "At most %d photos at once.", "一度に登録できる写真は%d枚までです。", uploads)
		case len(photos) > 0 && !v.ticked("confirmed"):
			return badField("", "Please confirm that you may use the photo.", "写真の使用権限を確認し、チェックを入れてください。")
		case len(photos)+len(plan.SourceIDs) == 0:
			return badField("", "Choose a photo of the product.", "商品の写真を選択してください。")
		}
		rights, err := v.rights()
		if err != nil {
			return err
		}
		for _, p := range photos {
			added, err := v.addPhoto(p, rights)
			if err != nil {
				return err
			}
			if !rights.Same(added.Rights) {
				return studio.Errorf(studio.Conflict, "the project has the photo %q already, with other rights; choose it from the list, or change its rights on its own page",
					"写真「%s」は、別の権利情報ですでに登録されています。一覧から選択するか、写真のページで権利情報を変更してください。", added.Name)
			}
			if !slices.Contains(plan.SourceIDs, added.ID) {
				plan.SourceIDs = append(plan.SourceIDs, added.ID)
			}
		}
		return nil
	})
}

// trialPrompt is the step of the prompts.
type trialPrompt struct {
	trial     studio.Trial
	templates []studio.Template
}

// firstPrompts are a proposal: the product in four scenes.
func firstPrompts() string {
	var lines []string
	for _, s := range scenes {
		lines = append(lines, s.prompt)
	}
	return strings.Join(lines, "\n")
}

// promptLines is what the field of prompts holds.
func (p *trialPrompt) promptLines() string {
	if len(p.trial.Prompts) == 0 && p.trial.TemplateID == "" {
		return firstPrompts()
	}
	return strings.Join(p.trial.Prompts, "\n")
}

// rowLines writes the rows of a template as their field takes them.
func (p *trialPrompt) rowLines() string {
	var lines []string
	for _, row := range p.trial.Rows {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(row)) {
			parts = append(parts, name+"="+row[name])
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	return strings.Join(lines, "\n")
}

func trialPromptsPage(v *visit) error {
	t, err := v.trialOfPath()
	if err != nil {
		return err
	}
	templates, err := v.work().Templates(v.ctx(), v.actor, v.project.ID, studio.TemplateFilter{}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	p := trialPrompt{trial: t, templates: templates.Items}
	return v.trialStepPage(trialSteps[2].name, t, func() error { return v.show(trialSteps[2].name, trialPrompts(v, p)) })
}

func setTrialPrompts(v *visit) error {
	return v.changeTrial("baseline", func(t *studio.Trial, plan *workspace.TrialText) error {
		if t.State != studio.TrialPlanned {
			return nil // they stay
		}
		each, err := v.whole("per_prompt", 1)
		if err != nil {
			return err
		}
		plan.PerPrompt = int(min(max(each, 0), math.MaxInt32))
		plan.Prompts, plan.TemplateID, plan.Rows = v.lines("prompts"), "", nil
		if id := v.field("template"); id != "" {
			plan.Prompts, plan.TemplateID = nil, id
			plan.Rows, err = v.rowsOf("rows")
		}
		return err
	})
}

// rowsOf reads lines such as "place=kitchen, season=spring".
func (v *visit) rowsOf(name string) ([]map[string]string, error) {
	var rows []map[string]string
	for _, line := range v.lines(name) {
		row := map[string]string{}
		for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == '、' || r == '，' || r == '\t' }) {
			field, value, found := strings.Cut(part, "=")
			if !found {
				return nil, badField(name, "%.60q is no line such as place=kitchen, season=spring", "「%.60s」は正しくありません。place=台所, season=春のように入力してください。", line)
			}
			row[strings.TrimSpace(field)] = strings.TrimSpace(value)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func trialBaselinePage(v *visit) error {
	t, err := v.trialOfPath()
	if err != nil {
		return err
	}
	return v.trialStepPage(trialSteps[3].name, t, func() error { return v.show(trialSteps[3].name, trialBaseline(v, t)) })
}

func setTrialBaseline(v *visit) error {
	return v.changeTrial("", func(_ *studio.Trial, plan *workspace.TrialText) error {
		b, a := &plan.Baseline, &plan.Assumptions
		b.Currency = v.field("currency")
		digits := studio.MinorDigits(b.Currency)
		share := 100 * a.ApprovedShare
		year := float64(a.PicturesPerYear)
		for _, f := range []struct {
			name string
			to   *float64
		}{
			{"days_per_picture", &b.DaysPerPicture}, {"baseline_hours", &b.HoursOfStaff}, {"hours_of_staff", &a.HoursOfStaff},
			{"review_minutes", &a.ReviewMinutes}, {"machine_minutes", &a.MachineMinutes}, {"approved_share", &share}, {"pictures_per_year", &year},
		} {
			if err := v.quantity(f.name, f.to); err != nil {
				return err
			}
		}
		a.ApprovedShare, a.PicturesPerYear = share/100, int64(year)
		for name, to := range map[string]*int64{
			"cost_per_picture": &b.CostPerPicture, "cost_of_hour": &b.CostOfHour, "machine_hour_cost": &a.MachineHourCost, "setup_cost": &a.SetupCost,
		} {
			if err := v.amount(name, digits, to); err != nil {
				return err
			}
		}
		return nil
	})
}

// plainNumber drops what people put into numbers: full-width forms and commas
// between thousands.
func plainNumber(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '．':
			return '.'
		case r == ',' || r == '，' || r == '、' || r == ' ' || r == '　':
			return -1
		}
		return r
	}, s)
}

// quantity reads a field that holds a number; an empty one is 0.
func (v *visit) quantity(name string, to *float64) error {
	s := plainNumber(v.field(name))
	*to = 0
	if s == "" {
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(math.Abs(f) <= 1e15) {
		return badField(name, "%.40q is no number", "「%.40s」は数値ではありません。", s)
	}
	*to = f
	return nil
}

// amount reads an amount of money into minor units; an empty one is 0.
func (v *visit) amount(name string, digits int, to *int64) error {
	s := plainNumber(v.field(name))
	whole, part, _ := strings.Cut(s, ".")
	*to = 0
	if s == "" {
		return nil
	}
	if len(part) > digits {
		return badField(name, "%.40q has more than %d digits after the point", "「%.40s」の小数点以下は%d桁までです。", s, digits)
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	if err != nil || n < 0 {
		return badField(name, "%.40q is no amount", "「%.40s」は金額ではありません。", s)
	}
	*to = n
	return nil
}

// amountField is an amount as its field takes it.
func amountField(n int64, currency string) string {
	digits := studio.MinorDigits(currency)
	if digits == 0 {
		return itoa(n)
	}
	unit := int64(math.Pow10(digits))
	return fmt.Sprintf("%d.%0*d", n/unit, digits, n%unit)
}

// quantityField is a number as its field takes it.
func quantityField(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
