package client

import "github.com/ichimai/ichimai/studio"

// User is a person who can sign in.
type User struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	Language string `json:"language"`
	Admin    bool   `json:"admin"` // of the whole workspace
}

// Identity is who a token acts for, and for what.
type Identity struct {
	User      User           `json:"user"`
	Scopes    []studio.Scope `json:"scopes"`
	ProjectID string         `json:"project_id"` // the only project that it opens; "" for all of the user's
}
