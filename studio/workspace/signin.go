package workspace

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// SessionLength is how long a session lasts after it was last used.
const SessionLength = 30 * 24 * time.Hour

// touchEvery is how stale a session's or a token's last use may be: writing it at
// every request would make each of them wait for the writer.
const touchEvery = 10 * time.Minute

func errWrongPassword() error {
	return studio.Errorf(studio.Unauthorised, "the e-mail address or the password is wrong", "メールアドレスまたはパスワードが正しくありません。")
}

// SignIn starts a session, with a new secret each time. An address that has no
// user, a wrong password and a user who was disabled give the same Unauthorised
// error after the same time. Tries are limited by e-mail and by address; see
// [RetryAfter].
func (w *Workspace) SignIn(ctx context.Context, email, password, agent, address string) (sessionSecret string, actor Actor, err error) {
	email = studio.NormalEmail(email)
	user, err := w.checkCredentials(ctx, email, password, address)
	if err != nil {
		return "", Actor{}, err
	}
	err = w.write(ctx, Actor{User: user}, func(c *call) error {
		if err := c.stillSame(user); err != nil {
			return err
		}
		sessionSecret, actor, err = c.startSession(agent, address)
		if err != nil {
			return err
		}
		return c.note(Created, "session.start", actor.SessionID, fields{"address": address})
	})
	if err != nil {
		return "", Actor{}, err
	}
	return sessionSecret, actor, nil
}

// checkCredentials returns the user that both belong to.
func (w *Workspace) checkCredentials(ctx context.Context, email, password, address string) (studio.User, error) {
	if err := w.attempts.take(email, address); err != nil {
		w.log.Warn("sign-in refused: too many attempts", "address", address)
		return studio.User{}, err
	}
	var user studio.User
	err := w.store.View(ctx, func(tx studio.Tx) (err error) {
		user, err = tx.UserByEmail(email)
		return err
	})
	if err != nil && studio.ErrorCode(err) != studio.NotFound {
		return studio.User{}, err
	}
	same, err := w.passwords.match(ctx, password, user.PasswordHash)
	if err != nil {
		return studio.User{}, err
	}
	if !same || user.Disabled() {
		w.log.Warn("sign-in failed", "address", address, "user", user.ID)
		return studio.User{}, errWrongPassword()
	}
	w.attempts.forget(email)
	return user, nil
}

// stillSame reads the call's user anew and refuses where the password that was
// compared is no longer theirs.
func (c *call) stillSame(user studio.User) error {
	now, err := c.User(user.ID)
	if err != nil {
		return err
	}
	if now.Disabled() || now.PasswordHash != user.PasswordHash {
		return errWrongPassword()
	}
	c.actor.User = now
	return nil
}

// startSession makes a session for the call's user.
func (c *call) startSession(agent, address string) (secret string, actor Actor, err error) {
	secret = studio.NewSecret()
	s := studio.Session{
		UserID: c.actor.User.ID, Hash: studio.HashSecret(secret), Agent: oneLine(agent, studio.MaxName),
		ExpiresAt: c.Now().Add(SessionLength), LastSeenAt: c.Now(),
	}
	if err := c.CreateSession(&s); err != nil {
		return "", Actor{}, err
	}
	return secret, Actor{User: c.actor.User, SessionID: s.ID, Address: address}, nil
}

func errNoSession() error {
	return studio.Errorf(studio.Unauthorised, "you are signed out; sign in again", "サインアウトしています。もう一度サインインしてください。")
}

// Authenticate returns whose session a secret is. It is Unauthorised where there
// is no such session, it has expired, or the user was disabled.
func (w *Workspace) Authenticate(ctx context.Context, sessionSecret, address string) (Actor, error) {
	var s studio.Session
	var user studio.User
	err := w.store.View(ctx, func(tx studio.Tx) (err error) {
		if s, err = tx.SessionByHash(studio.HashSecret(sessionSecret)); err != nil {
			return err
		}
		user, err = tx.User(s.UserID)
		return err
	})
	now := studio.Time(w.clock())
	switch {
	case studio.ErrorCode(err) == studio.NotFound:
		return Actor{}, errNoSession()
	case err != nil:
		return Actor{}, err
	case s.Expired(now) || user.Disabled():
		return Actor{}, errNoSession()
	}
	if now.Sub(s.LastSeenAt) >= touchEvery {
		if err := w.touch(ctx, func(tx studio.Tx) error { return tx.TouchSession(s.ID, now, now.Add(SessionLength)) }); err != nil {
			return Actor{}, err
		}
	}
	return Actor{User: user, SessionID: s.ID, Address: address}, nil
}

// touch writes a last use. What is gone meanwhile was revoked.
func (w *Workspace) touch(ctx context.Context, fn func(studio.Tx) error) error {
	err := w.store.Update(ctx, fn)
	if studio.ErrorCode(err) == studio.NotFound {
		return errNoSession()
	}
	return err
}

// AuthenticateToken returns for whom an API token acts, and within which scopes.
// It is Unauthorised where there is no such token, it was revoked or has
// expired, or the user was disabled.
func (w *Workspace) AuthenticateToken(ctx context.Context, token, address string) (Actor, error) {
	var t studio.Token
	var user studio.User
	err := w.store.View(ctx, func(tx studio.Tx) (err error) {
		if t, err = tx.TokenByHash(studio.HashSecret(token)); err != nil {
			return err
		}
		user, err = tx.User(t.UserID)
		return err
	})
	now := studio.Time(w.clock())
	if studio.ErrorCode(err) == studio.NotFound || err == nil && (!t.Usable(now) || user.Disabled()) {
		return Actor{}, studio.Errorf(studio.Unauthorised, "the token is unknown, revoked or expired", "トークンが無効です。取り消されたか、有効期限が切れています。")
	}
	if err != nil {
		return Actor{}, err
	}
	if now.Sub(t.LastUsedAt) >= touchEvery {
		if err := w.touch(ctx, func(tx studio.Tx) error { return tx.TouchToken(t.ID, now) }); err != nil {
			return Actor{}, err
		}
	}
	scopes := append([]studio.Scope{}, t.Scopes...) // never nil, which would be a browser's session
	return Actor{User: user, TokenID: t.ID, ProjectID: t.ProjectID, Scopes: scopes, Address: address}, nil
}

// SignOut ends the actor's session. It is Unauthorised for one who has none.
func (w *Workspace) SignOut(ctx context.Context, actor Actor) error {
	return w.update(ctx, actor, "", mayOwn, func(c *call) error {
		if actor.SessionID == "" {
			return errNobody()
		}
		return c.endSession(actor.SessionID)
	})
}

// endSession ends a session of the call's user.
func (c *call) endSession(id string) error {
	list := func(p studio.Page) (studio.List[studio.Session], error) { return c.ListSessions(c.actor.User.ID, p) }
	for s, err := range studio.All(list) {
		if err != nil {
			return err
		}
		if s.ID == id {
			if err := c.DeleteSession(id); err != nil {
				return err
			}
			return c.note(Deleted, "session.end", id, nil)
		}
	}
	return studio.Errorf(studio.NotFound, "there is no such session", "該当するセッションが見つかりません。")
}
