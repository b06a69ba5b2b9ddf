package client

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Review is one decision about a picture.
type Review struct {
	ID        string          `json:"id"`
	CreatedAt time.Time       `json:"created_at"`
	PictureID string          `json:"picture_id"`
	By        string          `json:"by"` // user
	Decision  studio.Decision `json:"decision"`
	Reason    string          `json:"reason"`
}

// Submit puts a picture forward for review; the automatic checks run first.
func (p *Project) Submit(ctx context.Context, id string) (Picture, error) {
	return p.step(ctx, id, "submit")
}

// TakeBack makes a submitted picture, or one that a change was asked for, a draft again.
func (p *Project) TakeBack(ctx context.Context, id string) (Picture, error) {
	return p.step(ctx, id, "take-back")
}

// ReviewQueue lists the pictures that wait for a decision.
func (p *Project) ReviewQueue(ctx context.Context, page Page) (List[Picture], error) {
	return get[List[Picture]](ctx, p.client, p.path("review-queue"), page.into(nil))
}

// Reviews lists the decisions about a picture, for [All].
func (p *Project) Reviews(picture string) func(context.Context, Page) (List[Review], error) {
	return func(ctx context.Context, page Page) (List[Review], error) {
		return get[List[Review]](ctx, p.client, p.path("pictures", picture, "reviews"), page.into(nil))
	}
}

// CheckAgain runs the automatic checks of a submitted, approved or published picture anew.
func (p *Project) CheckAgain(ctx context.Context, id string) (Picture, error) {
	return p.step(ctx, id, "check")
}

// OverrideMarks says that a picture may show the protected marks that were found in it,
// and why.
func (p *Project) OverrideMarks(ctx context.Context, id, reason string) (Picture, error) {
	return p.because(ctx, id, "override-marks", reason)
}

// Publish publishes an approved picture.
func (p *Project) Publish(ctx context.Context, id string) (Picture, error) {
	return p.step(ctx, id, "publish")
}

// Unpublish takes a publication back; the picture stays approved.
func (p *Project) Unpublish(ctx context.Context, id, reason string) (Picture, error) {
	return p.because(ctx, id, "unpublish", reason)
}

// WithdrawPicture takes a picture out of use for good.
func (p *Project) WithdrawPicture(ctx context.Context, id, reason string) (Picture, error) {
	return p.because(ctx, id, "withdraw", reason)
}

func (p *Project) step(ctx context.Context, id, step string) (Picture, error) {
	return post[Picture](ctx, p.client, p.path("pictures", id, step), struct{}{})
}

func (p *Project) because(ctx context.Context, id, step, reason string) (Picture, error) {
	return post[Picture](ctx, p.client, p.path("pictures", id, step), struct {
		Reason string `json:"reason"`
	}{reason})
}

// Decide approves a picture, rejects it, or asks for a change; the latter two
// need a reason.
func (p *Project) Decide(ctx context.Context, id string, d studio.Decision, reason string) (Picture, Review, error) {
	v, err := post[struct {
		Picture Picture `json:"picture"`
		Review  Review  `json:"review"`
	}](ctx, p.client, p.path("pictures", id, "reviews"), struct {
		Decision studio.Decision `json:"decision"`
		Reason   string          `json:"reason,omitempty"`
	}{d, reason})
	return v.Picture, v.Review, err
}
