package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/riverqueue/river"

	"github.com/ichimai/ichimai/studio"
)

// recover takes up what a dead process left: entries and jobs that were running
// wait again, and runs' folders without a job are removed.
func (q *Queue) recover(ctx context.Context) error {
	abandoned, err := q.desk.AbandonedJobs(ctx)
	if err != nil {
		return fmt.Errorf("find what was running: %w", err)
	}
	waiting, err := q.desk.WaitingJobs(ctx)
	if err != nil {
		return fmt.Errorf("find what waits: %w", err)
	}
	needed := map[string]map[string]bool{laneDevice: {}, laneFiles: {}}
	alive := map[string]bool{}
	for _, job := range waiting { // the abandoned ones are among them
		needed[laneOf(job.Kind)][job.ID] = true
		alive[job.ID] = true
	}
	q.mu.Lock()
	for _, job := range abandoned {
		q.turns.taken(laneOf(job.Kind), job.ProjectID)
	}
	q.mu.Unlock()
	if err := q.reset(ctx, needed); err != nil {
		return fmt.Errorf("take up the queue: %w", err)
	}
	return q.sweepRuns(alive)
}

// resetRunning makes entries of a dead process ready: at once, and as if not
// tried, for it is not their fault. Its hold on River's upkeep ends too.
var resetRunning = []string{
	`UPDATE river_job SET state = 'available', attempt = 0, scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
	 WHERE state = 'running' OR kind = 'studio_job' AND state IN ('retryable', 'scheduled')`,
	`DELETE FROM river_leader`,
}

// reset makes entries ready and adds those that lack, as in a database that was
// restored from a backup, so that there are as many as jobs.
func (q *Queue) reset(ctx context.Context, needed map[string]map[string]bool) error {
	tx, err := q.db.Writer().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	for _, statement := range resetRunning {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	for lane, jobs := range needed {
		if err := topUp(ctx, tx, lane, jobs); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// topUp adds entries until a lane has as many as jobs.
func topUp(ctx context.Context, tx *sql.Tx, lane string, jobs map[string]bool) error {
	const count = `SELECT count(*) FROM river_job WHERE queue = ? AND kind = 'studio_job' AND state = 'available'`
	var have int
	if err := tx.QueryRowContext(ctx, count, lane).Scan(&have); err != nil {
		return err
	}
	client, err := inserter()
	if err != nil {
		return err
	}
	for id := range jobs {
		if have >= len(jobs) {
			return nil
		}
		if _, err := client.InsertTx(ctx, tx, wake{Job: id}, &river.InsertOpts{Queue: lane, MaxAttempts: maxAttempts}); err != nil {
			return err
		}
		have++
	}
	return nil
}

// runFolder is where a job's learning keeps its state.
func (q *Queue) runFolder(job studio.Job) string { return filepath.Join(q.folder, job.ID) }

// sweepRuns removes folders of jobs that have ended.
func (q *Queue) sweepRuns(alive map[string]bool) error {
	entries, err := os.ReadDir(q.folder)
	if err != nil {
		return fmt.Errorf("look for old runs: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if studio.ValidID(e.Name()) && !alive[e.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(q.folder, e.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove old runs: %w", err)
	}
	return nil
}
