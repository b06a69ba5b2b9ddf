package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Review is one decision about a picture.
type Review struct {
	ID        string          `json:"id"`
	CreatedAt time.Time       `json:"created_at"`
	PictureID string          `json:"picture_id"`
	By        string          `json:"by" doc:"User"`
	Decision  studio.Decision `json:"decision" enum:"approve,reject,request_change"`
	Reason    string          `json:"reason"`
}

func reviewOf(r studio.Review) Review {
	return Review{ID: r.ID, CreatedAt: r.CreatedAt, PictureID: r.PictureID, By: r.By, Decision: r.Decision, Reason: r.Reason}
}

// Decided is a review and what it made of the picture.
type Decided struct {
	Picture Picture `json:"picture"`
	Review  Review  `json:"review"`
}

type inDecision struct {
	InProjectItem
	Body struct {
		Decision studio.Decision `json:"decision" enum:"approve,reject,request_change"`
		Reason   string          `json:"reason,omitempty" doc:"Needed unless it approves"`
	}
}

type inItemPaged struct {
	InProjectItem
	Paged
}

func (s *server) reviews() {
	handle(s, operation{
		id: "submit-picture", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/submit", tag: tagReview,
		summary: text{"Put a picture forward for review", "画像をレビューに提出"}, timeout: 2 * time.Minute,
		detail: "The automatic checks run first, for some seconds at most; what they found is in checks.",
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.Submit(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "take-back-picture", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/take-back", tag: tagReview,
		summary: text{"Take a picture back from review", "画像の提出を取り下げ"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.TakeBack(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "list-review-queue", method: http.MethodGet, path: "/projects/{project}/review-queue", tag: tagReview,
		summary: text{"Pictures that wait for a decision", "レビュー待ちの画像"},
	}, func(ctx context.Context, actor workspace.Actor, in *inProjectPaged) (*listing[Picture], error) {
		return replyList(ctx, pictureOf)(s.work.Queue(ctx, actor, in.Project, in.page()))
	})
	handle(s, operation{
		id: "list-reviews", method: http.MethodGet, path: "/projects/{project}/pictures/{id}/reviews", tag: tagReview,
		summary: text{"Decisions about a picture", "画像のレビュー履歴"},
	}, func(ctx context.Context, actor workspace.Actor, in *inItemPaged) (*listing[Review], error) {
		return replyList(ctx, reviewOf)(s.work.PictureReviews(ctx, actor, in.Project, in.ID, in.page()))
	})
	handle(s, operation{
		id: "decide", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/reviews", tag: tagReview, status: http.StatusCreated,
		summary: text{"Approve, reject or ask for a change", "承認、却下、修正依頼"},
	}, func(ctx context.Context, actor workspace.Actor, in *inDecision) (*answer[Decided], error) {
		picture, review, err := s.work.Decide(ctx, actor, in.Project, in.ID, in.Body.Decision, in.Body.Reason)
		return reply(func(p studio.Picture) Decided { return Decided{pictureOf(p), reviewOf(review)} })(picture, err)
	})
	s.evaluations()
	s.verdicts()
	s.publications()
}

// verdicts are the operations about the automatic checks.
func (s *server) verdicts() {
	handle(s, operation{
		id: "check-picture", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/check", tag: tagReview,
		summary: text{"Run the automatic checks again", "自動チェックを再実行"}, timeout: 2 * time.Minute,
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.CheckAgain(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "override-marks", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/override-marks", tag: tagReview,
		summary: text{"Allow a picture to show the protected marks that were found", "検出された保護対象マークの表示を許可"},
	}, func(ctx context.Context, actor workspace.Actor, in *inReason) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.OverrideMarks(ctx, actor, in.Project, in.ID, in.Body.Reason))
	})
}

// publications are the operations from approval on.
func (s *server) publications() {
	handle(s, operation{
		id: "publish-picture", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/publish", tag: tagReview,
		summary: text{"Publish an approved picture", "承認済みの画像を公開"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.Publish(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "unpublish-picture", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/unpublish", tag: tagReview,
		summary: text{"Take a publication back", "画像の公開を取り消し"},
	}, func(ctx context.Context, actor workspace.Actor, in *inReason) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.Unpublish(ctx, actor, in.Project, in.ID, in.Body.Reason))
	})
	handle(s, operation{
		id: "withdraw-picture", method: http.MethodPost, path: "/projects/{project}/pictures/{id}/withdraw", tag: tagReview,
		summary: text{"Withdraw a picture for good", "画像の使用を取り消し"},
	}, func(ctx context.Context, actor workspace.Actor, in *inReason) (*answer[Picture], error) {
		return reply(pictureOf)(s.work.WithdrawPicture(ctx, actor, in.Project, in.ID, in.Body.Reason))
	})
}
