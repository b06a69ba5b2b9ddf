package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// SessionCookie is the name of the cookie that holds a session's secret.
const SessionCookie = "ichimai_session"

var notSignedIn = text{
	"nobody is signed in; send an API token or sign in",
	"サインインしていません。サインインするか、APIトークンを送信してください。",
}

// authenticate finds out who asks, refuses nobody where the operation is not
// public, and whoever asks too often.
func (s *server) authenticate(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	err := s.identify(v, isPublic(ctx.Operation()))
	if wait := s.limit(v); wait > 0 {
		s.refuseRate(v.writer, v.request, wait)
		return
	}
	if err != nil {
		s.refuse(v.writer, v.request, err)
		return
	}
	next(ctx)
}

// identify sets the visit's actor. A public operation asks for nobody, but it
// too is refused to another site's page.
func (s *server) identify(v *visit, public bool) (err error) {
	r := v.request
	v.token, v.session = bearer(r), sessionSecret(r)
	if public {
		return s.checkOrigin(r, false)
	}
	if v.token != "" {
		v.session = ""
	} else if v.session != "" {
		if err := s.checkCSRF(r, v.session); err != nil {
			return err
		}
	}
	v.actor, err = s.actorOf(v)
	return err
}

// actorOf asks the workspace whom the visit's secret belongs to.
func (s *server) actorOf(v *visit) (workspace.Actor, error) {
	ctx := v.request.Context()
	switch {
	case v.token != "":
		return s.work.AuthenticateToken(ctx, v.token, v.address)
	case v.session != "":
		return s.work.Authenticate(ctx, v.session, v.address)
	}
	return workspace.Actor{}, notSignedIn.error(studio.Unauthorised)
}

// bearer returns the token of the header Authorization (RFC 6750), or "".
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func sessionSecret(r *http.Request) string {
	c, err := r.Cookie(SessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}
