package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Times of the connection. Uploads and backups take long; what must not is the
// beginning.
const (
	headerTime  = 10 * time.Second
	idleTime    = 2 * time.Minute
	closingTime = 5 * time.Second
	headerBytes = 64 << 10
)

// tidyEvery is how often what the policy says is past its time is removed.
const tidyEvery = 24 * time.Hour

// Run works and answers on a listener until ctx ends, and then stops cleanly:
// requests get a few seconds to end, what is computed stops after its step and
// goes back to the queue. The listener is closed.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	if err := s.queue.Start(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	streams, end := context.WithCancel(ctx) // streams of events end with it
	defer end()
	go s.warm(streams)
	go s.tidy(streams)
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		BaseContext: func(net.Listener) context.Context { return streams },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the studio: %w", err)
	case <-ctx.Done():
	}
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
	defer done()
	if err := server.Shutdown(closing); err != nil {
		return errors.Join(server.Close(), ignoreLate(err))
	}
	return nil
}

// ignoreLate drops the error of requests that did not end in time: they are cut
// off.
func ignoreLate(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// warm opens the model before the first job asks for it. What computes then yields to
// what answers.
func (s *Server) warm(ctx context.Context) {
	if s.model == nil {
		return
	}
	s.yield(ctx) // warming up computes too
	if err := s.model.Warm(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "model could not be warmed", "error", err)
	}
	s.yield(ctx)
}

func (s *Server) yield(ctx context.Context) {
	if s.options.NoYield {
		return
	}
	threads, err := yield()
	if err != nil {
		s.log.WarnContext(ctx, "what computes does not yield to what answers", "error", err)
		return
	}
	s.log.InfoContext(ctx, "what computes yields to what answers", "threads", threads)
}

func (s *Server) tidy(ctx context.Context) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := s.work.Sweep(ctx, s.work.System()); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "tidying up failed", "error", err)
		}
	}
}
