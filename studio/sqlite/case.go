package sqlite

import "github.com/ichimai/ichimai/studio"

func caseOf(r caseRow) studio.Case {
	return studio.Case{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, PictureID: r.PictureID, Good: r.Good, Title: r.Title, Why: r.Why, Blob: r.Blob,
		Prompt: r.Prompt, NegativePrompt: r.NegativePrompt, Settings: r.Settings.V, Scores: r.Scores.V,
	}
}

// CreateCase is studio.Cases's.
func (t *tx) CreateCase(c *studio.Case) error {
	t.identify(&c.ID, &c.CreatedAt)
	t.begin(&c.Revision, &c.CreatedAt, &c.UpdatedAt)
	if err := c.Validate(); err != nil {
		return err
	}
	return ofCase.fail("create", t.q.createCase(t.ctx, createCaseParams{
		ID: c.ID, ProjectID: c.ProjectID, Revision: c.Revision, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		CreatedBy: c.CreatedBy, PictureID: c.PictureID, Good: c.Good, Title: c.Title, Why: c.Why, Blob: c.Blob,
		Prompt: c.Prompt, NegativePrompt: c.NegativePrompt, Settings: object{c.Settings}, Scores: numberMap{c.Scores},
	}))
}

// Case is studio.Cases's.
func (t *tx) Case(project, id string) (studio.Case, error) {
	r, err := t.q.getCase(t.ctx, getCaseParams{ProjectID: project, ID: id})
	return caseOf(r), ofCase.fail("read", err)
}

// UpdateCase is studio.Cases's.
func (t *tx) UpdateCase(c *studio.Case) error {
	if err := c.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateCase(t.ctx, updateCaseParams{
		UpdatedAt: t.now, PictureID: c.PictureID, Good: c.Good, Title: c.Title, Why: c.Why, Blob: c.Blob,
		Prompt: c.Prompt, NegativePrompt: c.NegativePrompt, Settings: object{c.Settings}, Scores: numberMap{c.Scores},
		ProjectID: c.ProjectID, ID: c.ID, Revision: c.Revision,
	})
	return t.revised(ofCase, n, err, &c.Revision, &c.UpdatedAt, func() error {
		_, err := t.Case(c.ProjectID, c.ID)
		return err
	})
}

// DeleteCase is studio.Cases's.
func (t *tx) DeleteCase(project, id string) error {
	if err := t.q.forgetCase(t.ctx, forgetCaseParams{ProjectID: project, CaseID: id}); err != nil {
		return ofCase.fail("delete", err)
	}
	n, err := t.q.deleteCase(t.ctx, deleteCaseParams{ProjectID: project, ID: id})
	return ofCase.found("delete", n, err)
}

// ListCases is studio.Cases's.
func (t *tx) ListCases(project string, f studio.CaseFilter, p studio.Page) (studio.List[studio.Case], error) {
	rows, err := t.q.listCases(t.ctx, listCasesParams{
		ProjectID: project, After: after(p), Text: f.Text, Good: choice(f.Good), Size: size(p),
	})
	return page(ofCase, rows, err, p, caseOf, func(v studio.Case) string { return v.ID })
}
