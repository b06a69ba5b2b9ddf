package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/ichimai/ichimai/studio"
)

// Enqueue adds a job's entry to the queue within the transaction that writes
// the job. It returns an error to roll both back.
type Enqueue func(ctx context.Context, tx *sql.Tx, job studio.Job) error

// Options set what a DB takes from outside. The zero value is ready for use.
type Options struct {
	Clock   studio.Clock // nil is studio.SystemClock
	IDs     studio.IDs   // nil is studio.NewUUIDs(Clock, nil)
	Enqueue Enqueue      // nil writes the job's row alone
	Readers int          // connections for reading; 0 is 8

	// Existing takes a file as it is: one that is not there is NotFound and not
	// created, and its schema stays, so that a program which works on it meanwhile
	// goes on.
	Existing bool
	// ReadOnly is Existing without a way to write: every Update fails.
	ReadOnly bool
}

// DB is the store in one file. It may be used by many goroutines at once.
type DB struct {
	path    string
	write   *sql.DB // one connection
	read    *sql.DB
	clock   studio.Clock
	ids     studio.IDs
	enqueue Enqueue
}

var _ studio.Store = (*DB)(nil)

// Open opens the file at path, which it creates where there is none, and brings
// its schema up to date. A file that a newer program wrote is refused with a
// Conflict, and nothing is changed in it. The folder has to exist.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	o.Existing = o.Existing || o.ReadOnly
	find := createFile
	if o.Existing {
		find = findFile
	}
	if err := find(path); err != nil {
		return nil, err
	}
	db := &DB{path: path, clock: o.Clock, ids: o.IDs, enqueue: o.Enqueue}
	if db.clock == nil {
		db.clock = studio.SystemClock
	}
	if db.ids == nil {
		db.ids = studio.NewUUIDs(db.clock, nil)
	}
	if err := db.connect(o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	prepare := db.prepare
	if o.Existing {
		prepare = db.recognise
	}
	if err := prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// createFile makes an empty file that its owner alone can read: it will hold
// hashes of passwords and the secrets of webhooks.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return f.Close()
}

// findFile wants a file that is there.
func findFile(path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return studio.Errorf(studio.NotFound, "there is no studio here: %s is missing", "スタジオがありません（%sが見つかりません）。", path)
	} else if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

func (db *DB) connect(o Options) (err error) {
	readers := o.Readers
	if readers <= 0 {
		readers = 8
	}
	writing, reading := []string{"_txlock", "immediate"}, []string{"_query_only", "1"}
	if o.ReadOnly {
		writing, reading = []string{"mode", "ro"}, []string{"mode", "ro"}
	}
	if db.write, err = sql.Open("sqlite", source(db.path, writing...)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db.write.SetMaxOpenConns(1)
	if db.read, err = sql.Open("sqlite", source(db.path, reading...)); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db.read.SetMaxOpenConns(readers)
	db.read.SetMaxIdleConns(readers)
	return nil
}

// source is the driver's name for the file and how to open it. Times are whole
// microseconds: of the driver's integer forms, the milliseconds are taken for
// seconds when they lie before September 2001.
func source(path string, more ...string) string {
	v := url.Values{
		"_pragma":              {"busy_timeout(10000)", "foreign_keys(ON)", "trusted_schema(OFF)", "temp_store(MEMORY)"},
		"_time_integer_format": {"unix_micro"},
		"_inttotime":           {"1"},
	}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	if v.Get("mode") != "ro" { // else the journal is as it is
		v["_pragma"] = append(v["_pragma"], "journal_mode(WAL)", "synchronous(NORMAL)")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: v.Encode()}
	return u.String()
}

// prepare migrates, and writes the first policy of a new workspace.
func (db *DB) prepare(ctx context.Context) error {
	if err := migrate(ctx, db.write); err != nil {
		return err
	}
	return db.update(ctx, func(t *tx) error { return t.createFirstPolicy() })
}

// recognise refuses a file that is no store of ours, or a newer program's.
func (db *DB) recognise(ctx context.Context) error {
	provider, err := migrator(db.write)
	if err != nil {
		return err
	}
	known, err := migrated(ctx, db.write)
	if err != nil {
		return err
	}
	if !known {
		return studio.Errorf(studio.Invalid, "%s is not the database of a studio", "%sはスタジオのデータベースではありません。", db.path)
	}
	return refuseNewer(ctx, db.write, provider)
}

// Writer is the one connection for writing, for a queue that keeps its tables
// in the same file. Its transactions are immediate. Whoever holds it holds up
// every Update.
func (db *DB) Writer() *sql.DB { return db.write }

// Path is the file's path as it was given to Open.
func (db *DB) Path() string { return db.path }

// Close waits for running transactions and closes the file.
func (db *DB) Close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.read, db.write} { // the writer last: it folds the WAL into the file
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
