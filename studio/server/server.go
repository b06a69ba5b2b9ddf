package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"github.com/ichimai/ichimai/studio/draw"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/web"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Options set what a Server takes from outside.
type Options struct {
	Folder  string // needed; made where there is none
	Draw    draw.Options
	Runner  jobs.Runner // in place of the model of Draw; for tests
	Log     *slog.Logger
	Version string // of the program

	// NoYield leaves the threads that compute the priority of those that answer. It
	// is for measuring what the difference is worth.
	NoYield bool

	// Origin is where browsers reach the studio when something else stands in front
	// of it, such as "https://studio.example.com". "" is the address that it
	// listens on.
	Origin string
}

// Server is a studio that is open.
type Server struct {
	options Options
	log     *slog.Logger
	origin  *url.URL // nil where nothing stands in front
	db      *sqlite.DB
	files   *files.Files
	work    *workspace.Workspace
	runner  jobs.Runner
	model   *draw.Runner // nil where the runner is not ours
	queue   *jobs.Queue
	at      places
	opened  bool // the mark of being open is there
}

// Open opens the studio in a folder, and takes it for this process: where
// another has it the error is a studio.Conflict. Nothing is computed and nothing
// listens before Run.
func Open(ctx context.Context, o Options) (s *Server, err error) {
	s = &Server{options: o, log: o.Log, at: placesIn(o.Folder)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.origin, err = readOrigin(o.Origin); err != nil {
		return nil, err
	}
	if o.Folder == "" {
		return nil, errors.New("open studio: a folder is needed")
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("open studio: %w", err)
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) (err error) {
	if s.db, err = sqlite.Open(ctx, s.at.database, sqlite.Options{Enqueue: jobs.Enqueue}); err != nil {
		return err
	}
	bucket, err := files.OpenFolder(s.at.files)
	if err != nil {
		return err
	}
	s.files = files.New(bucket, nil)
	rules := workspace.Options{Store: s.db, Files: s.files, Log: s.log, Disk: s.freeBytes}
	if s.runner = s.options.Runner; s.runner == nil {
		s.options.Draw.Scratch = cmp.Or(s.options.Draw.Scratch, s.at.scratch)
		s.model = draw.New(s.options.Draw)
		s.runner, rules.Checks = s.model, s.model
	}
	if rules.Stamper, err = s.stamper(); err != nil {
		return err
	}
	if s.work, err = workspace.New(rules); err != nil {
		return err
	}
	s.queue, err = jobs.Open(ctx, jobs.Options{DB: s.db, Desk: s.work, Runner: s.runner, Folder: s.at.runs, Log: s.log})
	if err != nil {
		return err
	}
	return s.markOpen(ctx)
}

// FirstLink returns the secret of the link that makes the first admin, and false
// where there are users already.
func (s *Server) FirstLink(ctx context.Context) (secret string, needed bool, err error) {
	return s.work.FirstLink(ctx)
}

// Workspace is the studio's use cases.
func (s *Server) Workspace() *workspace.Workspace { return s.work }

// Close gives everything back. What runs is stopped after the step under way and
// goes on when the studio is opened again.
func (s *Server) Close(ctx context.Context) error {
	var errs []error
	if s.queue != nil {
		errs = append(errs, s.queue.Stop(ctx))
	}
	if s.opened {
		errs = append(errs, s.unmarkOpen(ctx))
	}
	if s.model != nil {
		errs = append(errs, s.model.Close())
	}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}

// readOrigin reads Options.Origin.
func readOrigin(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, &OriginError{s}
	}
	return u, nil
}

// OriginError is of an Origin that is none.
type OriginError struct{ Origin string }

// Error says what an origin looks like.
func (e *OriginError) Error() string {
	return fmt.Sprintf("%q is no origin; give a scheme and a host alone, such as https://studio.example.com", e.Origin)
}

// device says what computes.
func (s *Server) device() web.Device {
	d := web.Device{Model: s.options.Draw.Model}
	if s.options.Draw.Engine != nil {
		d.Name = s.options.Draw.Engine.Device()
	}
	return d
}
