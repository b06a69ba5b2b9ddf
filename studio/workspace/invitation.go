package workspace

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// How long one-time links can be used.
const (
	InvitationLength = 7 * 24 * time.Hour
	ResetLength      = 24 * time.Hour
)

// Registration is what somebody says of themselves when they open an invitation.
type Registration struct {
	Email    string // taken from the invitation where that names one
	Name     string
	Password string // at least MinPassword characters; the present one where the address has a user already
	Language string // "en" or "ja"; "" is English
}

// FirstLink returns the secret of a one-time link that makes the workspace's
// first admin, and false where there are users already. An earlier such link no
// longer works.
func (w *Workspace) FirstLink(ctx context.Context) (secret string, needed bool, err error) {
	err = w.write(ctx, w.System(), func(c *call) error {
		if needed, err = c.empty(); err != nil || !needed {
			return err
		}
		if err := c.dropFirstLinks(); err != nil {
			return err
		}
		i := studio.Invitation{Kind: studio.InvitationFirst}
		secret, err = c.link(&i, ResetLength)
		return err
	})
	return secret, needed && err == nil, err
}

// empty reports whether there are no users yet.
func (c *call) empty() (bool, error) {
	users, err := c.ListUsers(studio.UserFilter{}, studio.Page{Limit: 1})
	return len(users.Items) == 0, err
}

func (c *call) dropFirstLinks() error {
	var old []string
	list := func(p studio.Page) (studio.List[studio.Invitation], error) { return c.ListInvitations("", p) }
	for i, err := range studio.All(list) {
		if err != nil {
			return err
		}
		if i.Kind == studio.InvitationFirst && i.UsedAt.IsZero() {
			old = append(old, i.ID)
		}
	}
	for _, id := range old {
		if err := c.DeleteInvitation(id); err != nil {
			return err
		}
	}
	return nil
}

// link writes a one-time link and returns its secret.
func (c *call) link(i *studio.Invitation, length time.Duration) (string, error) {
	secret := studio.NewSecret()
	i.Hash, i.ExpiresAt = studio.HashSecret(secret), c.Now().Add(length)
	if !c.actor.system {
		i.CreatedBy = c.actor.User.ID
	}
	if err := c.CreateInvitation(i); err != nil {
		return "", err
	}
	detail := fields{"kind": i.Kind, "email": i.Email, "role": i.Role, "user": i.UserID}
	return secret, c.noteIn(i.ProjectID, Created, "invitation.create", i.ID, detail)
}

// Invitation returns what a link is for. It is NotFound, Conflict (used) or
// Expired where the link is of no use.
func (w *Workspace) Invitation(ctx context.Context, secret string) (i studio.Invitation, err error) {
	err = w.store.View(ctx, func(tx studio.Tx) error {
		if i, err = tx.InvitationByHash(studio.HashSecret(secret)); err != nil {
			return err
		}
		return i.Usable(tx.Now())
	})
	if err != nil {
		return studio.Invitation{}, err
	}
	return i, nil
}

// AcceptInvitation uses a one-time link and signs in. A first link makes an
// admin of a workspace without users; a member's link makes a user, or takes the
// one of that address who gives the right password, and gives the role; a reset
// sets the password anew, ends all sessions and revokes all tokens.
func (w *Workspace) AcceptInvitation(ctx context.Context, secret string, r Registration, agent, address string) (sessionSecret string, actor Actor, err error) {
	i, err := w.Invitation(ctx, secret)
	if err != nil {
		return "", Actor{}, err
	}
	user, err := w.invited(ctx, i, r, address)
	if err != nil {
		return "", Actor{}, err
	}
	err = w.write(ctx, Actor{User: user}, func(c *call) error {
		if err := c.accept(i, user); err != nil {
			return err
		}
		sessionSecret, actor, err = c.startSession(agent, address)
		return err
	})
	if err != nil {
		return "", Actor{}, err
	}
	return sessionSecret, actor, nil
}

// invited returns who accepts, with the password as it will be stored: a new
// user without an id, or one there is already.
func (w *Workspace) invited(ctx context.Context, i studio.Invitation, r Registration, address string) (studio.User, error) {
	if i.Kind == studio.InvitationReset {
		return w.resetting(ctx, i, r)
	}
	if i.Email != "" {
		r.Email = i.Email
	}
	r.Email = studio.NormalEmail(r.Email)
	var known studio.User
	err := w.store.View(ctx, func(tx studio.Tx) (err error) {
		known, err = tx.UserByEmail(r.Email)
		return err
	})
	switch {
	case err == nil && i.Kind == studio.InvitationMember:
		return w.checkCredentials(ctx, known.Email, r.Password, address)
	case err != nil && studio.ErrorCode(err) != studio.NotFound:
		return studio.User{}, err
	}
	if r.Language == "" {
		r.Language = studio.LanguageEnglish
	}
	user := studio.User{Email: r.Email, Name: r.Name, Language: r.Language, Admin: i.Kind == studio.InvitationFirst}
	if err := user.Validate(); err != nil {
		return studio.User{}, err
	}
	return user, w.setPassword(ctx, &user, r.Password)
}

func (w *Workspace) resetting(ctx context.Context, i studio.Invitation, r Registration) (user studio.User, err error) {
	err = w.store.View(ctx, func(tx studio.Tx) error {
		user, err = tx.User(i.UserID)
		return err
	})
	if err != nil {
		return studio.User{}, err
	}
	if user.Disabled() {
		return studio.User{}, studio.Errorf(studio.Forbidden, "this user is disabled", "このユーザーは無効になっています。")
	}
	return user, w.setPassword(ctx, &user, r.Password)
}

func (w *Workspace) setPassword(ctx context.Context, user *studio.User, password string) (err error) {
	if err := checkPassword(password, user.Email); err != nil {
		return err
	}
	user.PasswordHash, err = w.passwords.hash(ctx, password)
	return err
}

// accept uses the link for the user, whom it leaves in the call as the actor.
func (c *call) accept(i studio.Invitation, user studio.User) error {
	var err error
	switch {
	case i.Kind == studio.InvitationReset:
		err = c.acceptReset(user)
	case user.ID != "":
		err = c.stillSame(user)
	default:
		err = c.acceptNew(i, user)
	}
	if err != nil {
		return err
	}
	if err := c.UseInvitation(i.ID, c.actor.User.ID); err != nil {
		return err
	}
	if err := c.join(i); err != nil {
		return err
	}
	return c.noteIn(i.ProjectID, Changed, "invitation.accept", i.ID, fields{"kind": i.Kind, "user": c.actor.User.ID})
}

func (c *call) acceptNew(i studio.Invitation, user studio.User) error {
	if i.Kind == studio.InvitationFirst {
		if empty, err := c.empty(); err != nil {
			return err
		} else if !empty {
			return studio.Errorf(studio.Conflict, "the workspace has an admin already", "このワークスペースにはすでに管理者がいます。")
		}
	}
	if err := c.CreateUser(&user); err != nil {
		return err
	}
	c.actor.User = user
	return c.noteIn("", Created, "user.create", user.ID, fields{"email": user.Email, "admin": user.Admin})
}

func (c *call) acceptReset(user studio.User) error {
	if err := c.UpdateUser(&user); err != nil {
		return err
	}
	c.actor.User = user
	if err := c.signOutEverywhere(user.ID, true); err != nil {
		return err
	}
	return c.noteIn("", Changed, "user.reset_password", user.ID, nil)
}

// join gives the actor the role that a link promises. A higher one that they
// have already stays.
func (c *call) join(i studio.Invitation) error {
	if i.ProjectID == "" {
		return nil
	}
	m, err := c.Member(i.ProjectID, c.actor.User.ID)
	switch {
	case studio.ErrorCode(err) == studio.NotFound:
		m = studio.Member{ProjectID: i.ProjectID, UserID: c.actor.User.ID, Role: i.Role}
		err = c.CreateMember(&m)
	case err == nil && !m.Role.AtLeast(i.Role):
		m.Role = i.Role
		err = c.UpdateMember(&m)
	case err == nil:
		return nil
	}
	if err != nil {
		return err
	}
	return c.noteIn(i.ProjectID, Created, "member.join", c.actor.User.ID, fields{"role": m.Role})
}

// signOutEverywhere ends a user's sessions and, where asked, revokes the tokens.
func (c *call) signOutEverywhere(user string, tokens bool) error {
	if _, err := c.DeleteSessionsOf(user); err != nil {
		return err
	}
	if !tokens {
		return nil
	}
	list := func(p studio.Page) (studio.List[studio.Token], error) { return c.ListTokens(user, p) }
	var live []string
	for t, err := range studio.All(list) {
		if err != nil {
			return err
		}
		if t.RevokedAt.IsZero() {
			live = append(live, t.ID)
		}
	}
	for _, id := range live {
		if err := c.RevokeToken(user, id); err != nil {
			return err
		}
	}
	return nil
}
