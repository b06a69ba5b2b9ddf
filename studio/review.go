package studio

import (
	"strings"
	"time"
)

// Decision is what an approver says about a picture.
type Decision string

// Decisions.
const (
	DecisionApprove       Decision = "approve"
	DecisionReject        Decision = "reject"
	DecisionRequestChange Decision = "request_change"
)

// State returns the state that a decision gives a picture.
func (d Decision) State() PictureState {
	switch d {
	case DecisionApprove:
		return PictureApproved
	case DecisionReject:
		return PictureRejected
	}
	return PictureChangeRequested
}

// Review is one decision about a picture. Reviews are never changed.
type Review struct {
	ID        string
	ProjectID string
	CreatedAt time.Time
	PictureID string
	By        string // user
	Decision  Decision
	Reason    string // needed unless it approves
}

// Validate returns an Invalid error that names the first field that is wrong.
func (r *Review) Validate() error {
	if r.Decision != DecisionApprove && strings.TrimSpace(r.Reason) == "" {
		return invalidf("reason", "say why, so that the next picture is better", "理由を入力してください。次の画像の改善に役立ちます。")
	}
	return firstError(
		checkID("project_id", r.ProjectID),
		checkID("picture_id", r.PictureID),
		checkID("by", r.By),
		checkOneOf("decision", r.Decision, DecisionApprove, DecisionReject, DecisionRequestChange),
		checkText("reason", r.Reason, MaxText),
	)
}

// ReviewFilter picks reviews. Zero fields pick all.
type ReviewFilter struct {
	PictureID string
	By        string
	Decision  Decision
}
