package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/sqlite"
)

// Options set what a Queue takes from outside.
type Options struct {
	DB     *sqlite.DB // needed; it was opened with [Enqueue]
	Desk   Desk       // needed: the workspace over DB
	Runner Runner     // needed
	Folder string     // needed: for runs of learning that can go on; made where there is none
	Log    *slog.Logger
	// Timeouts replace those of DefaultTimeouts, by kind.
	Timeouts map[studio.JobKind]time.Duration
	// WatchEvery is how often a running job looks whether it was cancelled; 0 is a
	// quarter of a second.
	WatchEvery time.Duration
}

// Queue works the studio's jobs. One process has it.
type Queue struct {
	desk     Desk
	runner   Runner
	log      *slog.Logger
	db       *sqlite.DB
	river    *river.Client[*sql.Tx]
	lock     *flock.Flock
	folder   string
	timeouts map[studio.JobKind]time.Duration
	watch    time.Duration

	sender     *sender
	pauseAfter func(tries int) time.Duration

	mu      sync.Mutex
	turns   *turns
	orphans map[string]studio.Job // running in the store, but in no worker's hands
	stop    context.CancelFunc    // of what Start began beside River
	beside  sync.WaitGroup
}

// Open takes the queue for this process: it locks it, brings its tables up to
// date, and takes up what a dead process left. Nothing runs before Start. A queue
// that another process has is a Conflict.
func Open(ctx context.Context, o Options) (*Queue, error) {
	if o.DB == nil || o.Desk == nil || o.Runner == nil || o.Folder == "" {
		return nil, errors.New("open queue: a database, a desk, a runner and a folder are needed")
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	l, err := lock(o.DB.Path())
	if err != nil {
		return nil, err
	}
	q := newQueue(o)
	q.lock = l
	if err := q.prepare(ctx); err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	return q, nil
}

func newQueue(o Options) *Queue {
	q := &Queue{
		desk: o.Desk, runner: o.Runner, log: o.Log, db: o.DB, folder: o.Folder,
		timeouts: DefaultTimeouts(), watch: o.WatchEvery, turns: newTurns(), orphans: map[string]studio.Job{},
		sender: newSender(), pauseAfter: pauseAfter,
	}
	maps.Copy(q.timeouts, o.Timeouts)
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	if q.watch <= 0 {
		q.watch = time.Second / 4
	}
	return q
}

// prepare makes everything ready for Start.
func (q *Queue) prepare(ctx context.Context) error {
	if err := Migrate(ctx, q.db); err != nil {
		return err
	}
	if err := q.recover(ctx); err != nil {
		return err
	}
	client, err := q.newClient()
	if err != nil {
		return fmt.Errorf("open queue: %w", err)
	}
	q.river = client
	return nil
}

// slack is what River waits for beyond a job's own time, which ends first.
const slack = time.Minute

func (q *Queue) newClient() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &waker{q: q})
	river.AddWorker(workers, &courier{q: q})
	queues := map[string]river.QueueConfig{laneWebhooks: {MaxWorkers: 4}}
	for lane, most := range lanes {
		queues[lane] = river.QueueConfig{MaxWorkers: most}
	}
	return river.NewClient(riversqlite.New(q.db.Writer()), &river.Config{
		Logger:               slog.New(warnings{q.log.Handler()}),
		Queues:               queues,
		Workers:              workers,
		JobTimeout:           q.longest() + slack,
		RescueStuckJobsAfter: q.longest() + 2*slack,
		// Entries say nothing that the jobs' own rows do not.
		CompletedJobRetentionPeriod: time.Hour,
	})
}

func (q *Queue) longest() time.Duration {
	longest := time.Duration(0)
	for _, t := range q.timeouts {
		longest = max(longest, t)
	}
	return longest
}

// Start begins to work, until Stop. The context is for the start alone.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start queue: %w", err)
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	q.mu.Lock()
	q.stop = stop
	q.mu.Unlock()
	q.beside.Go(func() { q.post(run) })
	return nil
}

// Stop ends what runs after the step under way and gives the queue free. What was
// cut off goes on with the next Start of any process.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	stop := q.stop
	q.stop = nil
	q.mu.Unlock()
	var errs []error
	if stop != nil {
		stop()
		errs = append(errs, q.river.StopAndCancel(ctx))
		q.beside.Wait()
	}
	if err := errors.Join(append(errs, q.lock.Unlock())...); err != nil {
		return fmt.Errorf("stop queue: %w", err)
	}
	return nil
}

// warnings is a handler that leaves out what River says of itself in good health.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
