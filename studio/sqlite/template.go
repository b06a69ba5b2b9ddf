package sqlite

import "github.com/ichimai/ichimai/studio"

func templateOf(r templateRow) studio.Template {
	return studio.Template{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, Name: r.Name, Prompt: r.Prompt, NegativePrompt: r.NegativePrompt,
		Defaults: r.Defaults.V, Settings: r.Settings.V, CaseID: r.CaseID, Uses: r.Uses, Approvals: r.Approvals,
	}
}

// CreateTemplate is studio.Templates's.
func (t *tx) CreateTemplate(v *studio.Template) error {
	t.identify(&v.ID, &v.CreatedAt)
	t.begin(&v.Revision, &v.CreatedAt, &v.UpdatedAt)
	if err := v.Validate(); err != nil {
		return err
	}
	return ofTemplate.fail("create", t.q.createTemplate(t.ctx, createTemplateParams{
		ID: v.ID, ProjectID: v.ProjectID, Revision: v.Revision, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
		CreatedBy: v.CreatedBy, Name: v.Name, Prompt: v.Prompt, NegativePrompt: v.NegativePrompt,
		Defaults: textMap{v.Defaults}, Settings: object{v.Settings}, CaseID: v.CaseID, Uses: v.Uses,
		Approvals: v.Approvals,
	}))
}

// Template is studio.Templates's.
func (t *tx) Template(project, id string) (studio.Template, error) {
	r, err := t.q.getTemplate(t.ctx, getTemplateParams{ProjectID: project, ID: id})
	return templateOf(r), ofTemplate.fail("read", err)
}

// UpdateTemplate is studio.Templates's.
func (t *tx) UpdateTemplate(v *studio.Template) error {
	if err := v.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateTemplate(t.ctx, updateTemplateParams{
		UpdatedAt: t.now, Name: v.Name, Prompt: v.Prompt, NegativePrompt: v.NegativePrompt,
		Defaults: textMap{v.Defaults}, Settings: object{v.Settings}, CaseID: v.CaseID, ProjectID: v.ProjectID, ID: v.ID,
		Revision: v.Revision,
	})
	return t.revised(ofTemplate, n, err, &v.Revision, &v.UpdatedAt, func() error {
		_, err := t.Template(v.ProjectID, v.ID)
		return err
	})
}

// DeleteTemplate is studio.Templates's.
func (t *tx) DeleteTemplate(project, id string) error {
	if err := t.q.forgetTemplate(t.ctx, forgetTemplateParams{ProjectID: project, TemplateID: id}); err != nil {
		return ofTemplate.fail("delete", err)
	}
	if err := t.q.forgetTrialTemplate(t.ctx, forgetTrialTemplateParams{ProjectID: project, TemplateID: id}); err != nil {
		return ofTemplate.fail("delete", err)
	}
	n, err := t.q.deleteTemplate(t.ctx, deleteTemplateParams{ProjectID: project, ID: id})
	return ofTemplate.found("delete", n, err)
}

// ListTemplates is studio.Templates's.
func (t *tx) ListTemplates(project string, f studio.TemplateFilter, p studio.Page) (studio.List[studio.Template], error) {
	rows, err := t.q.listTemplates(t.ctx, listTemplatesParams{
		ProjectID: project, After: after(p), Text: f.Text, Size: size(p),
	})
	return page(ofTemplate, rows, err, p, templateOf, func(v studio.Template) string { return v.ID })
}

// CountTemplate is studio.Templates's.
func (t *tx) CountTemplate(project, id string, uses, approvals int64) error {
	n, err := t.q.countTemplate(t.ctx, countTemplateParams{Uses: uses, Approvals: approvals, ProjectID: project, ID: id})
	return ofTemplate.found("update", n, err)
}
