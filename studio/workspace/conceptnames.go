package workspace

import (
	"context"

	"github.com/ichimai/ichimai/studio"
)

// RenameConcept gives a concept, with all versions of its name, another name that
// is free in the project. The word that prompts use for it stays, and so does the
// name that a version's file has inside. One that was withdrawn is a Conflict.
func (w *Workspace) RenameConcept(ctx context.Context, actor Actor, project, id string, revision int64, name string) (v studio.Concept, err error) {
	name = oneLine(name, studio.MaxName)
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if v, err = c.Tx.Concept(project, id); err != nil {
			return err
		}
		if err := asRead(revision, v.Revision); err != nil {
			return err
		}
		if v.State == studio.ConceptWithdrawn {
			return studio.Errorf(studio.Conflict, "the concept was withdrawn and stays as it is", "このコンセプトは使用が取り消されているため、変更できません。")
		}
		if name == v.Name {
			return nil
		}
		if err := c.freeName(name); err != nil {
			return err
		}
		if err := c.renameVersions(v.Name, name); err != nil {
			return err
		}
		v, err = c.Tx.Concept(project, id)
		return err
	})
	return v, err
}

func (c *call) renameVersions(from, to string) error {
	versions, err := c.versions(from)
	if err != nil {
		return err
	}
	for _, v := range versions {
		v.Name = to
		if err := c.UpdateConcept(&v); err != nil {
			return err
		}
		if err := c.note(Changed, "concept.rename", v.ID, fields{"before": from, "name": to, "version": v.Version}); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) freeName(name string) error {
	same, err := c.ListConcepts(c.project.ID, studio.ConceptFilter{Name: name}, studio.Page{Limit: 1})
	if err == nil && name != "" && len(same.Items) > 0 {
		return studio.Errorf(studio.Conflict, "there is a concept %q already; learn a new version of it, or choose another name",
			"コンセプト「%s」はすでに存在します。新しいバージョンを学習するか、別の名前を指定してください。", name)
	}
	return err
}

func (c *call) nextVersion(name string) (int, error) {
	next := 1
	versions, err := c.versions(name)
	for _, v := range versions {
		next = max(next, v.Version+1)
	}
	return next, err
}

// versions are all concepts of a name.
func (c *call) versions(name string) (list []studio.Concept, err error) {
	for v, err := range studio.All(func(p studio.Page) (studio.List[studio.Concept], error) {
		return c.ListConcepts(c.project.ID, studio.ConceptFilter{Name: name}, p)
	}) {
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}
