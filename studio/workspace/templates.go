package workspace

import (
	"context"
	"encoding/json"

	"github.com/ichimai/ichimai/studio"
)

// TemplateText is what a person writes of a template.
type TemplateText struct {
	Name           string
	Prompt         string // with fields in braces, such as {product}
	NegativePrompt string
	Defaults       map[string]string // of fields
	Settings       json.RawMessage   // see TemplateSettings
}

// Templates lists a project's templates with their success.
func (w *Workspace) Templates(ctx context.Context, actor Actor, project string, filter studio.TemplateFilter, page studio.Page) (list studio.List[studio.Template], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListTemplates(project, filter, page)
		return err
	})
	return list, err
}

// Template returns one template; its SuccessRate is the approved fraction.
func (w *Workspace) Template(ctx context.Context, actor Actor, project, id string) (t studio.Template, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		t, err = c.Tx.Template(project, id)
		return err
	})
	return t, err
}

// CreateTemplate keeps a prompt with fields.
func (w *Workspace) CreateTemplate(ctx context.Context, actor Actor, project string, text TemplateText) (t studio.Template, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		t = studio.Template{ProjectID: project, CreatedBy: c.actor.User.ID}
		if err := text.into(&t); err != nil {
			return err
		}
		return c.keepTemplate(&t)
	})
	return t, err
}

func (c *call) keepTemplate(t *studio.Template) error {
	if err := c.Tx.CreateTemplate(t); err != nil {
		return err
	}
	return c.note(Created, "template.create", t.ID, fields{"name": t.Name, "case": t.CaseID})
}

// into writes the text, and refuses settings with which nothing could be drawn.
func (text TemplateText) into(t *studio.Template) error {
	t.Name, t.Prompt, t.NegativePrompt = oneLine(text.Name, studio.MaxName), text.Prompt, text.NegativePrompt
	t.Defaults, t.Settings = text.Defaults, text.Settings
	var d Drawing
	if err := d.take(text.Settings); err != nil {
		return err
	}
	return d.check()
}

// UpdateTemplate changes a template; what was counted of it stays.
func (w *Workspace) UpdateTemplate(ctx context.Context, actor Actor, project, id string, revision int64, text TemplateText) (t studio.Template, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if t, err = c.Tx.Template(project, id); err != nil {
			return err
		}
		if err := asRead(revision, t.Revision); err != nil {
			return err
		}
		if err := text.into(&t); err != nil {
			return err
		}
		if err := c.Tx.UpdateTemplate(&t); err != nil {
			return err
		}
		return c.note(Changed, "template.update", id, fields{"name": t.Name})
	})
	return t, err
}

// DeleteTemplate removes a template. Pictures keep their prompts.
func (w *Workspace) DeleteTemplate(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if err := c.Tx.DeleteTemplate(project, id); err != nil {
			return err
		}
		return c.note(Deleted, "template.delete", id, nil)
	})
}

// RenderTemplate returns a template's prompts with its fields filled in. A field
// without value and default is Invalid.
func (w *Workspace) RenderTemplate(ctx context.Context, actor Actor, project, id string, values map[string]string) (prompt, negativePrompt string, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		t, err := c.Tx.Template(project, id)
		if err != nil {
			return err
		}
		prompt, negativePrompt, err = t.Fill(values)
		return err
	})
	return prompt, negativePrompt, err
}
