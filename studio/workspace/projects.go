package workspace

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// CreateProject makes a project, in which the actor has the role admin. It takes
// an admin of the workspace.
func (w *Workspace) CreateProject(ctx context.Context, actor Actor, name, description string) (project studio.Project, err error) {
	err = w.update(ctx, actor, "", mayAdminister, func(c *call) error {
		project = studio.Project{Name: oneLine(name, studio.MaxName), Description: description, CreatedBy: c.actor.User.ID}
		if err := c.Tx.CreateProject(&project); err != nil {
			return err
		}
		m := studio.Member{ProjectID: project.ID, UserID: c.actor.User.ID, Role: studio.RoleAdmin}
		if err := c.CreateMember(&m); err != nil {
			return err
		}
		return c.noteIn(project.ID, Created, "project.create", project.ID, fields{"name": project.Name})
	})
	return project, err
}

// Projects lists the projects of which the actor is a member; for an admin of
// the workspace all of them. The filter's UserID is ignored. A token for one
// project lists that one.
func (w *Workspace) Projects(ctx context.Context, actor Actor, filter studio.ProjectFilter, page studio.Page) (list studio.List[studio.Project], err error) {
	err = w.view(ctx, actor, "", mayAsk, func(c *call) error {
		if c.actor.ProjectID != "" {
			if err := c.enter(c.actor.ProjectID); err != nil {
				return err
			}
			list.Items = []studio.Project{c.project}
			return nil
		}
		if filter.UserID = c.actor.User.ID; c.actor.User.Admin {
			filter.UserID = ""
		}
		list, err = c.ListProjects(filter, page)
		return err
	})
	return list, err
}

// Project returns a project and the actor's role in it.
func (w *Workspace) Project(ctx context.Context, actor Actor, id string) (project studio.Project, role studio.Role, err error) {
	err = w.view(ctx, actor, id, maySee, func(c *call) error {
		project, role = c.project, c.role
		return nil
	})
	return project, role, err
}

// UpdateProject changes a project's name and description.
func (w *Workspace) UpdateProject(ctx context.Context, actor Actor, id string, revision int64, name, description string) (studio.Project, error) {
	return w.changeProject(ctx, actor, id, "project.update", fields{"name": name}, func(c *call) error {
		c.project.Name, c.project.Description = oneLine(name, studio.MaxName), description
		return asRead(revision, c.project.Revision)
	})
}

// ArchiveProject puts a project away, or with false brings it back. What is
// archived can be seen and withdrawn, and nothing new is made in it.
func (w *Workspace) ArchiveProject(ctx context.Context, actor Actor, id string, archived bool) (studio.Project, error) {
	return w.changeProject(ctx, actor, id, "project.archive", fields{"archived": archived}, func(c *call) error {
		switch {
		case !archived:
			c.project.ArchivedAt = time.Time{}
		case !c.project.Archived():
			c.project.ArchivedAt = c.Now()
		}
		return nil
	})
}

func (w *Workspace) changeProject(ctx context.Context, actor Actor, id, action string, detail fields, change func(*call) error) (project studio.Project, err error) {
	err = w.update(ctx, actor, id, mayManage, func(c *call) error {
		if err := change(c); err != nil {
			return err
		}
		if err := c.Tx.UpdateProject(&c.project); err != nil {
			return err
		}
		project = c.project
		return c.note(Changed, action, id, detail)
	})
	return project, err
}
