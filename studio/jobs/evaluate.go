package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// evaluate does a job of kind evaluate: the pictures that are not judged yet, one after
// another. The checks are the workspace's; they use what the runner has opened.
func (t *task) evaluate(ctx context.Context) error {
	var params workspace.EvaluateParams
	if err := t.params(&params); err != nil {
		return err
	}
	before, err := workspace.EvaluationOf(t.job)
	if err != nil {
		return fmt.Errorf("read the job's result: %w", err)
	}
	began, done, now := time.Now(), len(before.Outcomes), 0
	t.report(ctx, pace(done, len(params.Pictures), now, 0), nil)
	for _, id := range params.Pictures {
		if before.Outcomes[id] != "" {
			continue
		}
		if err := t.desk.EvaluatePicture(ctx, t.job.ProjectID, t.job.ID, id); err != nil {
			return fmt.Errorf("check picture %s: %w", id, err)
		}
		done, now = done+1, now+1
		t.report(ctx, pace(done, len(params.Pictures), now, time.Since(began)), nil)
	}
	return t.finish(ctx, nil)
}

// pace is how far a job is that has checked done of all pictures, of which now took so
// long.
func pace(done, all, now int, took time.Duration) studio.Progress {
	p := studio.Progress{Step: done, Steps: all, Message: MessageChecking}
	if now > 0 && took > 0 {
		p.Rate = float64(now) / took.Seconds()
		p.Left = (took / time.Duration(now) * time.Duration(all-done)).Truncate(time.Millisecond)
	}
	return p
}
