package studio

import (
	"encoding/json"
	"time"
)

// PictureState is where a drawn picture stands between draft and publication.
type PictureState string

// States of a picture.
const (
	PictureDraft           PictureState = "draft"
	PictureSubmitted       PictureState = "submitted"
	PictureApproved        PictureState = "approved"
	PictureRejected        PictureState = "rejected"
	PictureChangeRequested PictureState = "change_requested"
	PicturePublished       PictureState = "published"
	PictureWithdrawn       PictureState = "withdrawn"
)

// PictureStates lists all states.
func PictureStates() []PictureState {
	return []PictureState{PictureDraft, PictureSubmitted, PictureApproved, PictureRejected,
		PictureChangeRequested, PicturePublished, PictureWithdrawn}
}

// Only an approved picture can be published. What was rejected is not put
// forward again; a changed picture is a new one. Taking a publication back
// leaves it approved. Nothing leaves withdrawn.
var pictureTransitions = transitions[PictureState]{
	PictureDraft:           {PictureSubmitted, PictureWithdrawn},
	PictureSubmitted:       {PictureDraft, PictureApproved, PictureRejected, PictureChangeRequested, PictureWithdrawn},
	PictureChangeRequested: {PictureDraft, PictureSubmitted, PictureWithdrawn},
	PictureApproved:        {PicturePublished, PictureChangeRequested, PictureWithdrawn},
	PictureRejected:        {PictureWithdrawn},
	PicturePublished:       {PictureApproved, PictureWithdrawn},
}

// CanBecome reports whether a picture may pass to another state, or stay.
func (s PictureState) CanBecome(next PictureState) bool { return pictureTransitions.allow(s, next) }

// CheckTransition is CanBecome as a Conflict.
func (s PictureState) CheckTransition(next PictureState) error {
	return pictureTransitions.check("a picture", "画像", s, next)
}

// Picture is a picture that was drawn, with everything to draw it again.
type Picture struct {
	ID             string
	ProjectID      string
	Revision       int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	CreatedBy      string // user
	JobID          string
	TemplateID     string   // "" where a prompt was typed
	ConceptIDs     []string // in the prompt's order
	Name           string   // such as a customer's, in a campaign; may be empty
	Blob           string
	ThumbBlob      string
	Size           int64 // bytes of Blob
	Prompt         string
	NegativePrompt string
	Seed           int64
	Width          int // pixels
	Height         int
	Settings       json.RawMessage // sampler, steps, guidance, model hash
	Scores         map[string]float64
	Favourite      bool
	State          PictureState
	SubmittedBy    string // user; the four-eyes rule wants another to approve
	WithdrawnAt    time.Time
	WithdrawnWhy   string
	Checks         []Verdict // of the automatic checks, as of the last submission or run
}

// Validate returns an Invalid error that names the first field that is wrong.
func (p *Picture) Validate() error {
	return firstError(
		checkID("project_id", p.ProjectID),
		checkIDOrNone("created_by", p.CreatedBy),
		checkIDOrNone("job_id", p.JobID),
		checkIDOrNone("template_id", p.TemplateID),
		checkIDs("concept_ids", p.ConceptIDs),
		checkText("name", p.Name, MaxName),
		checkBlob("blob", p.Blob),
		checkBlobOrNone("thumb_blob", p.ThumbBlob),
		checkRange("size", p.Size, 1, 1<<40),
		checkText("prompt", p.Prompt, MaxText),
		checkText("negative_prompt", p.NegativePrompt, MaxText),
		checkRange("width", p.Width, 1, MaxSide),
		checkRange("height", p.Height, 1, MaxSide),
		checkJSON("settings", p.Settings),
		checkScores("scores", p.Scores),
		checkOneOf("state", p.State, PictureStates()...),
		checkIDOrNone("submitted_by", p.SubmittedBy),
		checkText("withdrawn_why", p.WithdrawnWhy, MaxText),
		checkVerdicts("checks", p.Checks),
	)
}

// PictureFilter picks pictures. Zero fields pick all.
type PictureFilter struct {
	Text          string // part of the name or the prompt
	State         PictureState
	Favourite     *bool
	JobID         string
	TemplateID    string
	ConceptID     string // those drawn with this concept
	CreatedBy     string
	CreatedBefore time.Time
}
