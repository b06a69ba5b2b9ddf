package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/ichimai/ichimai/studio"
)

// waker is River's worker for entries: each takes one job, whichever has the turn.
type waker struct {
	river.WorkerDefaults[wake]
	q *Queue
}

// pause is how long an entry waits when its job could not be taken, or what became
// of it could not be told.
const pause = time.Second

// Work is river.Worker's. What it returns is about the entry: a job that failed is
// a job that has ended.
func (w *waker) Work(ctx context.Context, entry *river.Job[wake]) error {
	job, ok, err := w.q.claim(ctx, entry.Queue)
	if err == nil && ok {
		err = w.q.run(ctx, job)
	}
	switch {
	case ctx.Err() != nil:
		return river.JobSnooze(0) // goes on at the next start
	case err != nil:
		w.q.log.Error("take or end a job", "lane", entry.Queue, "job", job.ID, "error", err)
		return river.JobSnooze(pause)
	}
	return nil
}

// claim takes the job of a lane that has the turn. It returns false where none
// waits: then another entry's worker took it, or it was cancelled.
func (q *Queue) claim(ctx context.Context, lane string) (studio.Job, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	tried := map[string]bool{}
	for {
		candidates, err := q.candidates(ctx, lane, tried)
		if err != nil || len(candidates) == 0 {
			return studio.Job{}, false, err
		}
		c := candidates[0]
		tried[c.ID] = true
		job, err := q.desk.ClaimJob(ctx, c.ProjectID, c.ID)
		if err != nil && studio.ErrorCode(err) == studio.Internal {
			return studio.Job{}, false, fmt.Errorf("claim job: %w", err)
		}
		delete(q.orphans, c.ID)
		if err == nil {
			q.turns.taken(lane, c.ProjectID)
			return job, true, nil
		}
		// Cancelled since it was listed, or what it needs was withdrawn and it has
		// failed: the turn is the project's still, and the next list has what stood behind.
		q.log.Info("job does not begin", "job", c.ID, "project", c.ProjectID, "error", err)
	}
}

// candidates are the first job of each project that waits in a lane, those whose
// turn it is first, without those that were tried.
func (q *Queue) candidates(ctx context.Context, lane string, tried map[string]bool) ([]studio.Job, error) {
	list, err := q.desk.NextJobs(ctx, kindsOf(lane)...)
	if err != nil {
		return nil, fmt.Errorf("list waiting jobs: %w", err)
	}
	for _, job := range q.orphans {
		if laneOf(job.Kind) == lane {
			list = append(list, job)
		}
	}
	list = slices.DeleteFunc(list, func(j studio.Job) bool { return tried[j.ID] })
	q.turns.order(lane, list)
	return list, nil
}

// abandon gives a job back that this process has claimed and cannot end.
func (q *Queue) abandon(job studio.Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.orphans[job.ID] = job
}
