package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/client"
)

// Sizes of the work that keeps the model busy.
const (
	queued  = 2 // batches of each project that wait or run
	perJob  = 4 // pictures of one
	jobPoll = time.Second
)

// keepBusy keeps batches queued in every project until ctx ends.
func (h *house) keepBusy(ctx context.Context, m *measurement) (*sync.WaitGroup, error) {
	m.began = time.Now()
	c, err := client.New(h.Address, h.Admin, client.Options{})
	if err != nil {
		return nil, err
	}
	var working sync.WaitGroup
	for _, at := range h.Projects {
		working.Go(func() {
			for ctx.Err() == nil {
				if err := topUp(ctx, c.Project(at.Project), at); err != nil && ctx.Err() == nil {
					m.add("queueing a batch", 0, err)
				}
				select {
				case <-time.After(jobPoll):
				case <-ctx.Done():
				}
			}
		})
	}
	return &working, nil
}

func topUp(ctx context.Context, p *client.Project, at place) error {
	list, err := p.Jobs(ctx, client.Page{Limit: 2 * queued})
	if err != nil {
		return err
	}
	open := 0
	for _, j := range list.Items {
		if !j.State.Ended() {
			open++
		}
	}
	for ; open < queued; open++ {
		b := client.Batch{TemplateID: at.Template, ConceptIDs: []string{at.Concept}, Steps: 20}
		for range perJob {
			b.Rows = append(b.Rows, map[string]string{"product": "<plushie>", "place": "snow"})
		}
		if _, err := p.Batch(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// jobs reads what became of the jobs of this measurement.
func (h *house) jobs(ctx context.Context, m *measurement) error {
	c, err := client.New(h.Address, h.Admin, client.Options{})
	if err != nil {
		return err
	}
	now := time.Now()
	for i, at := range h.Projects {
		work := projectWork{Name: fmt.Sprintf("Project %d", i+1)}
		for j, err := range client.All(ctx, c.Project(at.Project).Jobs) {
			if err != nil {
				return err
			}
			if j.Kind != studio.JobBatch || j.CreatedAt.Before(m.began) && j.State.Ended() && j.EndedAt.Before(m.began) {
				continue
			}
			work.count(j, m.began, now)
		}
		m.projects = append(m.projects, work)
	}
	return nil
}

// projectWork is how a project's jobs fared.
type projectWork struct {
	Name    string
	Done    int
	Failed  int
	Longest time.Duration // wait of a job for its start, also of one that still waits
}

func (w *projectWork) count(j client.Job, began, now time.Time) {
	started := j.StartedAt
	if started.IsZero() {
		started = now
	}
	since := j.CreatedAt
	if since.Before(began) { // it had waited before anybody measured
		since = began
	}
	w.Longest = max(w.Longest, started.Sub(since))
	switch j.State {
	case studio.JobDone:
		w.Done++
	case studio.JobFailed:
		w.Failed++
	}
}
