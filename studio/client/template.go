package client

import (
	"context"
	"encoding/json"
	"time"
)

// Template is a prompt with fields in braces, such as "{product} in {place}".
type Template struct {
	ID             string            `json:"id"`
	Revision       int64             `json:"revision"`
	CreatedAt      time.Time         `json:"created_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
	Name           string            `json:"name"`
	Prompt         string            `json:"prompt"`
	NegativePrompt string            `json:"negative_prompt"`
	Defaults       map[string]string `json:"defaults"` // of fields
	Settings       json.RawMessage   `json:"settings"` // of drawing
	Uses           int64             `json:"uses"`     // pictures that were drawn with it
	Approvals      int64             `json:"approvals"`
}

// NewTemplate is what a person writes of a template.
type NewTemplate struct {
	Name           string            `json:"name"`
	Prompt         string            `json:"prompt"`
	NegativePrompt string            `json:"negative_prompt,omitempty"`
	Defaults       map[string]string `json:"defaults,omitempty"`
	Settings       json.RawMessage   `json:"settings,omitempty"` // such as {"steps": 20}
}

// Templates lists the templates.
func (p *Project) Templates(ctx context.Context, page Page) (List[Template], error) {
	return get[List[Template]](ctx, p.client, p.path("templates"), page.into(nil))
}

// CreateTemplate keeps a prompt with fields.
func (p *Project) CreateTemplate(ctx context.Context, t NewTemplate) (Template, error) {
	return post[Template](ctx, p.client, p.path("templates"), t)
}
