package web

import (
	"crypto/hmac"
	"net/http"
	"net/netip"
	"net/url"
	"slices"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
)

// contentPolicy lets a page have what this package serves, pictures that a
// person has just chosen (blob:), and nothing else.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// setHeaders sets what every answer carries. The referrer policy is not
// "no-referrer", with which browsers send "Origin: null" with our own forms.
func setHeaders(h http.Header, id string, secure bool) {
	h.Set("X-Request-Id", id)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Cookie, Accept-Language")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

var (
	foreignOrigin = text{
		"This request came from another site and was refused. Open the page anew and try again.",
		"別のサイトからのリクエストのため、拒否しました。ページを開き直して、もう一度お試しください。",
	}
	staleForm = text{
		"This form is out of date. Load the page again and send it once more.",
		"フォームの有効期限が切れました。ページを再読み込みして、もう一度送信してください。",
	}
)

// checkOrigin refuses what another site has a browser send. Every browser says
// with a form where it comes from; "null", which sandboxed pages send, is no
// origin of ours.
func (v *visit) checkOrigin() error {
	site, origins := v.r.Header.Get("Sec-Fetch-Site"), v.r.Header.Values("Origin")
	ours := len(origins) == 1 && v.server.ownOrigin(v.r, origins[0])
	if site != "" && site != "same-origin" || len(origins) > 0 && !ours || site == "" && len(origins) == 0 {
		return errorOf(studio.Forbidden, foreignOrigin)
	}
	return nil
}

func (s *server) ownOrigin(r *http.Request, origin string) bool {
	if len(s.Origins) > 0 {
		return slices.Contains(s.Origins, origin)
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Host == r.Host &&
		u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}

// csrfField is the form's field with the session's token.
const csrfField = "csrf"

// csrf is the token of the session, "" where there is none.
func (v *visit) csrf() string {
	if v.session == "" {
		return ""
	}
	return api.CSRFToken(v.session)
}

// checkCSRF wants the session's token in the form.
func (v *visit) checkCSRF() error {
	if !hmac.Equal([]byte(v.r.PostFormValue(csrfField)), []byte(v.csrf())) {
		return errorOf(studio.Forbidden, staleForm)
	}
	return nil
}

// errorOf makes an error of a text.
func errorOf(code studio.Code, t text) error {
	return &studio.Error{Code: code, English: t.en, Japanese: t.ja}
}

// remoteAddress is the address of the connection's other end, without its port.
func remoteAddress(r *http.Request) string {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return a.Addr().Unmap().WithZone("").String()
}
