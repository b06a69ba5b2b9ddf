package workspace

import (
	"context"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
)

// Disk tells the bytes that are free where the workspace lies.
type Disk func() (free int64, err error)

// Status is how the workspace stands.
type Status struct {
	Projects  int
	Users     int
	Jobs      map[studio.JobState]int       // queued and running
	Pictures  map[studio.PictureState]int64 // of all projects
	Files     int
	FileBytes int64
	FreeBytes int64 // -1 where that is not known
	AuditSeq  int64
}

// Status counts what there is. It goes through all files.
func (w *Workspace) Status(ctx context.Context, actor Actor) (Status, error) {
	s := Status{Jobs: map[studio.JobState]int{}, Pictures: map[studio.PictureState]int64{}, FreeBytes: -1}
	if err := w.view(ctx, actor, "", mayMaintain, s.count); err != nil {
		return Status{}, err
	}
	err := w.files.All(ctx, func(b files.Blob) error {
		s.Files, s.FileBytes = s.Files+1, s.FileBytes+b.Size
		return nil
	})
	if err != nil {
		return Status{}, err
	}
	if w.disk != nil {
		if s.FreeBytes, err = w.disk(); err != nil {
			return Status{}, err
		}
	}
	return s, nil
}

func (s *Status) count(c *call) error {
	projects := func(p studio.Page) (studio.List[studio.Project], error) {
		return c.ListProjects(studio.ProjectFilter{}, p)
	}
	for project, err := range studio.All(projects) {
		if err != nil {
			return err
		}
		s.Projects++
		count, err := c.Tx.CountPictures(project.ID)
		if err != nil {
			return err
		}
		for state, n := range count {
			s.Pictures[state] += n
		}
	}
	users := func(p studio.Page) (studio.List[studio.User], error) { return c.ListUsers(studio.UserFilter{}, p) }
	for _, err := range studio.All(users) {
		if err != nil {
			return err
		}
		s.Users++
	}
	for _, state := range []studio.JobState{studio.JobQueued, studio.JobRunning} {
		jobs, err := jobsIn(c.Tx, state)
		if err != nil {
			return err
		}
		s.Jobs[state] = len(jobs)
	}
	head, err := c.AuditHead()
	s.AuditSeq = head.Seq
	return err
}
