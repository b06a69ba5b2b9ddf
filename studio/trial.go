package studio

import (
	"strings"
	"time"

	"golang.org/x/text/currency"
)

// TrialState is where a trial stands.
type TrialState string

// States of a trial.
const (
	TrialPlanned   TrialState = "planned"   // being filled in
	TrialRunning   TrialState = "running"   // its subject is learned or its pictures are drawn
	TrialReviewing TrialState = "reviewing" // all pictures are there, and people decide on them
	TrialClosed    TrialState = "closed"
)

// TrialStates lists all states.
func TrialStates() []TrialState {
	return []TrialState{TrialPlanned, TrialRunning, TrialReviewing, TrialClosed}
}

var trialTransitions = transitions[TrialState]{
	TrialPlanned:   {TrialRunning, TrialClosed},
	TrialRunning:   {TrialReviewing, TrialClosed},
	TrialReviewing: {TrialClosed},
}

// CheckTransition returns a Conflict where the state cannot become next.
func (s TrialState) CheckTransition(next TrialState) error {
	return trialTransitions.check("a trial", "トライアル", s, next)
}

// Bounds of a trial.
const (
	MaxTrialPictures = 24
	MaxTrialSources  = 20
	MaxTrialConcepts = 4
	MaxTrialCost     = 10_000_000_000 // of a picture or of setting up, in minor units
	MaxHourlyCost    = 100_000_000    // minor units
	MaxTrialHours    = 10_000
	MaxTrialDays     = 3650
	MaxTrialMinutes  = 10_000
	MaxTrialYear     = 1_000_000 // pictures a year
	MinTrialShare    = 0.01
)

// ProductField is the word in a trial's prompts that stands for what is shown:
// the placeholder of its first concept takes its place.
const ProductField = "product"

// DefaultCurrency is that of a new trial.
const DefaultCurrency = "JPY"

// TrialBaseline is what a picture takes today, without the studio.
type TrialBaseline struct {
	Currency       string  `json:"currency"`         // ISO 4217, such as "JPY"
	CostPerPicture int64   `json:"cost_per_picture"` // what is paid to others, in the currency's minor units
	DaysPerPicture float64 `json:"days_per_picture"` // from the order to the picture, calendar days
	HoursOfStaff   float64 `json:"hours_of_staff"`   // own staff, for one picture
	CostOfHour     int64   `json:"cost_of_hour"`     // of own staff, minor units
}

// TrialAssumptions is what is assumed of the new way; what the trial measures
// takes its place.
type TrialAssumptions struct {
	HoursOfStaff    float64 `json:"hours_of_staff"`    // own staff, for one picture that is used, without the review
	ReviewMinutes   float64 `json:"review_minutes"`    // for one picture drawn
	MachineMinutes  float64 `json:"machine_minutes"`   // for one picture drawn
	MachineHourCost int64   `json:"machine_hour_cost"` // minor units
	ApprovedShare   float64 `json:"approved_share"`    // of the pictures drawn, MinTrialShare to 1
	SetupCost       int64   `json:"setup_cost"`        // once, minor units
	PicturesPerYear int64   `json:"pictures_per_year"` // that are used
}

// DefaultTrialAssumptions are those of a new trial.
func DefaultTrialAssumptions() TrialAssumptions {
	return TrialAssumptions{HoursOfStaff: 0.5, ReviewMinutes: 2, MachineMinutes: 1, ApprovedShare: 0.5, PicturesPerYear: 100}
}

// Trial is a guided proof of concept: a few pictures of one product, what people
// decide on them, and what that means in time and money beside today's way.
type Trial struct {
	ID          string
	ProjectID   string
	Revision    int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CreatedBy   string // user
	Name        string
	ProductLine string
	Audience    string // whom the pictures are for
	Goal        string // what has to come out for the trial to be a success
	SourceIDs   []string
	ConceptIDs  []string // those to draw with; empty: one is learned from the sources
	Prompts     []string // with {product}; or
	TemplateID  string   // with Rows
	Rows        []map[string]string
	PerPrompt   int // pictures of each prompt or row
	Baseline    TrialBaseline
	Assumptions TrialAssumptions
	State       TrialState
	JobIDs      []string // that learn and draw, in order
	Message     Words    // why it does not go on
	Conclusion  string   // of whoever closed it
	StartedBy   string   // user
	StartedAt   time.Time
	ClosedAt    time.Time
}

// Pictures is how many the trial draws.
func (t *Trial) Pictures() int {
	if t.TemplateID != "" {
		return len(t.Rows) * t.PerPrompt
	}
	return len(t.Prompts) * t.PerPrompt
}

// Validate returns an Invalid error that names the first field that is wrong. A
// trial that is not complete yet is valid; see Ready.
func (t *Trial) Validate() error {
	return firstError(
		checkID("project_id", t.ProjectID),
		checkIDOrNone("created_by", t.CreatedBy),
		checkName("name", t.Name),
		checkText("product_line", t.ProductLine, MaxName),
		checkText("audience", t.Audience, MaxText),
		checkText("goal", t.Goal, MaxText),
		checkIDs("source_ids", t.SourceIDs),
		checkRange("source_ids", len(t.SourceIDs), 0, MaxTrialSources),
		checkIDs("concept_ids", t.ConceptIDs),
		checkRange("concept_ids", len(t.ConceptIDs), 0, MaxTrialConcepts),
		t.checkPrompts(),
		t.Baseline.Validate(),
		t.Assumptions.Validate(),
		checkOneOf("state", t.State, TrialStates()...),
		checkIDs("job_ids", t.JobIDs),
		checkWords("message", t.Message),
		checkText("conclusion", t.Conclusion, MaxText),
		checkIDOrNone("started_by", t.StartedBy),
	)
}

func (t *Trial) checkPrompts() error {
	if len(t.Prompts) > 0 && t.TemplateID != "" {
		return invalidf("prompts", "give either prompts or a template", "プロンプトとテンプレートは、どちらか一方を指定してください。")
	}
	for _, p := range t.Prompts {
		if err := checkPrompt("prompts", p); err != nil {
			return err
		}
	}
	for _, row := range t.Rows {
		if len(row) > MaxListed {
			return invalidf("rows", "a row has %d fields; at most %d are allowed", "1行に%d項目あります。%d項目以内にしてください。", len(row), MaxListed)
		}
		for name, value := range row {
			if err := firstError(checkName("rows", name), checkText("rows", value, MaxText)); err != nil {
				return err
			}
		}
	}
	if err := firstError(
		checkIDOrNone("template_id", t.TemplateID),
		checkRange("per_prompt", t.PerPrompt, 1, MaxTrialPictures),
		checkRange("prompts", len(t.Prompts), 0, MaxTrialPictures),
		checkRange("rows", len(t.Rows), 0, MaxTrialPictures),
	); err != nil {
		return err
	}
	if n := t.Pictures(); n > MaxTrialPictures {
		return invalidf("per_prompt", "the trial would draw %d pictures; at most %d are allowed", "%d枚の画像を生成する設定です。%d枚以内にしてください。", n, MaxTrialPictures)
	}
	return nil
}

// Validate returns an Invalid error that names the first field that is wrong.
func (b *TrialBaseline) Validate() error {
	if _, err := currency.ParseISO(b.Currency); err != nil {
		return invalidf("currency", "%.20q is no code of ISO 4217, such as JPY", "%.20qは通貨コード（ISO 4217。例：JPY）ではありません。", b.Currency)
	}
	return firstError(
		checkRange[int64]("cost_per_picture", b.CostPerPicture, 0, MaxTrialCost),
		checkRange[float64]("days_per_picture", b.DaysPerPicture, 0, MaxTrialDays),
		checkRange[float64]("baseline_hours", b.HoursOfStaff, 0, MaxTrialHours),
		checkRange[int64]("cost_of_hour", b.CostOfHour, 0, MaxHourlyCost),
	)
}

// Validate returns an Invalid error that names the first field that is wrong.
func (a *TrialAssumptions) Validate() error {
	return firstError(
		checkRange[float64]("hours_of_staff", a.HoursOfStaff, 0, MaxTrialHours),
		checkRange[float64]("review_minutes", a.ReviewMinutes, 0, MaxTrialMinutes),
		checkRange[float64]("machine_minutes", a.MachineMinutes, 0, MaxTrialMinutes),
		checkRange[int64]("machine_hour_cost", a.MachineHourCost, 0, MaxHourlyCost),
		checkRange("approved_share", a.ApprovedShare, MinTrialShare, 1),
		checkRange[int64]("setup_cost", a.SetupCost, 0, MaxTrialCost),
		checkRange[int64]("pictures_per_year", a.PicturesPerYear, 1, MaxTrialYear),
	)
}

// Ready returns nil where the trial can start, or the Invalid error that says
// what it lacks.
func (t *Trial) Ready() error {
	switch {
	case strings.TrimSpace(t.ProductLine) == "":
		return invalidf("product_line", "say which product the trial is about", "対象の商品を入力してください。")
	case len(t.SourceIDs)+len(t.ConceptIDs) == 0:
		return invalidf("source_ids", "choose photos of the product, or a concept that was learned already", "商品の写真、または学習済みのコンセプトを選択してください。")
	case t.Pictures() == 0:
		return invalidf("prompts", "say what to draw: one prompt a line, or a template with its fields", "生成する内容を入力してください（プロンプトを1行に1つ、またはテンプレートと項目）。")
	case t.Baseline.CostPerPicture == 0 && (t.Baseline.HoursOfStaff == 0 || t.Baseline.CostOfHour == 0):
		return invalidf("cost_per_picture", "say what a picture costs today; without it there is nothing to compare with", "現在の1枚あたりの費用を入力してください。比較の基準になります。")
	}
	return nil
}

// MinorDigits is how many digits of an amount in minor units stand after the
// decimal point: 0 for JPY, 2 for USD. It is 0 for what is no currency.
func MinorDigits(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 0
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}

// TrialFilter picks trials. Zero fields pick all.
type TrialFilter struct {
	Text  string // part of the name or the product line
	State TrialState
}
