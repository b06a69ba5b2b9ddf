package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"sync"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/sqlite"
)

var _ sqlite.Enqueue = Enqueue

// wake is a queue entry: somebody has work in the lane that is its queue.
type wake struct {
	Job string `json:"job"` // whose entry it was, for whoever reads the table
}

// Kind is river.JobArgs's.
func (wake) Kind() string { return "studio_job" }

// maxAttempts of an entry. Work that failed is told in the job's own row, and its
// entry is done; only what could not even be told is tried again.
const maxAttempts = 100

// inserter adds entries within transactions of others.
var inserter = sync.OnceValues(func() (*river.Client[*sql.Tx], error) {
	return river.NewClient(riversqlite.New(nil), &river.Config{Logger: slog.New(slog.DiscardHandler)})
})

// Enqueue adds a job's entry to the queue within the transaction that writes the
// job. It is what sqlite.Options wants. The queue's tables have to be there:
// [Migrate] makes them.
func Enqueue(ctx context.Context, tx *sql.Tx, job studio.Job) error {
	client, err := inserter()
	if err != nil {
		return fmt.Errorf("add to the queue: %w", err)
	}
	_, err = client.InsertTx(ctx, tx, wake{Job: job.ID}, &river.InsertOpts{Queue: laneOf(job.Kind), MaxAttempts: maxAttempts})
	if err != nil {
		return fmt.Errorf("add to the queue: %w", err)
	}
	return nil
}

// cursorTable holds up to which audit entry deliveries are in the queue.
const cursorTable = `CREATE TABLE IF NOT EXISTS queue_cursor (
  name  TEXT    NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
)`

// Migrate makes the queue's tables in the store's file, or brings them up to date.
// It has to come before the first job is enqueued; [Open] does it too.
func Migrate(ctx context.Context, db *sqlite.DB) error {
	migrator, err := rivermigrate.New(riversqlite.New(db.Writer()), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("read the queue's migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	if _, err := db.Writer().ExecContext(ctx, cursorTable); err != nil {
		return fmt.Errorf("migrate the queue: %w", err)
	}
	return nil
}
