package web

import (
	"net/http"

	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/workspace"
)

// sessionCookie is the cookie's name. Over HTTPS it has the prefix that keeps
// other hosts of the domain from setting it.
func (s *server) sessionCookie() string {
	if s.Secure {
		return SecurePrefix + api.SessionCookie
	}
	return api.SessionCookie
}

// SecurePrefix begins the names of cookies that only this host, over HTTPS, can
// set (RFC 6265bis, section 4.1.3.2).
const SecurePrefix = "__Host-"

func (v *visit) setCookie(name, value string, age int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: v.server.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// keepSession gives the browser its session. How long that is good for is the
// workspace's to say.
func (v *visit) keepSession(secret string) {
	v.setCookie(v.server.sessionCookie(), secret, int(workspace.SessionLength.Seconds()))
}

func (v *visit) dropSession() { v.setCookie(v.server.sessionCookie(), "", -1) }

// agent is the browser's name for itself.
func (v *visit) agent() string { return shorten(v.r.UserAgent(), 180) }
