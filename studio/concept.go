package studio

import (
	"strings"
	"time"
	"unicode"
)

// ConceptState is where a concept stands.
type ConceptState string

// States of a concept.
const (
	ConceptLearning  ConceptState = "learning"
	ConceptReady     ConceptState = "ready"
	ConceptFailed    ConceptState = "failed"
	ConceptWithdrawn ConceptState = "withdrawn" // a source's consent was revoked, or an admin decided
)

var conceptTransitions = transitions[ConceptState]{
	ConceptLearning: {ConceptReady, ConceptFailed, ConceptWithdrawn},
	ConceptFailed:   {ConceptLearning, ConceptWithdrawn},
	ConceptReady:    {ConceptWithdrawn},
}

// CheckTransition returns a Conflict where the state cannot become next.
func (s ConceptState) CheckTransition(next ConceptState) error {
	return conceptTransitions.check("a concept", "コンセプト", s, next)
}

// Concept is what was learned of one subject. Learning anew makes a new
// version with ParentID; a version's file never changes.
type Concept struct {
	ID           string
	ProjectID    string
	Revision     int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	CreatedBy    string // user
	Name         string
	Placeholder  string // the token that a prompt uses, such as "<mug>"
	Version      int    // from 1; no two concepts of a project share name and version
	ParentID     string // the version that this one came from
	SourceIDs    []string
	Blob         string // the concept file; "" before it is ready
	PreviewBlob  string
	Method       string  // such as "encoder" or "dual"
	ModelHash    string  // of the base model
	Fidelity     float64 // how strongly it draws the subject, 0 to 1
	Alpha        float64 // the fraction of steps that the second path takes, 0 to 1
	Scores       map[string]float64
	State        ConceptState
	Message      Words // why it failed
	WithdrawnAt  time.Time
	WithdrawnWhy string
}

// Validate returns an Invalid error that names the first field that is wrong.
func (c *Concept) Validate() error {
	if c.State == ConceptReady && c.Blob == "" {
		return invalidf("blob", "a concept that is ready has a file", "完成したコンセプトにはファイルが必要です。")
	}
	return firstError(
		checkID("project_id", c.ProjectID),
		checkIDOrNone("created_by", c.CreatedBy),
		checkName("name", c.Name),
		checkPlaceholder("placeholder", c.Placeholder),
		checkRange("version", c.Version, 1, 1<<20),
		checkIDOrNone("parent_id", c.ParentID),
		checkIDs("source_ids", c.SourceIDs),
		checkBlobOrNone("blob", c.Blob),
		checkBlobOrNone("preview_blob", c.PreviewBlob),
		checkText("method", c.Method, MaxName),
		checkText("model_hash", c.ModelHash, MaxName),
		checkRange("fidelity", c.Fidelity, 0, 1),
		checkRange("alpha", c.Alpha, 0, 1),
		checkScores("scores", c.Scores),
		checkOneOf("state", c.State, ConceptLearning, ConceptReady, ConceptFailed, ConceptWithdrawn),
		checkWords("message", c.Message),
		checkText("withdrawn_why", c.WithdrawnWhy, MaxText),
	)
}

// checkPlaceholder wants <token> without spaces or brackets inside.
func checkPlaceholder(field, s string) error {
	inner, ok := strings.CutPrefix(s, "<")
	inner, closed := strings.CutSuffix(inner, ">")
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}", r)
	}
	if !ok || !closed || inner == "" || strings.ContainsFunc(inner, bad) {
		return invalidf(field, "%.60q is not a token in angle brackets, such as <mug>", "%.60qは指定できません。<mug>のように山括弧で囲んだ語を指定してください。", s)
	}
	return checkText(field, s, MaxName)
}

// ConceptFilter picks concepts. Zero fields pick all.
type ConceptFilter struct {
	Text     string // part of the name
	Name     string // the whole name: all its versions
	State    ConceptState
	SourceID string // those that were learned from this source
}
