package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/ichimai/ichimai/studio/workspace"
)

const (
	postEvery = 5 * time.Second // at least, for events of which no update tells
	postBatch = 100
)

// post puts deliveries into the queue as events come, until ctx ends.
func (q *Queue) post(ctx context.Context) {
	updates := q.desk.Updates(ctx)
	tick := time.NewTicker(postEvery)
	defer tick.Stop()
	for {
		more, err := q.postNew(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Warn("queue deliveries", "error", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case _, ok := <-updates:
			if !ok {
				updates = nil
			}
		}
	}
}

// postNew puts the next deliveries behind the cursor into the queue, and moves it,
// in one transaction. more is whether there may be others.
func (q *Queue) postNew(ctx context.Context) (more bool, err error) {
	after, err := q.cursor(ctx)
	if err != nil {
		return false, err
	}
	list, last, err := q.desk.Deliveries(ctx, after, postBatch)
	if err != nil {
		return false, fmt.Errorf("list deliveries: %w", err)
	}
	if last <= after {
		return false, nil
	}
	tx, err := q.db.Writer().BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("queue deliveries: %w", err)
	}
	defer tx.Rollback() // after a commit it does nothing
	if err := putDeliveries(ctx, tx, list, last); err != nil {
		return false, fmt.Errorf("queue deliveries: %w", err)
	}
	return true, tx.Commit()
}

const cursorName = "deliveries"

func (q *Queue) cursor(ctx context.Context) (after int64, err error) {
	err = q.db.Writer().QueryRowContext(ctx, "SELECT value FROM queue_cursor WHERE name = ?", cursorName).Scan(&after)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the cursor of deliveries: %w", err)
	}
	return after, nil
}

func putDeliveries(ctx context.Context, tx *sql.Tx, list []workspace.Delivery, last int64) error {
	client, err := inserter()
	if err != nil {
		return err
	}
	for _, d := range list {
		options := &river.InsertOpts{Queue: laneWebhooks, MaxAttempts: maxTries}
		if _, err := client.InsertTx(ctx, tx, newParcel(d), options); err != nil {
			return err
		}
	}
	const move = "INSERT INTO queue_cursor (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
	_, err = tx.ExecContext(ctx, move, cursorName, last)
	return err
}
