package workspace

import (
	"context"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// Submit puts a draft, or a picture that a change was asked for, before the
// approvers. It runs the automatic checks first, for DefaultCheckTime at most, and
// keeps their verdicts in the picture's Checks; a failed check does not stop it, because
// that is the approver's decision. A prompt with words that are blocked by now
// is Invalid, and a picture whose concepts may no longer be used Forbidden.
func (w *Workspace) Submit(ctx context.Context, actor Actor, project, id string) (studio.Picture, error) {
	var k checked
	err := w.view(ctx, actor, project, mayCreate, func(c *call) error {
		before, err := c.submittable(id)
		if err != nil {
			return err
		}
		k, err = c.checked(before)
		return err
	})
	if err != nil {
		return studio.Picture{}, err
	}
	checks, err := w.check(ctx, k, w.checkTime)
	if err != nil {
		return studio.Picture{}, err
	}
	return w.changePicture(ctx, actor, project, id, mayCreate, "picture.submit", outcomes(checks), func(c *call, p *studio.Picture) error {
		if _, err := c.submittable(id); err != nil {
			return err
		}
		p.Checks = checks
		p.State, p.SubmittedBy = studio.PictureSubmitted, c.actor.User.ID
		return nil
	})
}

func (c *call) submittable(id string) (studio.Picture, error) {
	p, err := c.judgeable(id)
	if err != nil {
		return p, err
	}
	return p, c.checkWords(p.Prompt)
}

// unsubmitted reads a picture that is in a state to be submitted from.
func (c *call) unsubmitted(id string) (studio.Picture, error) {
	p, err := c.Tx.Picture(c.project.ID, id)
	if err == nil && p.State != studio.PictureDraft && p.State != studio.PictureChangeRequested {
		err = studio.Errorf(studio.Conflict, "a picture that is %s cannot be submitted", "状態が「%s」の画像は提出できません。", p.State)
	}
	return p, err
}

// TakeBack makes a submitted picture, or one that a change was asked for, a draft
// again.
func (w *Workspace) TakeBack(ctx context.Context, actor Actor, project, id string) (studio.Picture, error) {
	return w.changePicture(ctx, actor, project, id, mayCreate, "picture.take_back", nil, func(_ *call, p *studio.Picture) error {
		if p.State == studio.PictureDraft {
			return studio.Errorf(studio.Conflict, "the picture is a draft already", "画像はすでに下書きです。")
		}
		p.State, p.SubmittedBy = studio.PictureDraft, ""
		return nil
	})
}

// Queue lists the pictures that wait for a decision.
func (w *Workspace) Queue(ctx context.Context, actor Actor, project string, page studio.Page) (list studio.List[studio.Picture], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListPictures(project, studio.PictureFilter{State: studio.PictureSubmitted}, page)
		return err
	})
	return list, err
}

// Decide approves or rejects a submitted picture or asks for a change, which it
// may of an approved one too. Where the policy wants four eyes, whoever submitted
// a picture cannot approve it. A picture that shows a protected mark is approved only after
// OverrideMarks. Everything but an approval needs a reason.
func (w *Workspace) Decide(ctx context.Context, actor Actor, project, id string, decision studio.Decision, reason string) (p studio.Picture, r studio.Review, err error) {
	if decision == studio.DecisionApprove {
		if err := w.screen(ctx, actor, mayReview, project, id); err != nil {
			return p, r, err
		}
	}
	err = w.update(ctx, actor, project, mayReview, func(c *call) error {
		if p, err = c.Tx.Picture(project, id); err != nil {
			return err
		}
		before := p.State
		r = studio.Review{ProjectID: project, PictureID: id, By: c.actor.User.ID, Decision: decision, Reason: strings.TrimSpace(reason)}
		if err := r.Validate(); err != nil {
			return err
		}
		if err := c.decidable(p, decision); err != nil {
			return err
		}
		p.State = decision.State()
		if err := c.UpdatePicture(&p); err != nil {
			return err
		}
		if err := c.CreateReview(&r); err != nil {
			return err
		}
		if err := c.countDecision(p, before); err != nil {
			return err
		}
		return c.note(Changed, "picture."+string(decision), id, fields{"reason": r.Reason, "review": r.ID})
	})
	if err != nil {
		return studio.Picture{}, studio.Review{}, err
	}
	return p, r, nil
}

func (c *call) decidable(p studio.Picture, decision studio.Decision) error {
	if p.State == decision.State() || !p.State.CanBecome(decision.State()) {
		return studio.Errorf(studio.Conflict, "a picture that is %s cannot become %s", "画像の状態を「%s」から「%s」に変更することはできません。", p.State, decision.State())
	}
	if decision != studio.DecisionApprove {
		return nil
	}
	policy, err := c.Policy()
	if err != nil {
		return err
	}
	if policy.FourEyes && p.SubmittedBy == c.actor.User.ID {
		return studio.Errorf(studio.Forbidden, "you submitted this picture; somebody else has to approve it", "提出した本人は承認できません。別の承認者に依頼してください。")
	}
	if err := p.CheckMarks(); err != nil {
		return err
	}
	return c.usable(p.ConceptIDs...)
}

// countDecision keeps a template's success rate.
func (c *call) countDecision(p studio.Picture, before studio.PictureState) error {
	var change int64
	switch {
	case p.State == studio.PictureApproved:
		change = 1
	case before == studio.PictureApproved:
		change = -1
	}
	if p.TemplateID == "" || change == 0 {
		return nil
	}
	return c.CountTemplate(p.ProjectID, p.TemplateID, 0, change)
}

// OverrideMarks says that a submitted or approved picture may show the protected marks that
// were found in it, and why; it can then be approved and published. Where the policy wants
// four eyes, whoever submitted the picture cannot say so.
func (w *Workspace) OverrideMarks(ctx context.Context, actor Actor, project, id, reason string) (studio.Picture, error) {
	detail := fields{"reason": strings.TrimSpace(reason)}
	return w.changePicture(ctx, actor, project, id, mayReview, "picture.override", detail, func(c *call, p *studio.Picture) error {
		v := p.Verdict(studio.CheckMark)
		if !checkable[p.State] || v == nil || v.Outcome != studio.OutcomeRefused {
			return studio.Errorf(studio.Conflict, "no protected mark was found in this picture, so there is nothing to allow", "この画像では保護対象マークが検出されていないため、許可の必要はありません。")
		}
		if strings.TrimSpace(reason) == "" {
			return invalid("reason", "say why the picture may show the mark", "マークが写っていてもよい理由を入力してください。")
		}
		policy, err := c.Policy()
		if err != nil {
			return err
		}
		if policy.FourEyes && p.SubmittedBy == c.actor.User.ID {
			return studio.Errorf(studio.Forbidden, "you submitted this picture; somebody else has to allow the mark", "提出した本人は許可できません。別の承認者に依頼してください。")
		}
		v.Override = &studio.Override{By: c.actor.User.ID, At: c.Now(), Reason: strings.TrimSpace(reason)}
		detail["marks"] = v.MarkNames()
		return nil
	})
}

// Publish marks an approved picture as published. The rights behind it have to be
// good still, it has to show no protected mark that was not allowed, and where the policy
// wants the invisible mark it has to hold it, else it is Invalid.
func (w *Workspace) Publish(ctx context.Context, actor Actor, project, id string) (studio.Picture, error) {
	if err := w.screen(ctx, actor, mayReview, project, id); err != nil {
		return studio.Picture{}, err
	}
	if err := w.markable(ctx, actor, project, id); err != nil {
		return studio.Picture{}, err
	}
	return w.changePicture(ctx, actor, project, id, mayReview, "picture.publish", nil, func(c *call, p *studio.Picture) error {
		if p.State != studio.PictureApproved {
			return studio.Errorf(studio.Conflict, "only an approved picture can be published; this one is %s", "公開できるのは承認済みの画像だけです（現在の状態：%s）。", p.State)
		}
		if err := p.CheckMarks(); err != nil {
			return err
		}
		p.State = studio.PicturePublished
		return c.usable(p.ConceptIDs...)
	})
}

// Unpublish takes a publication back; the picture stays approved. A reason is
// needed.
func (w *Workspace) Unpublish(ctx context.Context, actor Actor, project, id, reason string) (studio.Picture, error) {
	reason = strings.TrimSpace(reason)
	return w.changePicture(ctx, actor, project, id, mayReview, "picture.unpublish", fields{"reason": reason}, func(_ *call, p *studio.Picture) error {
		if reason == "" {
			return invalid("reason", "say why", "理由を入力してください。")
		}
		if p.State != studio.PicturePublished {
			return studio.Errorf(studio.Conflict, "the picture is not published", "画像は公開されていません。")
		}
		p.State = studio.PictureApproved
		return nil
	})
}
