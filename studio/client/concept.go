package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Concept is what was learned of one subject; each version is one.
type Concept struct {
	ID          string              `json:"id"`
	Revision    int64               `json:"revision"`
	CreatedAt   time.Time           `json:"created_at"`
	UpdatedAt   time.Time           `json:"updated_at"`
	Name        string              `json:"name"`
	Placeholder string              `json:"placeholder"` // what a prompt calls it, such as "<mug>"
	Version     int                 `json:"version"`
	ParentID    string              `json:"parent_id"`
	SourceIDs   []string            `json:"source_ids"`
	Blob        string              `json:"blob"` // the concept file; "" before it is ready
	PreviewBlob string              `json:"preview_blob"`
	Method      string              `json:"method"`
	Fidelity    float64             `json:"fidelity"` // 0 to 1
	Scores      map[string]float64  `json:"scores"`
	State       studio.ConceptState `json:"state"`
	Message     string              `json:"message"` // why it failed
}

// Learn asks for a concept to be learned.
type Learn struct {
	Name        string   `json:"name,omitempty"`
	Placeholder string   `json:"placeholder,omitempty"` // such as "<mug>"
	ClassWord   *string  `json:"class_word,omitempty"`  // the kind of thing, such as "cup"; nil for what the parent was told, "" for none
	SourceIDs   []string `json:"source_ids"`
	ParentID    string   `json:"parent_id,omitempty"` // the version that it goes on from
	Method      string   `json:"method,omitempty"`    // "" leaves it to the studio
	Steps       int      `json:"steps,omitempty"`     // 0 is the method's own number
	Scenes      []Scene  `json:"scenes,omitempty"`    // that are drawn by themselves as soon as it is learned; at most 16
}

// Scene is a picture that follows the learning of a concept.
type Scene struct {
	Prompt string `json:"prompt"` // with {product} where the concept's placeholder stands
	Name   string `json:"name,omitempty"`
	Seed   *int64 `json:"seed,omitempty"` // nil for a random one
}

// DrawingAfter is the id of the job that draws the scenes after a learning that is
// done; "" where none were asked for, or they were refused.
func DrawingAfter(learning Job) (string, error) {
	var result struct {
		Drawing string `json:"drawing_id"`
	}
	if len(learning.Result) == 0 {
		return "", nil
	}
	if err := json.Unmarshal(learning.Result, &result); err != nil {
		return "", fmt.Errorf("read the result of job %s: %w", learning.ID, err)
	}
	return result.Drawing, nil
}

// LearnConcept starts to learn a concept. It is ready when the job is done; its
// scenes are then drawn by another job (see [DrawingAfter]).
func (p *Project) LearnConcept(ctx context.Context, l Learn) (Concept, Job, error) {
	v, err := post[struct {
		Concept Concept `json:"concept"`
		Job     Job     `json:"job"`
	}](ctx, p.client, p.path("concepts"), l)
	return v.Concept, v.Job, err
}

// DrawScenes draws scenes after a learning, the job that is named, where they were
// refused or none were asked for: those of the learning, or others where some are
// given. A learning has one drawing; where it is there already, that is returned.
func (p *Project) DrawScenes(ctx context.Context, learning string, scenes ...Scene) (Job, error) {
	return post[Job](ctx, p.client, p.path("jobs", learning, "scenes"), struct {
		Scenes []Scene `json:"scenes,omitempty"`
	}{scenes})
}

// RenameConcept gives a concept another name, with all versions of it. revision is
// as it was read; 0 stands for whatever there is.
func (p *Project) RenameConcept(ctx context.Context, id string, revision int64, name string) (Concept, error) {
	return send[Concept](ctx, p.client, http.MethodPut, p.path("concepts", id, "name"), struct {
		Revision int64  `json:"revision"`
		Name     string `json:"name"`
	}{revision, name})
}

// Concepts lists the concepts.
func (p *Project) Concepts(ctx context.Context, page Page) (List[Concept], error) {
	return get[List[Concept]](ctx, p.client, p.path("concepts"), page.into(nil))
}

// Concept returns a concept.
func (p *Project) Concept(ctx context.Context, id string) (Concept, error) {
	return get[Concept](ctx, p.client, p.path("concepts", id), nil)
}
