package studio

import (
	"encoding/json"
	"time"
)

// Case is a good or a bad example that is kept to learn from, with its own copy
// of how it was drawn: the picture may be deleted later.
type Case struct {
	ID             string
	ProjectID      string
	Revision       int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	CreatedBy      string // user
	PictureID      string // "" where the picture is gone
	Good           bool
	Title          string
	Why            string
	Blob           string // the picture, small
	Prompt         string
	NegativePrompt string
	Settings       json.RawMessage
	Scores         map[string]float64
}

// Validate returns an Invalid error that names the first field that is wrong.
func (c *Case) Validate() error {
	return firstError(
		checkID("project_id", c.ProjectID),
		checkIDOrNone("created_by", c.CreatedBy),
		checkIDOrNone("picture_id", c.PictureID),
		checkName("title", c.Title),
		checkText("why", c.Why, MaxText),
		checkBlobOrNone("blob", c.Blob),
		checkText("prompt", c.Prompt, MaxText),
		checkText("negative_prompt", c.NegativePrompt, MaxText),
		checkJSON("settings", c.Settings),
		checkScores("scores", c.Scores),
	)
}

// CaseFilter picks cases. Zero fields pick all.
type CaseFilter struct {
	Text string // part of the title, the reason or the prompt
	Good *bool
}
