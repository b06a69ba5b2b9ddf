package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
)

// markOpen leaves a mark that the studio is open. Where there is one already, the
// process that left it was killed, and what it had stored without coming to refer to
// it is removed. Nothing else writes at that time: the queue's lock is ours, and
// nothing listens yet.
func (s *Server) markOpen(ctx context.Context) error {
	_, err := os.Stat(s.at.open)
	switch {
	case err == nil:
		if err := s.removeLoose(ctx); err != nil {
			return err
		}
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("open studio: %w", err)
	}
	err = errors.Join(os.RemoveAll(s.at.scratch), os.Mkdir(s.at.scratch, 0o700), os.WriteFile(s.at.open, nil, 0o600))
	if err != nil {
		return fmt.Errorf("open studio: %w", err)
	}
	s.opened = true
	return nil
}

// tidyTime bounds how long closing takes for files that nothing refers to.
const tidyTime = 10 * time.Second

// unmarkOpen says that the studio was closed in order, once nothing works any more:
// it removes what nothing refers to, such as former previews of jobs, and then the
// mark. What does not fit into the time is left for the next start, with the mark.
func (s *Server) unmarkOpen(ctx context.Context) error {
	release, err := jobs.Lock(s.at.database)
	if studio.ErrorCode(err) == studio.Conflict {
		return nil // another process has opened it meanwhile
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	if err := s.removeLoose(ctx); err != nil {
		s.log.Warn("files that nothing refers to are left for the next start", "error", err)
		return release()
	}
	if err := errors.Join(os.RemoveAll(s.at.scratch), os.Remove(s.at.open)); err != nil {
		return errors.Join(fmt.Errorf("close studio: %w", err), release())
	}
	return release()
}

// anyAge makes files of any age old enough, whatever the clocks say.
const anyAge = -24 * time.Hour

// removeLoose removes files that nothing refers to. It is for times at which nothing
// writes, so that their age does not matter.
func (s *Server) removeLoose(ctx context.Context) error {
	used, err := s.usedFiles(ctx)
	if err != nil {
		return err
	}
	swept, err := s.files.Sweep(ctx, anyAge, func(ctx context.Context, name string) (bool, error) {
		if used[name] {
			return true, nil
		}
		referenced := true
		err := s.db.View(ctx, func(tx studio.Tx) (err error) {
			referenced, err = tx.BlobReferenced(name)
			return err
		})
		return referenced, err
	})
	if err != nil {
		return fmt.Errorf("remove files that nothing refers to: %w", err)
	}
	s.log.Info("removed files that nothing refers to", "files", swept.Blobs+swept.Incoming, "bytes", swept.Bytes)
	return nil
}

// usedFiles are the names of all files that something refers to: one walk is quicker
// than a question for each.
func (s *Server) usedFiles(ctx context.Context) (map[string]bool, error) {
	used := map[string]bool{}
	err := s.db.View(ctx, func(tx studio.Tx) error {
		for ref, err := range studio.ReadBlobs(tx) {
			if err != nil {
				return err
			}
			used[ref.Blob] = true
		}
		return nil
	})
	return used, err
}
