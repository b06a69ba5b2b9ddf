package web

import (
	"github.com/ichimai/ichimai/studio"
)

// reviewView is the queue, and what has been decided and can be published.
type reviewView struct {
	queue    studio.List[studio.Picture]
	approved []studio.Picture
	fourEyes bool
}

func reviewPage(v *visit) (err error) {
	r := reviewView{}
	if r.queue, err = v.work().Queue(v.ctx(), v.actor, v.project.ID, v.pageOf(24)); err != nil {
		return err
	}
	approved, err := v.work().Pictures(v.ctx(), v.actor, v.project.ID, studio.PictureFilter{State: studio.PictureApproved}, studio.Page{Limit: 12})
	if err != nil {
		return err
	}
	policy, err := v.work().Policy(v.ctx(), v.actor)
	if err != nil {
		return err
	}
	r.approved, r.fourEyes = approved.Items, policy.FourEyes
	v.section = sectionReview
	return v.show(text{"Review", "審査"}, reviewQueue(v, r))
}

func reviewOnePage(v *visit) error {
	p, err := v.loadPicture()
	if err != nil {
		return err
	}
	queue, err := v.work().Queue(v.ctx(), v.actor, v.project.ID, studio.Page{Limit: studio.MaxLimit})
	if err != nil {
		return err
	}
	p.deciding = v.role.CanReview() && p.picture.State == studio.PictureSubmitted
	for i := len(queue.Items) - 1; i >= 0; i-- { // the oldest first
		if queue.Items[i].ID != p.picture.ID {
			p.next = queue.Items[i].ID
			break
		}
	}
	v.section = sectionReview
	return v.show(text{"Review: {name}", "審査：{name}"}, reviewOne(v, p), "name", pictureTitle(&p.picture))
}

// decide takes a decision, and stays with the picture: what was approved can be
// published next.
func decide(v *visit) error {
	id := v.r.PathValue("picture")
	_, _, err := v.work().Decide(v.ctx(), v.actor, v.project.ID, id, studio.Decision(v.field("decision")), v.field("reason"))
	if err != nil {
		return err
	}
	return v.redirect(v.path("review", id), "decided")
}

// checkAgain runs the automatic checks anew.
func checkAgain(v *visit) error {
	id := v.r.PathValue("picture")
	if _, err := v.work().CheckAgain(v.ctx(), v.actor, v.project.ID, id); err != nil {
		return err
	}
	return v.redirect(v.path("review", id), "checked")
}

// overrideMarks lets a picture show the protected marks that were found in it.
func overrideMarks(v *visit) error {
	id := v.r.PathValue("picture")
	if _, err := v.work().OverrideMarks(v.ctx(), v.actor, v.project.ID, id, v.field("override_reason")); err != nil {
		return err
	}
	return v.redirect(v.path("review", id), "allowed")
}

func publish(v *visit) error {
	id := v.r.PathValue("picture")
	if _, err := v.work().Publish(v.ctx(), v.actor, v.project.ID, id); err != nil {
		return err
	}
	return v.redirect(v.path("review", id), "published")
}

func unpublish(v *visit) error {
	id := v.r.PathValue("picture")
	if _, err := v.work().Unpublish(v.ctx(), v.actor, v.project.ID, id, v.field("reason")); err != nil {
		return err
	}
	return v.redirect(v.path("review", id), "unpublish")
}

func withdrawPicture(v *visit) error {
	id := v.r.PathValue("picture")
	if _, err := v.work().WithdrawPicture(v.ctx(), v.actor, v.project.ID, id, v.field("reason")); err != nil {
		return err
	}
	return v.redirect(v.path("review", id), "withdrawn")
}
