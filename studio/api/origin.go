package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// CSRFHeader is the header that carries [CSRFToken].
const CSRFHeader = "X-CSRF-Token"

// CSRFToken derives from a session's secret the value that has to come with
// every request that changes something. Only who can read the studio's pages
// knows it; the secret itself cannot be found from it.
func CSRFToken(sessionSecret string) string {
	mac := hmac.New(sha256.New, []byte(sessionSecret))
	mac.Write([]byte("ichimai studio csrf 1"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

var (
	foreignOrigin = text{
		"this request came from another site and was refused",
		"別のサイトからのリクエストのため、拒否しました。",
	}
	noCSRFToken = text{
		"the request lacks a valid " + CSRFHeader + " header; read it at GET /api/v1/session, or reload the page",
		CSRFHeader + "ヘッダーが正しくありません。ページを再読み込みするか、GET /api/v1/sessionで値を取得してください。",
	}
)

// safe reports whether a method changes nothing.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// checkOrigin refuses what a browser sends on behalf of another site. mustSay
// wants the browser to have said where the request comes from, as each does
// when a page sends something that is no plain link.
func (s *server) checkOrigin(r *http.Request, mustSay bool) error {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	if site != "" && site != "same-origin" && (site != "none" || mustSay) {
		return foreignOrigin.error(studio.Forbidden)
	}
	if origin != "" && !s.ownOrigin(r, origin) || len(r.Header["Origin"]) > 1 {
		return foreignOrigin.error(studio.Forbidden)
	}
	if mustSay && site == "" && origin == "" {
		return foreignOrigin.error(studio.Forbidden)
	}
	return nil
}

// ownOrigin reports whether an Origin header names the studio. "null", which
// sandboxed and data: pages send, never does.
func (s *server) ownOrigin(r *http.Request, origin string) bool {
	if len(s.Origins) > 0 {
		return slices.Contains(s.Origins, origin)
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Host == r.Host &&
		u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}

// checkCSRF wants a request that comes with a session's cookie to have been
// sent by one of the studio's own pages.
func (s *server) checkCSRF(r *http.Request, sessionSecret string) error {
	if err := s.checkOrigin(r, !safe(r.Method)); err != nil || safe(r.Method) {
		return err
	}
	if !hmac.Equal([]byte(r.Header.Get(CSRFHeader)), []byte(CSRFToken(sessionSecret))) {
		return noCSRFToken.error(studio.Forbidden)
	}
	return nil
}
