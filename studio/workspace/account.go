package workspace

import (
	"context"
	"slices"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// NewToken asks for an API token.
type NewToken struct {
	Name      string
	ProjectID string // the only project that it opens; "" for all of the user's
	Scopes    []studio.Scope
	ExpiresAt time.Time // zero for never
}

// Account returns the actor's own user as stored.
func (w *Workspace) Account(ctx context.Context, actor Actor) (user studio.User, err error) {
	err = w.view(ctx, actor, "", mayAsk, func(c *call) error {
		user = c.actor.User
		return nil
	})
	return user, err
}

// ChangePassword sets the actor's password, ends all sessions, and starts a new
// one for this browser. A wrong present password is Unauthorised and counts as a
// try to sign in.
func (w *Workspace) ChangePassword(ctx context.Context, actor Actor, current, next, agent string) (sessionSecret string, renewed Actor, err error) {
	var user studio.User
	if err := w.view(ctx, actor, "", mayOwn, func(c *call) error { user = c.actor.User; return nil }); err != nil {
		return "", Actor{}, err
	}
	if user, err = w.checkCredentials(ctx, user.Email, current, actor.Address); err != nil {
		return "", Actor{}, err
	}
	compared := user
	if err := w.setPassword(ctx, &user, next); err != nil {
		return "", Actor{}, err
	}
	err = w.update(ctx, actor, "", mayOwn, func(c *call) error {
		if err := c.stillSame(compared); err != nil {
			return err
		}
		c.actor.User.PasswordHash = user.PasswordHash
		if err := c.UpdateUser(&c.actor.User); err != nil {
			return err
		}
		if err := c.signOutEverywhere(user.ID, false); err != nil {
			return err
		}
		if sessionSecret, renewed, err = c.startSession(agent, actor.Address); err != nil {
			return err
		}
		return c.note(Changed, "user.change_password", user.ID, nil)
	})
	if err != nil {
		return "", Actor{}, err
	}
	return sessionSecret, renewed, nil
}

// SetName changes the name by which others see the actor.
func (w *Workspace) SetName(ctx context.Context, actor Actor, name string) (studio.User, error) {
	return w.changeAccount(ctx, actor, "user.rename", func(c *call) error {
		c.actor.User.Name = oneLine(name, studio.MaxName)
		return nil
	})
}

// SetLanguage sets the language in which the actor reads: "en" or "ja".
func (w *Workspace) SetLanguage(ctx context.Context, actor Actor, language string) (studio.User, error) {
	return w.changeAccount(ctx, actor, "user.set_language", func(c *call) error {
		c.actor.User.Language = language
		return nil
	})
}

// AcknowledgeGuideline records that the actor has read the guideline. A version
// that is not the present one is a Conflict: the text has changed meanwhile.
func (w *Workspace) AcknowledgeGuideline(ctx context.Context, actor Actor, version int64) (studio.User, error) {
	return w.changeAccount(ctx, actor, "user.acknowledge_guideline", func(c *call) error {
		policy, err := c.Policy()
		if err != nil {
			return err
		}
		if version != policy.GuidelineVersion {
			return studio.Errorf(studio.Conflict, "the guideline has changed; read it again", "ガイドラインが変更されています。もう一度ご確認ください。")
		}
		c.actor.User.GuidelineVersion, c.actor.User.GuidelineAcceptedAt = version, c.Now()
		return nil
	})
}

// changeAccount writes what change sets in the actor's own user.
func (w *Workspace) changeAccount(ctx context.Context, actor Actor, action string, change func(*call) error) (user studio.User, err error) {
	err = w.update(ctx, actor, "", mayOwn, func(c *call) error {
		if err := change(c); err != nil {
			return err
		}
		if err := c.UpdateUser(&c.actor.User); err != nil {
			return err
		}
		user = c.actor.User
		return c.note(Changed, action, user.ID, nil)
	})
	return user, err
}

// Sessions lists where the actor is signed in.
func (w *Workspace) Sessions(ctx context.Context, actor Actor, page studio.Page) (list studio.List[studio.Session], err error) {
	err = w.view(ctx, actor, "", mayOwn, func(c *call) error {
		list, err = c.ListSessions(c.actor.User.ID, page)
		return err
	})
	return list, err
}

// RevokeSession ends one of the actor's own sessions.
func (w *Workspace) RevokeSession(ctx context.Context, actor Actor, id string) error {
	return w.update(ctx, actor, "", mayOwn, func(c *call) error { return c.endSession(id) })
}

// Tokens lists the actor's API tokens.
func (w *Workspace) Tokens(ctx context.Context, actor Actor, page studio.Page) (list studio.List[studio.Token], err error) {
	err = w.view(ctx, actor, "", mayOwn, func(c *call) error {
		list, err = c.ListTokens(c.actor.User.ID, page)
		return err
	})
	return list, err
}

// CreateToken makes an API token that acts for the actor. The secret is shown
// this once. A token for a project of which the actor is no member is NotFound.
func (w *Workspace) CreateToken(ctx context.Context, actor Actor, t NewToken) (secret string, token studio.Token, err error) {
	err = w.update(ctx, actor, "", mayOwn, func(c *call) error {
		if t.ProjectID != "" {
			if err := c.enter(t.ProjectID); err != nil {
				return err
			}
		}
		if !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(c.Now()) {
			return invalid("expires_at", "lies in the past", "過去の日時は指定できません。")
		}
		scopes := slices.Compact(slices.Sorted(slices.Values(t.Scopes)))
		secret = studio.NewSecret()
		token = studio.Token{
			UserID: c.actor.User.ID, ProjectID: t.ProjectID, Name: oneLine(t.Name, studio.MaxName),
			Hash: studio.HashSecret(secret), Scopes: scopes, ExpiresAt: t.ExpiresAt,
		}
		if err := c.Tx.CreateToken(&token); err != nil {
			return err
		}
		return c.noteIn("", Created, "token.create", token.ID, fields{"name": token.Name, "scopes": scopes, "project": t.ProjectID})
	})
	if err != nil {
		return "", studio.Token{}, err
	}
	return secret, token, nil
}

// RevokeToken ends one of the actor's own tokens.
func (w *Workspace) RevokeToken(ctx context.Context, actor Actor, id string) error {
	return w.update(ctx, actor, "", mayOwn, func(c *call) error {
		if err := c.Tx.RevokeToken(c.actor.User.ID, id); err != nil {
			return err
		}
		return c.note(Deleted, "token.revoke", id, nil)
	})
}
