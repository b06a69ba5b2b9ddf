package studio

import "time"

// Project is the frame of one piece of work, such as a product line's
// catalogue. Pictures, concepts and people's roles belong to a project.
type Project struct {
	ID          string
	Revision    int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Name        string
	Description string
	CreatedBy   string    // user
	ArchivedAt  time.Time // zero while it is in use
}

// Validate returns an Invalid error that names the first field that is wrong.
func (p *Project) Validate() error {
	return firstError(
		checkName("name", p.Name),
		checkText("description", p.Description, MaxText),
		checkIDOrNone("created_by", p.CreatedBy),
	)
}

// Archived reports whether the project was put away. It can still be read.
func (p *Project) Archived() bool { return !p.ArchivedAt.IsZero() }

// ProjectFilter picks projects. Zero fields pick all.
type ProjectFilter struct {
	Text     string // part of the name; ASCII letters match in either case
	Archived *bool
	UserID   string // those of which this user is a member
}
