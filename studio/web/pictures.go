package web

import (
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func picturesPage(v *visit) error {
	q := v.r.URL.Query()
	filter := studio.PictureFilter{Text: q.Get("q"), State: studio.PictureState(q.Get("state")), ConceptID: q.Get("concept"), TemplateID: q.Get("template")}
	if q.Get("favourite") != "" {
		filter.Favourite = new(true)
	}
	list, err := v.work().Pictures(v.ctx(), v.actor, v.project.ID, filter, v.pageOf(24))
	if err != nil {
		return err
	}
	known, err := v.work().Concepts(v.ctx(), v.actor, v.project.ID, studio.ConceptFilter{}, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	v.section = sectionPictures
	return v.show(text{"Pictures", "画像"}, pictures(v, list, known.Items))
}

// pictureView is a picture with where it comes from and what became of it.
type pictureView struct {
	picture  studio.Picture
	concepts []studio.Concept
	sources  []studio.Source
	reviews  []studio.Review
	template *studio.Template
	names    map[string]string // of people
	siblings []studio.Picture  // of the same job
	fourEyes bool              // the policy wants them, and the visitor is whoever submitted it
	next     string            // the queue's next picture, ""
	deciding bool              // the checks stand beside the decision
	marks    []shownMark       // protected ones, which an approver has to allow first
}

func (v *visit) loadPicture() (p pictureView, err error) {
	if p.picture, err = v.work().Picture(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture")); err != nil {
		return p, err
	}
	for _, id := range p.picture.ConceptIDs {
		c, err := v.work().Concept(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return p, err
		}
		p.concepts = append(p.concepts, c)
	}
	if p.sources, err = v.work().PictureSources(v.ctx(), v.actor, v.project.ID, p.picture.ID); err != nil {
		return p, err
	}
	reviews, err := v.work().PictureReviews(v.ctx(), v.actor, v.project.ID, p.picture.ID, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return p, err
	}
	p.reviews = reviews.Items
	if p.names, err = v.names(); err != nil {
		return p, err
	}
	return p, v.loadBeside(&p)
}

// loadBeside loads the picture's template and what its job drew besides.
func (v *visit) loadBeside(p *pictureView) (err error) {
	if id := p.picture.TemplateID; id != "" {
		t, err := v.work().Template(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return err
		}
		p.template = &t
	}
	if p.picture.JobID != "" {
		list, err := v.picturesOf(studio.Job{ID: p.picture.JobID})
		if err != nil {
			return err
		}
		for _, other := range list {
			if other.ID != p.picture.ID {
				p.siblings = append(p.siblings, other)
			}
		}
	}
	if p.marks, err = v.shownMarks(&p.picture); err != nil {
		return err
	}
	policy, err := v.work().Policy(v.ctx(), v.actor)
	p.fourEyes = policy.FourEyes && p.picture.SubmittedBy == v.actor.User.ID
	return err
}

func picturePage(v *visit) error {
	p, err := v.loadPicture()
	if err != nil {
		return err
	}
	v.section = sectionPictures
	return v.show(text{"{name}", "{name}"}, pictureContent(v, p), "name", pictureTitle(&p.picture))
}

// back leads to the picture's page, or to where the form says.
func (v *visit) back(done string) error {
	return v.redirect(v.backOr(v.path("pictures", v.r.PathValue("picture"))), done)
}

func favourite(v *visit) error {
	pin := v.field("favourite") == "yes"
	if _, err := v.work().Favourite(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture"), pin); err != nil {
		return err
	}
	if pin {
		return v.back("favourite")
	}
	return v.back("unfavoured")
}

func renamePicture(v *visit) error {
	revision, err := v.whole("revision", 0)
	if err != nil {
		return err
	}
	if _, err := v.work().RenamePicture(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture"), revision, v.field("name")); err != nil {
		return err
	}
	return v.back("saved")
}

// variations is how many other seeds one click draws.
const variations = 4

// vary draws the same prompt from other seeds.
func vary(v *visit) error {
	p, err := v.work().Picture(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture"))
	if err != nil {
		return err
	}
	_, err = v.work().Generate(v.ctx(), v.actor, v.project.ID, workspace.GenerateRequest{
		Prompt: p.Prompt, NegativePrompt: p.NegativePrompt, ConceptIDs: p.ConceptIDs, Width: p.Width, Height: p.Height,
		Count: variations, Seed: new(p.Seed + 1), Name: p.Name,
	})
	if err != nil {
		return err
	}
	return v.redirect(v.path("create"), "drawing")
}

func submit(v *visit) error {
	if _, err := v.work().Submit(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture")); err != nil {
		return err
	}
	return v.back("submitted")
}

func takeBack(v *visit) error {
	if _, err := v.work().TakeBack(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture")); err != nil {
		return err
	}
	return v.back("takenback")
}

func deletePicture(v *visit) error {
	if err := v.work().DeletePicture(v.ctx(), v.actor, v.project.ID, v.r.PathValue("picture")); err != nil {
		return err
	}
	return v.redirect(v.path("pictures"), "removed")
}

// besides is how many pictures can be compared.
const besides = 4

func comparePage(v *visit) error {
	ids := v.r.URL.Query()["id"]
	var list []studio.Picture
	for _, id := range ids[:min(len(ids), besides)] {
		p, err := v.work().Picture(v.ctx(), v.actor, v.project.ID, id)
		if err != nil {
			return err
		}
		list = append(list, p)
	}
	v.section = sectionPictures
	return v.show(text{"Side by side", "並べて比較"}, compare(v, list))
}
