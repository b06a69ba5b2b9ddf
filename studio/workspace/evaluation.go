package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// Evaluated is what became of a picture in a job of kind evaluate.
type Evaluated string

// What can become of a picture.
const (
	EvaluatedPassed  Evaluated = "passed"  // all checks passed
	EvaluatedWarned  Evaluated = "warned"  // one warned or could not be made, and none refused
	EvaluatedRefused Evaluated = "refused" // one refused
	EvaluatedLeftOut Evaluated = "left_out"
)

// Evaluation is the Result of a job of kind evaluate: so far, while it runs.
type Evaluation struct {
	Passed    int                  `json:"passed"`
	Warned    int                  `json:"warned"`
	Refused   int                  `json:"refused"`
	LeftOut   int                  `json:"left_out"`
	Submitted int                  `json:"submitted"` // of those that passed or warned
	Outcomes  map[string]Evaluated `json:"outcomes"`  // by picture
	Reasons   []LeftOut            `json:"reasons,omitempty"`
}

// LeftOut says of how many pictures why they were not checked.
type LeftOut struct {
	Count int          `json:"count"`
	Why   studio.Words `json:"why"`
}

// maxReasons bounds the different reasons that a job keeps.
const maxReasons = 20

// EvaluationOf reads a job's result.
func EvaluationOf(j studio.Job) (e Evaluation, err error) {
	if len(j.Result) > 0 {
		err = json.Unmarshal(j.Result, &e)
	}
	if e.Outcomes == nil {
		e.Outcomes = map[string]Evaluated{}
	}
	return e, err
}

func (e *Evaluation) add(id string, what Evaluated, submitted bool) {
	e.Outcomes[id] = what
	switch what {
	case EvaluatedPassed:
		e.Passed++
	case EvaluatedWarned:
		e.Warned++
	case EvaluatedRefused:
		e.Refused++
	case EvaluatedLeftOut:
		e.LeftOut++
	}
	if submitted {
		e.Submitted++
	}
}

func (e *Evaluation) leaveOut(id string, why studio.Words) {
	e.add(id, EvaluatedLeftOut, false)
	i := slices.IndexFunc(e.Reasons, func(r LeftOut) bool { return r.Why == why })
	switch {
	case i >= 0:
		e.Reasons[i].Count++
	case len(e.Reasons) < maxReasons:
		e.Reasons = append(e.Reasons, LeftOut{1, why})
	}
}

// evaluatedAs are the outcomes of checks in the terms of a job.
var evaluatedAs = map[studio.Outcome]Evaluated{
	studio.OutcomePassed: EvaluatedPassed, studio.OutcomeWarned: EvaluatedWarned, studio.OutcomeRefused: EvaluatedRefused,
}

// patience is how many times longer the checks of a picture may take in a job, where
// nobody waits for them.
const patience = 6

// EvaluatePicture runs the automatic checks of one picture of a job of kind evaluate, and
// keeps what becomes of it at most once: a second call for the same picture changes
// nothing. What is written is in the name of who asked for the job, who has to be allowed
// to at this moment. Where the job no longer runs it is a Conflict.
func (w *Workspace) EvaluatePicture(ctx context.Context, project, job, id string) error {
	e, err := w.evaluating(ctx, project, job, id)
	if err != nil || e.done {
		return err
	}
	if e.left == nil {
		if e.checks, err = w.check(ctx, e.checked, patience*w.checkTime); err != nil {
			return err
		}
	}
	return w.update(ctx, e.person, project, mayCreate, func(c *call) error { return c.keepEvaluated(job, id, e) })
}

// evaluating is a picture under way.
type evaluating struct {
	done    bool // by an earlier call
	person  Actor
	checked checked
	checks  []studio.Verdict
	left    error // why there are none
}

// evaluating reads what a picture of a job is checked by.
func (w *Workspace) evaluating(ctx context.Context, project, job, id string) (e evaluating, err error) {
	err = w.view(ctx, w.System(), project, maySee, func(c *call) error {
		j, err := c.running(job)
		if err != nil {
			return err
		}
		done, err := EvaluationOf(j)
		e.done, e.person = done.Outcomes[id] != "", Actor{User: studio.User{ID: j.CreatedBy}}
		return err
	})
	if err != nil || e.done {
		return e, err
	}
	if err := w.stillMay(ctx, e.person, project); err != nil {
		return e, err
	}
	err = w.view(ctx, e.person, project, mayCreate, func(c *call) error {
		p, err := c.judgeable(id)
		if leavesOut(err) {
			e.left = err
			return nil
		}
		if err == nil {
			e.checked, err = c.checked(p)
		}
		return err
	})
	return e, err
}

// stillMay refuses to go on for somebody who may no longer submit.
func (w *Workspace) stillMay(ctx context.Context, person Actor, project string) error {
	err := w.view(ctx, person, project, mayCreate, nothing)
	switch studio.ErrorCode(err) {
	case studio.Unauthorised, studio.Forbidden, studio.NotFound:
		return studio.Errorf(studio.Forbidden, "whoever asked for this may no longer submit pictures of the project",
			"依頼した人には、このプロジェクトの画像を提出する権限がありません。")
	}
	return err
}

// judgeable reads a picture that can be submitted, whatever its words.
func (c *call) judgeable(id string) (studio.Picture, error) {
	p, err := c.unsubmitted(id)
	if err != nil {
		return p, err
	}
	return p, c.usable(p.ConceptIDs...)
}

// leavesOut says whether an error is about one picture alone.
func leavesOut(err error) bool {
	var e *studio.Error
	return errors.As(err, &e) && e.Code != studio.Internal
}

// keepEvaluated writes what became of a picture, in it and in the job.
func (c *call) keepEvaluated(job, id string, e evaluating) error {
	j, err := c.running(job)
	if err != nil {
		return err
	}
	done, err := EvaluationOf(j)
	if err != nil || done.Outcomes[id] != "" {
		return err
	}
	p, left := c.judgeable(id)
	if left != nil && !leavesOut(left) {
		return left
	}
	if e.left != nil { // it may be otherwise by now, but was not checked
		left = e.left
	}
	if left != nil {
		done.leaveOut(id, studio.ErrorWords(left))
	} else if err := c.putForward(j, p, e.checks, &done); err != nil {
		return err
	}
	if j.Result, err = json.Marshal(done); err != nil {
		return err
	}
	return c.UpdateJob(&j)
}

// putForward keeps a picture's checks and, where the job is to and none refuses it,
// submits it.
func (c *call) putForward(j studio.Job, p studio.Picture, checks []studio.Verdict, done *Evaluation) error {
	var params EvaluateParams
	if err := json.Unmarshal(j.Params, &params); err != nil {
		return err
	}
	policy, err := c.Policy()
	if err != nil {
		return err
	}
	for i, v := range checks {
		if v.Check == studio.CheckBlockedWords { // as they are now
			checks[i] = wordsVerdict(blockedWords(p.Prompt, policy.BlockedWords))
		}
	}
	sum, action := studio.Sum(checks), "picture.check"
	p.Checks = checks
	submit := params.Submit && sum != studio.OutcomeRefused
	if submit {
		action = "picture.submit"
		p.State, p.SubmittedBy = studio.PictureSubmitted, c.actor.User.ID
	}
	if err := c.UpdatePicture(&p); err != nil {
		return err
	}
	done.add(p.ID, evaluatedAs[sum], submit)
	detail := outcomes(checks)
	detail["job"] = j.ID
	return c.note(Changed, action, p.ID, detail)
}
