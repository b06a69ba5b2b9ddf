package workspace

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
)

// sweepAge is how old a file has to be before it can count as left over: longer
// than any upload or drawing takes between its file and its transaction.
const sweepAge = 6 * time.Hour

// Swept says what a Sweep removed.
type Swept struct {
	Pictures    int // drafts and rejected ones past the policy's retention
	Sessions    int // that had expired
	Idempotency int // answers that were kept for repeats
	Files       files.Swept
}

// Sweep deletes drafts and rejected pictures that are older than the policy keeps
// them, favourites excepted, what has expired, and files that nothing refers to.
// It is for the program to call from time to time.
func (w *Workspace) Sweep(ctx context.Context, actor Actor) (s Swept, err error) {
	err = w.update(ctx, actor, "", mayMaintain, func(c *call) error {
		s = Swept{}
		if s.Pictures, err = c.retire(); err != nil {
			return err
		}
		if s.Sessions, err = c.DeleteSessionsBefore(c.Now()); err != nil {
			return err
		}
		if s.Idempotency, err = c.DeleteIdempotencyBefore(c.Now()); err != nil {
			return err
		}
		return c.note(Changed, "workspace.sweep", "", fields{"pictures": s.Pictures, "sessions": s.Sessions})
	})
	if err != nil {
		return Swept{}, err
	}
	s.Files, err = w.files.Sweep(ctx, sweepAge, func(ctx context.Context, name string) (used bool, err error) {
		err = w.store.View(ctx, func(tx studio.Tx) error {
			used, err = tx.BlobReferenced(name)
			return err
		})
		return used, err
	})
	return s, err
}

// retire deletes what the policy does not keep.
func (c *call) retire() (number int, err error) {
	policy, err := c.Tx.Policy()
	if err != nil || policy.RetentionDays == 0 {
		return 0, err
	}
	before := c.Now().AddDate(0, 0, -policy.RetentionDays)
	var old []studio.Picture
	projects := func(p studio.Page) (studio.List[studio.Project], error) {
		return c.ListProjects(studio.ProjectFilter{}, p)
	}
	for project, err := range studio.All(projects) {
		if err != nil {
			return 0, err
		}
		for _, state := range []studio.PictureState{studio.PictureDraft, studio.PictureRejected} {
			if old, err = c.oldPictures(old, project.ID, state, before); err != nil {
				return 0, err
			}
		}
	}
	for _, p := range old {
		if err := c.deletePicture(p); err != nil {
			return 0, err
		}
	}
	return len(old), nil
}

func (c *call) oldPictures(old []studio.Picture, project string, state studio.PictureState, before time.Time) ([]studio.Picture, error) {
	no := false
	filter := studio.PictureFilter{State: state, CreatedBefore: before, Favourite: &no}
	list := func(p studio.Page) (studio.List[studio.Picture], error) { return c.ListPictures(project, filter, p) }
	for p, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		old = append(old, p)
	}
	return old, nil
}
