package client

import "context"

// Generate asks for pictures of one prompt.
type Generate struct {
	Prompt         string            `json:"prompt,omitempty"` // ignored with a template
	NegativePrompt string            `json:"negative_prompt,omitempty"`
	TemplateID     string            `json:"template_id,omitempty"`
	Fields         map[string]string `json:"fields,omitempty"` // of the template
	ConceptIDs     []string          `json:"concept_ids,omitempty"`
	Width          int               `json:"width,omitempty"` // pixels; 0 leaves it to the model
	Height         int               `json:"height,omitempty"`
	Count          int               `json:"count,omitempty"` // 0 is 1
	Seed           *int64            `json:"seed,omitempty"`  // of the first picture; nil for a random one
	Steps          int               `json:"steps,omitempty"`
	Guidance       float64           `json:"guidance,omitempty"`
	Fidelity       *float64          `json:"fidelity,omitempty"` // 0 to 1; nil for each concept's own
	Name           string            `json:"name,omitempty"`     // of the pictures
}

// Batch asks for pictures of a table's rows with one template.
type Batch struct {
	TemplateID string              `json:"template_id"`
	ConceptIDs []string            `json:"concept_ids,omitempty"`
	Rows       []map[string]string `json:"rows"` // fields of the template, "name" for the picture's, "concept" for the row's own concept by name or id
	PerRow     int                 `json:"per_row,omitempty"`
	Width      int                 `json:"width,omitempty"`
	Height     int                 `json:"height,omitempty"`
	Seed       *int64              `json:"seed,omitempty"`
	Steps      int                 `json:"steps,omitempty"`
	Guidance   float64             `json:"guidance,omitempty"`
	Fidelity   *float64            `json:"fidelity,omitempty"`
}

// Plan says what a batch would take.
type Plan struct {
	Count   int     `json:"count"`   // pictures
	Seconds float64 `json:"seconds"` // 0 where nothing was drawn yet
	Bytes   int64   `json:"bytes"`   // on disk

	Concepts []PlannedConcept `json:"concepts"` // that are drawn
}

// PlannedConcept is a concept of a batch.
type PlannedConcept struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Version  int    `json:"version"`
	Pictures int    `json:"pictures"`
}

// Generate starts to draw pictures of a prompt.
func (p *Project) Generate(ctx context.Context, g Generate) (Job, error) {
	return post[Job](ctx, p.client, p.path("generate"), g)
}

// Batch starts to draw pictures of a table.
func (p *Project) Batch(ctx context.Context, b Batch) (Job, error) {
	return post[Job](ctx, p.client, p.path("batches"), b)
}

// PlanBatch says what a batch would take, and draws nothing.
func (p *Project) PlanBatch(ctx context.Context, b Batch) (Plan, error) {
	return post[Plan](ctx, p.client, p.path("batches", "plan"), b)
}

// Export starts to pack pictures into one file, the job's ResultBlob.
func (p *Project) Export(ctx context.Context, format string, pictures ...string) (Job, error) {
	return post[Job](ctx, p.client, p.path("exports"), struct {
		PictureIDs []string `json:"picture_ids"`
		Format     string   `json:"format"`
	}{pictures, format})
}
