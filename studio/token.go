package studio

import (
	"slices"
	"time"
)

// Scope is what an API token may be used for.
type Scope string

// Scopes. A token never allows more than its user's role does.
const (
	ScopeRead   Scope = "read"   // see
	ScopeCreate Scope = "create" // upload, run jobs, edit, submit
	ScopeReview Scope = "review" // decide and publish
	ScopeAdmin  Scope = "admin"  // members, policies, webhooks, backup
)

// Scopes lists all scopes.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeCreate, ScopeReview, ScopeAdmin} }

// Token lets a program act for a user. Hash is that of [HashSecret].
type Token struct {
	ID         string
	CreatedAt  time.Time
	UserID     string
	ProjectID  string // the only project that it opens; "" for all of the user's
	Name       string
	Hash       string `json:"-"`
	Scopes     []Scope
	ExpiresAt  time.Time // zero for never
	LastUsedAt time.Time
	RevokedAt  time.Time
}

// Validate returns an Invalid error that names the first field that is wrong.
func (t *Token) Validate() error {
	if len(t.Scopes) == 0 || len(t.Scopes) > len(Scopes()) {
		return invalidf("scopes", "choose at least one, and each once", "スコープを1つ以上、重複なく選択してください。")
	}
	for _, s := range t.Scopes {
		if err := checkOneOf("scopes", s, Scopes()...); err != nil {
			return err
		}
	}
	return firstError(
		checkID("user_id", t.UserID),
		checkIDOrNone("project_id", t.ProjectID),
		checkName("name", t.Name),
		checkHash("hash", t.Hash),
	)
}

// Allows reports whether the token has a scope.
func (t *Token) Allows(s Scope) bool { return slices.Contains(t.Scopes, s) }

// Usable reports whether the token is neither revoked nor expired.
func (t *Token) Usable(now time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}
