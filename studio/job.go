package studio

import (
	"encoding/json"
	"time"
)

// JobKind is what a job does.
type JobKind string

// Kinds of jobs.
const (
	JobPersonalize JobKind = "personalize" // learns a concept
	JobGenerate    JobKind = "generate"    // draws pictures of one prompt
	JobBatch       JobKind = "batch"       // draws pictures of a table and a template
	JobEvaluate    JobKind = "evaluate"    // checks pictures, and submits those that no check refuses
	JobExport      JobKind = "export"      // packs pictures
)

// JobKinds lists all kinds.
func JobKinds() []JobKind {
	return []JobKind{JobPersonalize, JobGenerate, JobBatch, JobEvaluate, JobExport}
}

// JobState is where a job stands.
type JobState string

// States of a job.
const (
	JobQueued    JobState = "queued"
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)

// A running job is queued again when the program was stopped under it.
var jobTransitions = transitions[JobState]{
	JobQueued:    {JobRunning, JobFailed, JobCancelled},
	JobRunning:   {JobDone, JobFailed, JobCancelled, JobQueued},
	JobFailed:    {JobQueued},
	JobCancelled: {JobQueued},
}

// CheckTransition returns a Conflict where the state cannot become next.
func (s JobState) CheckTransition(next JobState) error {
	return jobTransitions.check("a job", "ジョブ", s, next)
}

// Ended reports whether nothing more happens unless somebody retries.
func (s JobState) Ended() bool { return s == JobDone || s == JobFailed || s == JobCancelled }

// Progress is what a running job tells about itself.
type Progress struct {
	Step        int           // done so far
	Steps       int           // in all; 0 while not known
	Rate        float64       // steps a second
	Left        time.Duration // until the end, as far as can be told; whole milliseconds
	Message     string
	PreviewBlob string
}

// Validate returns an Invalid error that names the first field that is wrong.
func (p *Progress) Validate() error {
	return firstError(
		checkRange("step", p.Step, 0, 1<<40),
		checkRange("steps", p.Steps, 0, 1<<40),
		checkRange("rate", p.Rate, 0, 1e12),
		checkRange("left", int64(p.Left), 0, 1<<62),
		checkText("message", p.Message, MaxText),
		checkBlobOrNone("preview_blob", p.PreviewBlob),
	)
}

// Job is work that takes time. The queue's own entry only points to it.
type Job struct {
	ID         string
	ProjectID  string
	Revision   int64 // not raised by progress
	CreatedAt  time.Time
	UpdatedAt  time.Time
	CreatedBy  string // user
	Kind       JobKind
	State      JobState
	Params     json.RawMessage // what to do, as the kind defines it
	InputBlob  string          // such as a batch's table
	ResultBlob string          // such as an export's archive
	Result     json.RawMessage // such as the ids of what was made
	Progress   Progress
	Attempt    int   // from 1 with the first start; 0 before
	Error      Words // why it failed, for people
	StartedAt  time.Time
	EndedAt    time.Time
}

// Validate returns an Invalid error that names the first field that is wrong.
func (j *Job) Validate() error {
	return firstError(
		checkID("project_id", j.ProjectID),
		checkIDOrNone("created_by", j.CreatedBy),
		checkOneOf("kind", j.Kind, JobKinds()...),
		checkOneOf("state", j.State, JobQueued, JobRunning, JobDone, JobFailed, JobCancelled),
		checkJSON("params", j.Params),
		checkBlobOrNone("input_blob", j.InputBlob),
		checkBlobOrNone("result_blob", j.ResultBlob),
		checkJSON("result", j.Result),
		j.Progress.Validate(),
		checkRange("attempt", j.Attempt, 0, 1<<20),
		checkWords("error", j.Error),
	)
}

// JobFilter picks jobs. Zero fields pick all.
type JobFilter struct {
	Kind      JobKind
	State     JobState
	CreatedBy string
}
