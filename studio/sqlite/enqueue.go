package sqlite

import (
	"fmt"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Enqueue is studio.Jobs's.
func (t *tx) Enqueue(j *studio.Job) error {
	write := t.createQueued
	if j.Revision != 0 {
		write = t.requeue
	}
	j.State, j.Error, j.Progress = studio.JobQueued, studio.Words{}, studio.Progress{}
	j.StartedAt, j.EndedAt = time.Time{}, time.Time{}
	if err := write(j); err != nil {
		return err
	}
	if t.db.enqueue == nil {
		return nil
	}
	if err := t.db.enqueue(t.ctx, t.raw, *j); err != nil {
		return fmt.Errorf("enqueue job: %w", err)
	}
	return nil
}

// requeue writes a job back that has run. One that waits already has its entry
// in the queue.
func (t *tx) requeue(j *studio.Job) error {
	stored, err := t.Job(j.ProjectID, j.ID)
	if err != nil {
		return err
	}
	if stored.State == studio.JobQueued {
		return studio.Errorf(studio.Conflict, "the job already waits in the queue", "ジョブはすでに待機中です。")
	}
	return t.UpdateJob(j)
}

// SetJobProgress is studio.Jobs's.
func (t *tx) SetJobProgress(project, id string, progress studio.Progress) error {
	if err := progress.Validate(); err != nil {
		return err
	}
	n, err := t.q.setJobProgress(t.ctx, setJobProgressParams{
		ProgressStep: progress.Step, ProgressSteps: progress.Steps, ProgressRate: progress.Rate,
		ProgressLeft: progress.Left.Milliseconds(), ProgressMessage: progress.Message,
		ProgressPreview: progress.PreviewBlob, UpdatedAt: t.now, ProjectID: project, ID: id,
	})
	if err != nil || n > 0 {
		return ofJob.fail("update", err)
	}
	stored, err := t.Job(project, id)
	if err != nil {
		return err
	}
	return studio.Errorf(studio.Conflict, "the job is %s, not running", "ジョブは実行中ではありません（状態：%s）。", stored.State)
}
