package web

import (
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func photosPage(v *visit) error {
	q := v.r.URL.Query()
	list, err := v.work().Sources(v.ctx(), v.actor, v.project.ID, studio.SourceFilter{Text: q.Get("q")}, v.pageOf(24))
	if err != nil {
		return err
	}
	v.section = sectionPhotos
	return v.show(text{"Photos and rights", "写真と権利"}, photos(v, list))
}

// photoView is what a photo's page shows.
type photoView struct {
	source   studio.Source
	concepts []studio.Concept // learned from it
	by       string           // who confirmed the rights
}

func (v *visit) loadPhoto() (p photoView, err error) {
	if p.source, err = v.work().Source(v.ctx(), v.actor, v.project.ID, v.r.PathValue("source")); err != nil {
		return p, err
	}
	list, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{SourceID: p.source.ID}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return p, err
	}
	p.concepts = list.Items
	names, err := v.names()
	p.by = names[p.source.Rights.ConfirmedBy]
	return p, err
}

// names are what the project's members are called, by user.
func (v *visit) names() (map[string]string, error) {
	people, err := v.work().Members(v.ctx(), v.actor, v.project.ID, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return nil, err
	}
	names := map[string]string{v.actor.User.ID: v.actor.User.Name, "system": v.say(text{"the studio", "スタジオ"})}
	for _, p := range people.Items {
		names[p.UserID] = p.Name
	}
	return names, nil
}

func photoPage(v *visit) error {
	p, err := v.loadPhoto()
	if err != nil {
		return err
	}
	v.section = sectionPhotos
	return v.show(text{"{name}", "{name}"}, photo(v, p), "name", p.source.Name)
}

func updateRights(v *visit) error {
	rights, err := v.rights()
	if err != nil {
		return err
	}
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	id := v.r.PathValue("source")
	_, err = v.work().UpdateRights(v.ctx(), v.actor, v.project.ID, id, workspace.RightsChange{Rights: rights, Confirmed: v.ticked("confirmed"), Revision: revision})
	if err != nil {
		return err
	}
	return v.redirect(v.path("photos", id), "saved")
}

func addConsent(v *visit) error {
	documents := v.r.MultipartForm.File["consent"]
	if len(documents) == 0 {
		return badField("", "Choose a document.", "同意書のファイルを選択してください。")
	}
	id := v.r.PathValue("source")
	if err := v.keepConsent(id, documents[0]); err != nil {
		return err
	}
	return v.redirect(v.path("photos", id), "consent")
}

func serveConsent(v *visit) error {
	s, err := v.work().Source(v.ctx(), v.actor, v.project.ID, v.r.PathValue("source"))
	if err != nil {
		return err
	}
	if s.Rights.ConsentBlob == "" {
		return errNoPage
	}
	file, _, _, err := v.work().OpenFile(v.ctx(), v.actor, v.project.ID, s.Rights.ConsentBlob)
	if err != nil {
		return err
	}
	return v.send(file, download{name: "consent-" + s.ID[len(s.ID)-6:], kind: "application/octet-stream", etag: s.Rights.ConsentBlob})
}

// withdrawPhotoPage says what would be withdrawn with a photo.
func withdrawPhotoPage(v *visit) error {
	p, err := v.loadPhoto()
	if err != nil {
		return err
	}
	w, err := v.foresee(p)
	if err != nil {
		return err
	}
	v.section = sectionPhotos
	return v.show(text{"Withdraw the photo", "写真の使用を取り消す"}, foreseen(v, p.source, w))
}

// foresee lists what stems from a photo, as far as it may still be used: what
// was learned from it, the later versions of that, and what was drawn with any.
func (v *visit) foresee(p photoView) (w workspace.Withdrawal, err error) {
	list := func(page studio.Page) (studio.List[studio.Concept], error) {
		return v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{}, page)
	}
	var all []studio.Concept
	for c, err := range studio.All(list) {
		if err != nil {
			return w, err
		}
		all = append(all, c)
	}
	taken := map[string]bool{}
	for _, c := range p.concepts {
		taken[c.ID] = true
	}
	for i := len(all) - 1; i >= 0; i-- { // the oldest first: a version comes after its parent
		c := all[i]
		if taken[c.ParentID] {
			taken[c.ID] = true
		}
		if taken[c.ID] && c.State != studio.ConceptWithdrawn {
			w.Concepts = append(w.Concepts, c)
		}
	}
	return w, v.foreseePictures(&w)
}

func (v *visit) foreseePictures(w *workspace.Withdrawal) error {
	seen := map[string]bool{}
	for _, c := range w.Concepts {
		list := func(page studio.Page) (studio.List[studio.Picture], error) {
			return v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{ConceptID: c.ID}, page)
		}
		for p, err := range studio.All(list) {
			if err != nil {
				return err
			}
			if !seen[p.ID] && p.State != studio.PictureWithdrawn {
				seen[p.ID] = true
				w.Pictures = append(w.Pictures, p)
			}
		}
	}
	return nil
}

func withdrawPhoto(v *visit) error {
	w, err := v.work().WithdrawSource(v.ctx(), v.actor, v.project.ID, v.r.PathValue("source"), v.field("reason"))
	if err != nil {
		return err
	}
	v.section = sectionPhotos
	return v.show(text{"Withdrawn", "取り消しました"}, withdrawn(v, w))
}
