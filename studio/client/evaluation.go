package client

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ichimai/ichimai/studio"
)

// Evaluate asks for the automatic checks of many pictures. Exactly one of the first three
// is given.
type Evaluate struct {
	PictureIDs []string `json:"picture_ids,omitempty"` // drafts, and pictures that a change was asked for
	JobID      string   `json:"job_id,omitempty"`      // a job that draws: its drafts
	TrialID    string   `json:"trial_id,omitempty"`    // a trial: its drafts
	Submit     bool     `json:"submit,omitempty"`      // what no check refuses is put forward for review
}

// Evaluation is what a job of kind evaluate has found: so far, while it runs.
type Evaluation struct {
	Passed    int               `json:"passed"`
	Warned    int               `json:"warned"`    // a check warned, or could not be made
	Refused   int               `json:"refused"`   // they stay drafts
	LeftOut   int               `json:"left_out"`  // they could not be checked
	Submitted int               `json:"submitted"` // of those that passed or warned
	Outcomes  map[string]string `json:"outcomes"`  // by picture: "passed", "warned", "refused" or "left_out"
	Reasons   []LeftOut         `json:"reasons"`
}

// LeftOut says of how many pictures why they were not checked.
type LeftOut struct {
	Count int          `json:"count"`
	Why   studio.Words `json:"why"`
}

// Evaluate starts to check pictures, one after another. What became of them is in the
// job's result: see [EvaluationOf].
func (p *Project) Evaluate(ctx context.Context, e Evaluate) (Job, error) {
	return post[Job](ctx, p.client, p.path("evaluations"), e)
}

// EvaluationOf reads the result of a job of kind evaluate.
func EvaluationOf(job Job) (e Evaluation, err error) {
	if len(job.Result) == 0 {
		return e, nil
	}
	if err := json.Unmarshal(job.Result, &e); err != nil {
		return e, fmt.Errorf("read the result of job %s: %w", job.ID, err)
	}
	return e, nil
}
