package web

import (
	"fmt"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// policyView is the rules and the protected marks.
type policyView struct {
	policy studio.Policy
	marks  []studio.Mark
}

// allMarks lists the protected marks, the latest first.
func (v *visit) allMarks() (all []studio.Mark, err error) {
	list := func(p studio.Page) (studio.List[studio.Mark], error) { return v.work().Marks(v.ctx(), v.actor, p) }
	for m, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func addMark(v *visit) error {
	pictures := v.r.MultipartForm.File["mark"]
	if len(pictures) == 0 {
		return badField("mark", "Choose a picture of the mark.", "マークの画像を選択してください。")
	}
	file, err := pictures[0].Open()
	if err != nil {
		return fmt.Errorf("read mark: %w", err)
	}
	defer file.Close()
	_, err = v.work().AddMark(v.ctx(), v.actor, workspace.NewMark{Name: v.field("mark_name"), Owner: v.field("mark_owner"), Reason: v.field("mark_reason"), File: file})
	if err != nil {
		return err
	}
	return v.redirect("/admin/policy", "marked")
}

func removeMark(v *visit) error {
	if err := v.work().RemoveMark(v.ctx(), v.actor, v.r.PathValue("mark")); err != nil {
		return err
	}
	return v.redirect("/admin/policy", "removed")
}

func serveMark(v *visit) error {
	file, m, err := v.work().OpenMark(v.ctx(), v.actor, v.r.PathValue("mark"))
	if err != nil {
		return err
	}
	return v.send(file, download{name: m.ID + ".png", kind: "image/png", etag: m.Blob, inline: true})
}

// shownMark is a protected mark that a picture shows, with its picture while it is still
// protected.
type shownMark struct {
	studio.FoundMark
	mark *studio.Mark
}

// shownMarks are those that a picture shows and that nobody has allowed.
func (v *visit) shownMarks(p *studio.Picture) (shown []shownMark, err error) {
	found := p.Verdict(studio.CheckMark)
	if found == nil || found.Override != nil || len(found.Marks) == 0 {
		return nil, nil
	}
	all, err := v.allMarks()
	if err != nil {
		return nil, err
	}
	known := map[string]*studio.Mark{}
	for i := range all {
		known[all[i].ID] = &all[i]
	}
	for _, m := range found.Marks {
		shown = append(shown, shownMark{m, known[m.ID]})
	}
	return shown, nil
}
