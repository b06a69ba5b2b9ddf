package jobs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Reasons for which a job's context ends.
var (
	errCancelled = errors.New("the job was cancelled")
	errTooLong   = errors.New("the job took too long")
)

// run works a claimed job and tells what became of it. It returns an error only
// where that could not be told; the job is then there to be claimed again.
func (q *Queue) run(parent context.Context, job studio.Job) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	ctx, release := context.WithTimeoutCause(ctx, q.timeouts[job.Kind], errTooLong)
	defer release()
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		q.watchCancel(ctx, cancel, job)
	}()
	began := time.Now()
	q.log.Info("job begins", "job", job.ID, "project", job.ProjectID, "kind", job.Kind, "attempt", job.Attempt)
	err := q.work(ctx, cancel, job)
	cause := context.Cause(ctx)
	cancel(nil)
	<-watching
	if parent.Err() != nil && err != nil { // the program stops
		q.abandon(job)
		return parent.Err()
	}
	q.log.Info("job ends", "job", job.ID, "project", job.ProjectID, "seconds", time.Since(began).Seconds(), "error", err)
	if err = q.end(context.WithoutCancel(parent), job, err, cause); err != nil {
		q.abandon(job)
		return err
	}
	return nil
}

// watchCancel ends a job's context when somebody cancels it.
func (q *Queue) watchCancel(ctx context.Context, cancel context.CancelCauseFunc, job studio.Job) {
	tick := time.NewTicker(q.watch)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		cancelled, err := q.desk.Cancelled(ctx, job.ProjectID, job.ID)
		if cancelled || studio.ErrorCode(err) == studio.NotFound {
			cancel(errCancelled)
			return
		}
	}
}

// work does what a job's kind is. A panic of it is an error like others.
func (q *Queue) work(ctx context.Context, cancel context.CancelCauseFunc, job studio.Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			q.log.Error("a job panicked", "job", job.ID, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	t := &task{Queue: q, job: job, cancel: cancel}
	switch job.Kind {
	case studio.JobPersonalize:
		return t.learn(ctx)
	case studio.JobGenerate, studio.JobBatch:
		return t.draw(ctx)
	case studio.JobExport:
		return t.export(ctx)
	case studio.JobEvaluate:
		return t.evaluate(ctx)
	}
	return studio.Errorf(studio.Invalid, "this version of the program knows no job of kind %q; update it",
		"このバージョンのプログラムは種類%qのジョブに対応していません。プログラムを更新してください。", job.Kind)
}

// endTime bounds telling what became of a job.
const endTime = 30 * time.Second

// end tells what became of a job whose work returned err. cause is why its context
// ended, if it did.
func (q *Queue) end(ctx context.Context, job studio.Job, err, cause error) error {
	ctx, stop := context.WithTimeout(ctx, endTime)
	defer stop()
	if err != nil && !errors.Is(cause, errCancelled) {
		if errors.Is(cause, errTooLong) {
			err = studio.Errorf(studio.Expired, "the job took longer than %v and was ended", "ジョブが制限時間（%v）を超えたため、終了しました。", q.timeouts[job.Kind])
		}
		q.log.Warn("job fails", "job", job.ID, "kind", job.Kind, "error", err)
		_, fail := q.desk.FailJob(ctx, job.ProjectID, job.ID, studio.ErrorWords(err))
		if code := studio.ErrorCode(fail); fail != nil && code != studio.Conflict && code != studio.NotFound {
			return fmt.Errorf("tell that a job failed: %w", fail)
		}
	}
	if err := os.RemoveAll(q.runFolder(job)); err != nil {
		q.log.Warn("remove a run's folder", "job", job.ID, "error", err)
	}
	return nil
}
