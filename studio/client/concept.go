package client

import (
	"context"
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
	SourceIDs   []string `json:"source_ids"`
	ParentID    string   `json:"parent_id,omitempty"` // the version that it goes on from
	Method      string   `json:"method,omitempty"`    // "" leaves it to the studio
	Steps       int      `json:"steps,omitempty"`     // 0 is the method's own number
}

// LearnConcept starts to learn a concept. It is ready when the job is done.
func (p *Project) LearnConcept(ctx context.Context, l Learn) (Concept, Job, error) {
	v, err := post[struct {
		Concept Concept `json:"concept"`
		Job     Job     `json:"job"`
	}](ctx, p.client, p.path("concepts"), l)
	return v.Concept, v.Job, err
}

// Concepts lists the concepts.
func (p *Project) Concepts(ctx context.Context, page Page) (List[Concept], error) {
	return get[List[Concept]](ctx, p.client, p.path("concepts"), page.into(nil))
}

// Concept returns a concept.
func (p *Project) Concept(ctx context.Context, id string) (Concept, error) {
	return get[Concept](ctx, p.client, p.path("concepts", id), nil)
}
