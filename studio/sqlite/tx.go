package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// tx is a studio.Tx. The methods of each noun are in that noun's file.
type tx struct {
	ctx context.Context // of View or Update; a tx does not outlive it
	q   *Queries
	raw *sql.Tx
	now time.Time
	db  *DB
}

var _ studio.Tx = (*tx)(nil)

// View is studio.Store's View.
func (db *DB) View(ctx context.Context, fn func(studio.Tx) error) error {
	return db.run(ctx, db.read, func(t *tx) error { return fn(t) })
}

// Update is studio.Store's Update.
func (db *DB) Update(ctx context.Context, fn func(studio.Tx) error) error {
	return db.update(ctx, func(t *tx) error { return fn(t) })
}

func (db *DB) update(ctx context.Context, fn func(*tx) error) error {
	return db.run(ctx, db.write, fn)
}

// run rolls back unless the commit was reached, so that a panic in fn does too.
func (db *DB) run(ctx context.Context, pool *sql.DB, fn func(*tx) error) error {
	raw, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer raw.Rollback() // after a commit it does nothing
	if err := fn(&tx{ctx: ctx, q: New(cutTimes{raw}), raw: raw, now: studio.Time(db.clock()), db: db}); err != nil {
		return err
	}
	if err := raw.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// Now is studio.Tx's Now.
func (t *tx) Now() time.Time { return t.now }

// NewID is studio.Tx's NewID.
func (t *tx) NewID() string { return t.db.ids.NewID() }

// identify gives a new thing an id, where it has none, and its time.
func (t *tx) identify(id *string, created *time.Time) {
	if *id == "" {
		*id = t.NewID()
	}
	*created = t.now
}

// begin starts the revisions of a new thing.
func (t *tx) begin(revision *int64, created, updated *time.Time) {
	*revision, *created, *updated = 1, t.now, t.now
}

// revised ends an update that changed n rows: where it changed none, the thing
// is gone, which read tells, or somebody was faster.
func (t *tx) revised(of noun, n int64, err error, revision *int64, updated *time.Time, read func() error) error {
	if err != nil {
		return of.fail("update", err)
	}
	if n == 0 {
		if err := read(); err != nil {
			return err
		}
		return of.stale()
	}
	*revision, *updated = *revision+1, t.now
	return nil
}

// found ends a statement that had to change a row.
func (of noun) found(does string, n int64, err error) error {
	if err != nil {
		return of.fail(does, err)
	}
	if n == 0 {
		return of.missing()
	}
	return nil
}

// cutTimes hands times to the database as studio.Time cuts them.
type cutTimes struct{ DBTX }

func cut(args []any) []any {
	for i, a := range args {
		if t, ok := a.(time.Time); ok {
			args[i] = studio.Time(t)
		}
	}
	return args
}

func (c cutTimes) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return c.DBTX.ExecContext(ctx, query, cut(args)...)
}

func (c cutTimes) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.DBTX.QueryContext(ctx, query, cut(args)...)
}

func (c cutTimes) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return c.DBTX.QueryRowContext(ctx, query, cut(args)...)
}
