package client

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Progress is what a running job tells about itself.
type Progress struct {
	Step        int     `json:"step"`
	Steps       int     `json:"steps"` // 0 while not known
	Rate        float64 `json:"rate"`  // steps a second
	LeftSeconds float64 `json:"left_seconds"`
	Message     string  `json:"message"`
	PreviewBlob string  `json:"preview_blob"`
}

// Job is work that takes time.
type Job struct {
	ID         string          `json:"id"`
	Revision   int64           `json:"revision"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	Kind       studio.JobKind  `json:"kind"`
	State      studio.JobState `json:"state"`
	ResultBlob string          `json:"result_blob"` // such as an export's file
	Result     json.RawMessage `json:"result"`      // such as the ids of what was made
	Progress   Progress        `json:"progress"`
	Attempt    int             `json:"attempt"`
	Error      string          `json:"error"` // why it failed
	StartedAt  time.Time       `json:"started_at"`
	EndedAt    time.Time       `json:"ended_at"`
}

// Jobs lists the jobs.
func (p *Project) Jobs(ctx context.Context, page Page) (List[Job], error) {
	return get[List[Job]](ctx, p.client, p.path("jobs"), page.into(nil))
}

// Job returns a job as it stands.
func (p *Project) Job(ctx context.Context, id string) (Job, error) {
	return get[Job](ctx, p.client, p.path("jobs", id), nil)
}

// CancelJob stops a job.
func (p *Project) CancelJob(ctx context.Context, id string) (Job, error) {
	return post[Job](ctx, p.client, p.path("jobs", id, "cancel"), struct{}{})
}

// RetryJob runs a job again that failed or was cancelled.
func (p *Project) RetryJob(ctx context.Context, id string) (Job, error) {
	return post[Job](ctx, p.client, p.path("jobs", id, "retry"), struct{}{})
}

// JobError says that a job ended otherwise than done.
type JobError struct{ Job Job }

// Error says how it ended, and why.
func (e *JobError) Error() string {
	if e.Job.Error == "" {
		return fmt.Sprintf("studio: job %s is %s", e.Job.ID, e.Job.State)
	}
	return fmt.Sprintf("studio: job %s is %s: %s", e.Job.ID, e.Job.State, e.Job.Error)
}

// pollEvery is how often a job is asked for where its events do not come.
const pollEvery = 2 * time.Second

// WaitJob waits until a job has ended and returns it: with a *JobError unless
// it is done. It follows the project's events, and asks every two seconds where
// those do not come. report, which may be nil, gets the job each time that it
// was read.
func (p *Project) WaitJob(ctx context.Context, id string, report func(Job)) (Job, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed := make(chan struct{}, 1)
	go p.wakeOnChange(ctx, id, changed)
	for {
		job, err := p.Job(ctx, id)
		if err != nil {
			return job, err
		}
		if report != nil {
			report(job)
		}
		if job.State.Ended() {
			return job, ended(job)
		}
		if err := p.awaitChange(ctx, changed); err != nil {
			return job, err
		}
	}
}

func ended(job Job) error {
	if job.State != studio.JobDone {
		return &JobError{Job: job}
	}
	return nil
}

// awaitChange returns at a change, or when it is time to ask.
func (p *Project) awaitChange(ctx context.Context, changed <-chan struct{}) error {
	wait, cancel := context.WithCancel(ctx)
	defer cancel()
	due := make(chan error, 1)
	go func() { due <- p.client.o.Wait(wait, pollEvery) }()
	select {
	case <-changed:
		return nil
	case err := <-due:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wakeOnChange says when something has changed about a job. Where the events
// end or do not come, asking goes on without them.
func (p *Project) wakeOnChange(ctx context.Context, id string, changed chan<- struct{}) {
	_ = p.Events(ctx, func(e Event) error {
		if e.Noun != "job" || e.ID != id {
			return nil
		}
		select {
		case changed <- struct{}{}:
		default: // it knows already
		}
		return nil
	})
}
