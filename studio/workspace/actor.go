package workspace

import "github.com/ichimai/ichimai/studio"

// Actor is on whose behalf a use case runs: somebody who is signed in, a program
// with a token, or the program itself ([Workspace.System]). The zero Actor is
// nobody. Actors come from SignIn, Authenticate and their like.
type Actor struct {
	User      studio.User
	SessionID string         // "" where a token was used
	TokenID   string         // "" in a browser's session
	ProjectID string         // the only project that the token opens; "" for all of the user's
	Scopes    []studio.Scope // nil: a browser's session, which no scope limits
	Address   string         // network address, for limits and the log
	system    bool
}

// System is the program itself, for workers and maintenance. It sees every
// project and has nobody's hand: what a person has to answer for, such as a
// decision, it may not do.
func (w *Workspace) System() Actor { return Actor{system: true} }

// IsSystem reports whether the actor is the program itself.
func (a Actor) IsSystem() bool { return a.system }

// SignedIn reports whether the actor is a person or a person's program.
func (a Actor) SignedIn() bool { return !a.system && a.User.ID != "" }

// Language is that in which the actor reads, "" where that is not known.
func (a Actor) Language() string { return a.User.Language }

// name is how the audit record calls the actor.
func (a Actor) name() string {
	if a.system {
		return "system"
	}
	return a.User.ID
}
