package workspace

import (
	"context"

	"github.com/ichimai/ichimai/studio"
)

// Pictures lists a project's drawn pictures.
func (w *Workspace) Pictures(ctx context.Context, actor Actor, project string, filter studio.PictureFilter, page studio.Page) (list studio.List[studio.Picture], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListPictures(project, filter, page)
		return err
	})
	return list, err
}

// Picture returns one drawn picture.
func (w *Workspace) Picture(ctx context.Context, actor Actor, project, id string) (p studio.Picture, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		p, err = c.Tx.Picture(project, id)
		return err
	})
	return p, err
}

// PictureSources returns the given pictures behind a drawn one, through its
// concepts and the versions before them: what an approver compares it with.
func (w *Workspace) PictureSources(ctx context.Context, actor Actor, project, id string) (sources []studio.Source, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		p, err := c.Tx.Picture(project, id)
		if err != nil {
			return err
		}
		sources, err = c.sourcesOf(p.ConceptIDs...)
		return err
	})
	return sources, err
}

// PictureReviews lists the decisions about a picture, the latest first.
func (w *Workspace) PictureReviews(ctx context.Context, actor Actor, project, id string, page studio.Page) (list studio.List[studio.Review], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		if _, err := c.Tx.Picture(project, id); err != nil {
			return err
		}
		list, err = c.ListReviews(project, studio.ReviewFilter{PictureID: id}, page)
		return err
	})
	return list, err
}

// CountPictures counts a project's pictures by state.
func (w *Workspace) CountPictures(ctx context.Context, actor Actor, project string) (count map[studio.PictureState]int64, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		count, err = c.Tx.CountPictures(project)
		return err
	})
	return count, err
}

// RenamePicture gives a picture another name, which may be empty.
func (w *Workspace) RenamePicture(ctx context.Context, actor Actor, project, id string, revision int64, name string) (studio.Picture, error) {
	name = oneLine(name, studio.MaxName)
	return w.changePicture(ctx, actor, project, id, mayCreate, "picture.rename", fields{"name": name}, func(_ *call, p *studio.Picture) error {
		p.Name = name
		return asRead(revision, p.Revision)
	})
}

// Favourite pins a picture, or with false no longer.
func (w *Workspace) Favourite(ctx context.Context, actor Actor, project, id string, favourite bool) (studio.Picture, error) {
	return w.changePicture(ctx, actor, project, id, mayCreate, "picture.favourite", fields{"favourite": favourite}, func(_ *call, p *studio.Picture) error {
		p.Favourite = favourite
		return nil
	})
}

// changePicture reads, changes and writes a picture, and records it.
func (w *Workspace) changePicture(ctx context.Context, actor Actor, project, id string, may permission, action string, detail any, change func(*call, *studio.Picture) error) (p studio.Picture, err error) {
	err = w.update(ctx, actor, project, may, func(c *call) error {
		if p, err = c.Tx.Picture(project, id); err != nil {
			return err
		}
		if err := change(c, &p); err != nil {
			return err
		}
		if err := c.UpdatePicture(&p); err != nil {
			return err
		}
		return c.note(Changed, action, id, detail)
	})
	return p, err
}

// deletable are the states of pictures that nobody relies on.
var deletable = map[studio.PictureState]bool{
	studio.PictureDraft: true, studio.PictureRejected: true, studio.PictureChangeRequested: true, studio.PictureWithdrawn: true,
}

// DeletePicture removes a picture with its reviews; its file goes with the next
// Sweep. One that is submitted, approved or published is a Conflict: take it
// back, or withdraw it.
func (w *Workspace) DeletePicture(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayCreate, func(c *call) error {
		p, err := c.Tx.Picture(project, id)
		if err != nil {
			return err
		}
		if !deletable[p.State] {
			return studio.Errorf(studio.Conflict, "a picture that is %s cannot be deleted; take it back or withdraw it",
				"状態が「%s」の画像は削除できません。取り下げるか、使用を取り消してください。", p.State)
		}
		return c.deletePicture(p)
	})
}

func (c *call) deletePicture(p studio.Picture) error {
	if err := c.Tx.DeletePicture(p.ProjectID, p.ID); err != nil {
		return err
	}
	return c.noteIn(p.ProjectID, Deleted, "picture.delete", p.ID, fields{"state": p.State, "blob": p.Blob})
}
