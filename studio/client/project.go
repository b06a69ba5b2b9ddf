package client

import (
	"context"
	"net/url"
	"time"
)

// ProjectInfo is what a project is.
type ProjectInfo struct {
	ID          string    `json:"id"`
	Revision    int64     `json:"revision"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	ArchivedAt  time.Time `json:"archived_at"` // zero while it is in use
}

// Project is a project to work in.
type Project struct {
	client *Client
	id     string
}

// Project returns the project with an id. Nothing is sent yet.
func (c *Client) Project(id string) *Project { return &Project{client: c, id: id} }

// Projects lists the projects that the user may see.
func (c *Client) Projects(ctx context.Context, p Page) (List[ProjectInfo], error) {
	return get[List[ProjectInfo]](ctx, c, "/projects", p.into(nil))
}

// CreateProject creates a project.
func (c *Client) CreateProject(ctx context.Context, name, description string) (ProjectInfo, error) {
	return post[ProjectInfo](ctx, c, "/projects", struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}{name, description})
}

// ID returns the project's id.
func (p *Project) ID() string { return p.id }

// Info returns what the project is.
func (p *Project) Info(ctx context.Context) (ProjectInfo, error) {
	return get[ProjectInfo](ctx, p.client, p.path(), nil)
}

// path is the address below the project, of segments that are escaped.
func (p *Project) path(segments ...string) string {
	path := "/projects/" + url.PathEscape(p.id)
	for _, s := range segments {
		path += "/" + url.PathEscape(s)
	}
	return path
}
