package sqlite

import "github.com/ichimai/ichimai/studio"

func projectOf(r projectRow) studio.Project { return studio.Project(r) }

// CreateProject is studio.Projects's.
func (t *tx) CreateProject(p *studio.Project) error {
	t.identify(&p.ID, &p.CreatedAt)
	t.begin(&p.Revision, &p.CreatedAt, &p.UpdatedAt)
	if err := p.Validate(); err != nil {
		return err
	}
	return ofProject.fail("create", t.q.createProject(t.ctx, createProjectParams(*p)))
}

// Project is studio.Projects's.
func (t *tx) Project(id string) (studio.Project, error) {
	r, err := t.q.getProject(t.ctx, id)
	return projectOf(r), ofProject.fail("read", err)
}

// UpdateProject is studio.Projects's.
func (t *tx) UpdateProject(p *studio.Project) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateProject(t.ctx, updateProjectParams{
		UpdatedAt: t.now, Name: p.Name, Description: p.Description, ArchivedAt: p.ArchivedAt,
		ID: p.ID, Revision: p.Revision,
	})
	return t.revised(ofProject, n, err, &p.Revision, &p.UpdatedAt, func() error {
		_, err := t.Project(p.ID)
		return err
	})
}

// ListProjects is studio.Projects's.
func (t *tx) ListProjects(f studio.ProjectFilter, p studio.Page) (studio.List[studio.Project], error) {
	rows, err := t.q.listProjects(t.ctx, listProjectsParams{
		After: after(p), Text: f.Text, Archived: choice(f.Archived), UserID: f.UserID, Size: size(p),
	})
	return page(ofProject, rows, err, p, projectOf, func(v studio.Project) string { return v.ID })
}
