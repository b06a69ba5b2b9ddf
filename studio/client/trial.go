package client

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// TrialPlan is what is planned of a trial.
type TrialPlan struct {
	Name        string                   `json:"name"`
	ProductLine string                   `json:"product_line,omitempty"`
	Audience    string                   `json:"audience,omitempty"`
	Goal        string                   `json:"goal,omitempty"`
	SourceIDs   []string                 `json:"source_ids,omitempty"`
	ConceptIDs  []string                 `json:"concept_ids,omitempty"` // empty: one is learned from the sources
	Prompts     []string                 `json:"prompts,omitempty"`     // with {product} for what is shown; or
	TemplateID  string                   `json:"template_id,omitempty"` // with Rows
	Rows        []map[string]string      `json:"rows,omitempty"`
	PerPrompt   int                      `json:"per_prompt,omitempty"` // pictures of each prompt or row; 0 is 1
	Baseline    *studio.TrialBaseline    `json:"baseline,omitempty"`
	Assumptions *studio.TrialAssumptions `json:"assumptions,omitempty"` // nil is studio.DefaultTrialAssumptions
}

// Trial is a guided proof of concept.
type Trial struct {
	ID         string            `json:"id"`
	Revision   int64             `json:"revision"`
	Plan       TrialPlan         `json:"plan"`
	State      studio.TrialState `json:"state"`
	JobIDs     []string          `json:"job_ids"` // that learn and draw, in order
	Message    string            `json:"message"` // why it does not go on
	Conclusion string            `json:"conclusion"`
	StartedAt  time.Time         `json:"started_at"`
	ClosedAt   time.Time         `json:"closed_at"`
}

// TrialReport is a trial in numbers, figure by figure.
type TrialReport struct {
	Trial       Trial                   `json:"trial"`
	At          time.Time               `json:"at"`
	Measured    studio.TrialMeasured    `json:"measured"`
	Calculation studio.TrialCalculation `json:"calculation"`
	ShareLow    float64                 `json:"share_low"` // of the 95 % interval of the approved share
	ShareHigh   float64                 `json:"share_high"`
}

// CreateTrial plans a trial.
func (p *Project) CreateTrial(ctx context.Context, plan TrialPlan) (Trial, error) {
	return post[Trial](ctx, p.client, p.path("trials"), plan)
}

// TrialStart is what may be said at the start of a trial that learns.
type TrialStart struct {
	ClassWord string `json:"class_word,omitempty"` // the kind of thing, such as "cup"
}

// StartTrial starts a trial; WaitJob waits for each of its jobs.
func (p *Project) StartTrial(ctx context.Context, id string, start TrialStart) (Trial, error) {
	return post[Trial](ctx, p.client, p.path("trials", id, "start"), start)
}

// DeleteTrial removes a trial that is not running. Its jobs, concepts and pictures
// stay.
func (p *Project) DeleteTrial(ctx context.Context, id string) error {
	return p.client.do(ctx, call{method: http.MethodDelete, path: p.path("trials", id), key: p.client.key(ctx)}, nil)
}

// TrialReport returns where a trial stands.
func (p *Project) TrialReport(ctx context.Context, id string) (TrialReport, error) {
	return get[TrialReport](ctx, p.client, p.path("trials", id, "report"), nil)
}
