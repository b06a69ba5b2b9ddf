package api

import (
	"net/http"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

func TestSignIn(t *testing.T) {
	b := setup(t)
	w := b.send(b.request("POST", "/api/v1/session", map[string]string{"email": "Admin@Example.com", "password": password}))
	who := want[Identity](t, w, 200)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Name != SessionCookie {
		t.Fatalf("cookies %v", cookies)
	}
	if who.User.Email != "admin@example.com" || who.CSRFToken != CSRFToken(cookies[0].Value) {
		t.Errorf("identity %+v", who)
	}
	r := b.request("GET", "/api/v1/session", nil)
	r.AddCookie(cookies[0])
	if again := want[Identity](t, b.send(r), 200); again.CSRFToken != who.CSRFToken {
		t.Errorf("token %q, want %q", again.CSRFToken, who.CSRFToken)
	}
	out := b.request("DELETE", "/api/v1/session", nil)
	out.AddCookie(cookies[0])
	out.Header.Set("Sec-Fetch-Site", "same-origin")
	out.Header.Set(CSRFHeader, who.CSRFToken)
	gone := b.send(out)
	want[Identity](t, gone, 204)
	if c := gone.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("cookies after signing out: %v", c)
	}
	r = b.request("GET", "/api/v1/session", nil)
	r.AddCookie(cookies[0])
	wantProblem(t, b.send(r), 401, studio.Unauthorised)
}

func TestWhoAsks(t *testing.T) {
	b := setup(t)
	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"OK", "Bearer " + b.token, 200},
		{"OKCase", "bearer " + b.token, 200},
		{"ErrNobody", "", 401},
		{"ErrOther", "Bearer " + studio.NewSecret(), 401},
		{"ErrSession", "Bearer " + b.session, 401},
		{"ErrBasic", "Basic YWRtaW46YWRtaW4=", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request("GET", "/api/v1/session", nil)
			r.Header.Set("Authorization", c.header)
			w := b.send(r)
			if w.Code != c.status || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("status %d, headers %v", w.Code, w.Header())
			}
		})
	}
}

func TestScopes(t *testing.T) {
	b := setup(t)
	b.token = b.newToken(b.admin, studio.ScopeRead)
	want[Page[Project]](t, b.call("GET", "/api/v1/projects", nil), 200)
	wantProblem(t, b.call("POST", "/api/v1/projects", `{"name":"a"}`), 403, studio.Forbidden)
	wantProblem(t, b.call("GET", "/api/v1/audit", nil), 403, studio.Forbidden)
}

func TestCSRF(t *testing.T) {
	b := setup(t)
	token := CSRFToken(b.session)
	for _, c := range []struct {
		name, method string
		headers      []string
		refused      bool
	}{
		{"OKFetch", "POST", []string{"Sec-Fetch-Site", "same-origin", CSRFHeader, token}, false},
		{"OKOrigin", "POST", []string{"Origin", "http://example.com", CSRFHeader, token}, false},
		{"OKRead", "GET", nil, false},
		{"OKReadTyped", "GET", []string{"Sec-Fetch-Site", "none"}, false},
		{"ErrNothingSaid", "POST", []string{CSRFHeader, token}, true},
		{"ErrNoToken", "POST", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"ErrWrongToken", "POST", []string{"Sec-Fetch-Site", "same-origin", CSRFHeader, CSRFToken("other")}, true},
		{"ErrNull", "POST", []string{"Origin", "null", CSRFHeader, token}, true},
		{"ErrNullSameSite", "POST", []string{"Origin", "null", "Sec-Fetch-Site", "same-origin", CSRFHeader, token}, true},
		{"ErrOther", "POST", []string{"Origin", "http://evil.example", CSRFHeader, token}, true},
		{"ErrOtherPort", "POST", []string{"Origin", "http://example.com:81", CSRFHeader, token}, true},
		{"ErrPrefix", "POST", []string{"Origin", "http://example.com.evil.example", CSRFHeader, token}, true},
		{"ErrUser", "POST", []string{"Origin", "http://example.com@evil.example", CSRFHeader, token}, true},
		{"ErrSameSite", "POST", []string{"Sec-Fetch-Site", "same-site", CSRFHeader, token}, true},
		{"ErrTypedPost", "POST", []string{"Sec-Fetch-Site", "none", CSRFHeader, token}, true},
		{"ErrReadCross", "GET", []string{"Sec-Fetch-Site", "cross-site"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(c.method, "/api/v1/projects", nil)
			if c.method == "POST" {
				r = b.request(c.method, "/api/v1/projects", `{"name":"a"}`)
			}
			r.AddCookie(&http.Cookie{Name: SessionCookie, Value: b.session})
			for i := 0; i < len(c.headers); i += 2 {
				r.Header.Set(c.headers[i], c.headers[i+1])
			}
			if w := b.send(r); (w.Code == 403) != c.refused || w.Code >= 400 && w.Code != 403 {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
	t.Run("ErrLogin", func(t *testing.T) { // of a victim into an attacker's account
		r := b.request("POST", "/api/v1/session", map[string]string{"email": "admin@example.com", "password": password})
		r.Header.Set("Origin", "https://evil.example")
		wantProblem(t, b.send(r), 403, studio.Forbidden)
	})
	t.Run("OKGivenOrigins", func(t *testing.T) {
		b.server.Origins = []string{"https://studio.example.com"}
		defer func() { b.server.Origins = nil }()
		for origin, ok := range map[string]bool{"https://studio.example.com": true, "http://example.com": false} {
			if got := b.server.ownOrigin(b.request("POST", "/", nil), origin); got != ok {
				t.Errorf("%s: %v", origin, got)
			}
		}
	})
}
