package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Identity is who asks.
type Identity struct {
	User      User           `json:"user"`
	Scopes    []studio.Scope `json:"scopes,omitempty" doc:"Of the API token; absent for a browser's session, which none limits"`
	ProjectID string         `json:"project_id,omitempty" doc:"The only project that the API token opens"`
	CSRFToken string         `json:"csrf_token,omitempty" doc:"For the header X-CSRF-Token; absent with an API token"`
}

// Session is a browser that is signed in.
type Session struct {
	ID         string    `json:"id"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Agent      string    `json:"agent" doc:"The browser's name for itself"`
}

func sessionOf(s studio.Session) Session {
	return Session{ID: s.ID, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, Agent: s.Agent}
}

// signedIn is an identity whose browser gets a cookie.
type signedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Identity
}

// sessionDays is how long a browser keeps the cookie; how long it is good for
// is the workspace's to say.
const sessionDays = 30

func (s *server) cookie(secret string) http.Cookie {
	c := http.Cookie{
		Name: SessionCookie, Value: secret, Path: "/", HttpOnly: true, Secure: s.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: sessionDays * 24 * 60 * 60,
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

// replySignedIn makes an output of what a use case that signs in returned.
func (s *server) replySignedIn(secret string, actor workspace.Actor, err error) (*signedIn, error) {
	if err != nil {
		return nil, err
	}
	return &signedIn{SetCookie: s.cookie(secret), Body: Identity{User: userOf(actor.User), CSRFToken: CSRFToken(secret)}}, nil
}

type inSignIn struct {
	Agent string `header:"User-Agent"`
	Body  struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1000"`
	}
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type inSession struct {
	ID string `path:"id" maxLength:"64" doc:"Id of the session"`
}

func (s *server) sessions() {
	handle(s, operation{
		id: "sign-in", method: http.MethodPost, path: "/session", tag: tagAccount, public: true,
		summary: text{"Sign in with e-mail and password", "メールアドレスとパスワードでサインイン"},
		detail:  "Sets the session's cookie. Programs use an API token instead.",
	}, func(ctx context.Context, _ workspace.Actor, in *inSignIn) (*signedIn, error) {
		return s.replySignedIn(s.work.SignIn(ctx, in.Body.Email, in.Body.Password, agentOf(in.Agent), visitOf(ctx).address))
	})
	handle(s, operation{
		id: "get-session", method: http.MethodGet, path: "/session", tag: tagAccount,
		summary: text{"Who am I", "現在のサインイン情報"},
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[Identity], error) {
		who := Identity{User: userOf(actor.User), Scopes: actor.Scopes, ProjectID: actor.ProjectID}
		if v := visitOf(ctx); v.session != "" {
			who.CSRFToken = CSRFToken(v.session)
		}
		return &answer[Identity]{Body: who}, nil
	})
	handle(s, operation{
		id: "sign-out", method: http.MethodDelete, path: "/session", tag: tagAccount,
		summary: text{"Sign out", "サインアウト"},
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*signedOut, error) {
		if err := s.work.SignOut(ctx, actor); err != nil {
			return nil, err
		}
		return &signedOut{SetCookie: s.cookie("")}, nil
	})
	handle(s, operation{
		id: "list-sessions", method: http.MethodGet, path: "/sessions", tag: tagAccount,
		summary: text{"List my sessions", "自分のセッションの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *Paged) (*listing[Session], error) {
		return replyList(ctx, sessionOf)(s.work.Sessions(ctx, actor, in.page()))
	})
	handle(s, operation{
		id: "revoke-session", method: http.MethodDelete, path: "/sessions/{id}", tag: tagAccount,
		summary: text{"End one of my sessions", "セッションを終了"},
	}, func(ctx context.Context, actor workspace.Actor, in *inSession) (*nothing, error) {
		return done(s.work.RevokeSession(ctx, actor, in.ID))
	})
}

// agentOf cuts a browser's name for itself to what a list can show.
func agentOf(s string) string {
	return cutText(s, studio.MaxName)
}
