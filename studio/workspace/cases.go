package workspace

import (
	"context"
	"encoding/json"

	"github.com/ichimai/ichimai/studio"
)

// NewCase keeps a picture as an example.
type NewCase struct {
	PictureID string
	Good      bool
	Title     string
	Why       string
}

// CaseText is what a person writes of a case.
type CaseText struct {
	Good  bool
	Title string
	Why   string
}

// Cases lists a project's good and bad examples.
func (w *Workspace) Cases(ctx context.Context, actor Actor, project string, filter studio.CaseFilter, page studio.Page) (list studio.List[studio.Case], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListCases(project, filter, page)
		return err
	})
	return list, err
}

// Case returns one example.
func (w *Workspace) Case(ctx context.Context, actor Actor, project, id string) (v studio.Case, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		v, err = c.Tx.Case(project, id)
		return err
	})
	return v, err
}

// CreateCase keeps a picture with its prompt, settings and scores as an example.
// The case outlives the picture. One that was withdrawn is Forbidden.
func (w *Workspace) CreateCase(ctx context.Context, actor Actor, project string, n NewCase) (v studio.Case, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		p, err := c.Tx.Picture(project, n.PictureID)
		if err != nil {
			return err
		}
		if p.State == studio.PictureWithdrawn {
			return studio.Errorf(studio.Forbidden, "the picture was withdrawn: %s", "この画像は使用が取り消されています：%s", p.WithdrawnWhy)
		}
		v = studio.Case{
			ProjectID: project, CreatedBy: c.actor.User.ID, PictureID: p.ID, Good: n.Good,
			Title: oneLine(n.Title, studio.MaxName), Why: n.Why, Blob: p.ThumbBlob,
			Prompt: p.Prompt, NegativePrompt: p.NegativePrompt, Scores: p.Scores,
		}
		if v.Settings, err = caseSettings(p); err != nil {
			return err
		}
		if err := c.Tx.CreateCase(&v); err != nil {
			return err
		}
		return c.note(Created, "case.create", v.ID, fields{"picture": p.ID, "good": v.Good})
	})
	return v, err
}

// caseSettings are the picture's, with the size and the concepts, by which a
// withdrawal finds the case even when the picture is gone.
func caseSettings(p studio.Picture) (json.RawMessage, error) {
	all := map[string]any{}
	if len(p.Settings) > 0 {
		if err := json.Unmarshal(p.Settings, &all); err != nil {
			return nil, err
		}
	}
	all["width"], all["height"], all["concept_ids"] = p.Width, p.Height, p.ConceptIDs
	return json.Marshal(all)
}

// UpdateCase changes what is said of an example.
func (w *Workspace) UpdateCase(ctx context.Context, actor Actor, project, id string, revision int64, text CaseText) (v studio.Case, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if v, err = c.Tx.Case(project, id); err != nil {
			return err
		}
		if err := asRead(revision, v.Revision); err != nil {
			return err
		}
		v.Good, v.Title, v.Why = text.Good, oneLine(text.Title, studio.MaxName), text.Why
		if err := c.Tx.UpdateCase(&v); err != nil {
			return err
		}
		return c.note(Changed, "case.update", id, fields{"good": v.Good})
	})
	return v, err
}

// DeleteCase removes an example. Templates made of it stay.
func (w *Workspace) DeleteCase(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if err := c.Tx.DeleteCase(project, id); err != nil {
			return err
		}
		return c.note(Deleted, "case.delete", id, nil)
	})
}

// TemplateFromCase makes a template of an example's prompt and settings. Its
// fields are put in afterwards: the prompt's own braces become parentheses.
func (w *Workspace) TemplateFromCase(ctx context.Context, actor Actor, project, id, name string) (t studio.Template, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		v, err := c.Tx.Case(project, id)
		if err != nil {
			return err
		}
		var settings TemplateSettings
		if len(v.Settings) > 0 {
			// what a worker wrote in another form is left to the model
			_ = json.Unmarshal(v.Settings, &settings)
		}
		data, err := json.Marshal(settings.within())
		if err != nil {
			return err
		}
		t = studio.Template{ProjectID: project, CreatedBy: c.actor.User.ID, CaseID: id}
		text := TemplateText{Name: name, Prompt: braces.Replace(v.Prompt), NegativePrompt: braces.Replace(v.NegativePrompt), Settings: data}
		if err := text.into(&t); err != nil {
			return err
		}
		return c.keepTemplate(&t)
	})
	return t, err
}

// within drops what a request could not ask for.
func (s TemplateSettings) within() TemplateSettings {
	if (&Drawing{Width: s.Width, Height: s.Height}).check() != nil {
		s.Width, s.Height = 0, 0
	}
	if (&Drawing{Steps: s.Steps}).check() != nil {
		s.Steps = 0
	}
	if (&Drawing{Guidance: s.Guidance}).check() != nil {
		s.Guidance = 0
	}
	return s
}
