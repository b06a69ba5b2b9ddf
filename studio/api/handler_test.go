package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func TestProblems(t *testing.T) {
	b := setup(t)
	project := "/api/v1/projects/" + b.project().ID
	for _, c := range []struct {
		name, method, path string
		body               any
		status             int
		code               studio.Code
	}{
		{"ErrNoSuchPath", "GET", "/api/v1/nothing", nil, 404, studio.NotFound},
		{"ErrMethod", "PATCH", "/api/v1/projects", nil, 405, studio.NotFound},
		{"ErrNotFound", "GET", "/api/v1/projects/none", nil, 404, studio.NotFound},
		{"ErrJSON", "POST", "/api/v1/projects", `{"name":`, 400, studio.Invalid},
		{"ErrNoBody", "POST", "/api/v1/projects", nil, 400, studio.Invalid},
		{"ErrType", "POST", "/api/v1/projects", `{"name":3}`, 422, studio.Invalid},
		{"ErrUnknownField", "POST", "/api/v1/projects", `{"name":"a","colour":"red"}`, 422, studio.Invalid},
		{"ErrRule", "POST", "/api/v1/projects", `{"name":"  "}`, 422, studio.Invalid},
		{"ErrQuery", "GET", "/api/v1/projects?limit=many", nil, 422, studio.Invalid},
		{"ErrUnknownQuery", "GET", "/api/v1/projects?colour=red", nil, 422, studio.Invalid},
		{"ErrTooLarge", "POST", "/api/v1/projects", `{"name":"` + strings.Repeat("a", 2<<20) + `"}`, 413, studio.TooLarge},
		{"ErrStale", "PUT", project, `{"name":"a","revision":9}`, 409, studio.Conflict},
		{"ErrNoForm", "POST", project + "/sources", `{}`, 415, studio.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			en := wantProblem(t, b.call(c.method, c.path, c.body, "Accept-Language", "en-GB"), c.status, c.code)
			ja := wantProblem(t, b.call(c.method, c.path, c.body, "Accept-Language", "ja,en;q=0.5"), c.status, c.code)
			if en.Detail == ja.Detail || !isJapanese(ja.Detail) || isJapanese(en.Detail) {
				t.Errorf("messages %q and %q", en.Detail, ja.Detail)
			}
			for _, d := range ja.Errors {
				if !isJapanese(d.Message) {
					t.Errorf("message at %s is not Japanese: %q", d.Location, d.Message)
				}
			}
		})
	}
}

func isJapanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x3040 && r <= 0x30ff })
}

func TestEveryMessageOfTheValidatorIsTranslated(t *testing.T) {
	for en := range japanese {
		if got := translate(verb.ReplaceAllString(en, "7"), "ja"); !isJapanese(got) && got != "invalid" || strings.Contains(got, "%") {
			t.Errorf("%q gives %q", en, got)
		}
	}
	if got := translate("expected number >= 3", "ja"); got != "3以上の数値を指定してください。" {
		t.Errorf("translate gives %q", got)
	}
}

func TestAnswersAreSafe(t *testing.T) {
	b := setup(t)
	for _, path := range []string{"/api/v1/session", "/api/v1/nothing", "/api/openapi.json", "/api/docs"} {
		h := b.call("GET", path, nil).Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	b := setup(t)
	b.call("GET", "/api/v1/session?token="+b.token, nil)
	b.send(b.request("POST", "/api/v1/session", map[string]string{"email": "admin@example.com", "password": password}))
	r := b.request("GET", "/api/v1/session", nil)
	r.AddCookie(&http.Cookie{Name: SessionCookie, Value: b.session})
	b.send(r)
	b.send(b.request("POST", "/api/v1/invitations/open", map[string]string{"secret": "one-time-secret"}))
	log := b.log.String()
	if !strings.Contains(log, "route=/api/v1/session") || !strings.Contains(log, "user="+b.admin.User.ID) {
		t.Errorf("the log lacks requests:\n%s", log)
	}
	for _, secret := range []string{b.token, b.session, password, "one-time-secret"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	b := setup(t)
	boom := b.server.begin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	b.handler = boom
	p := wantProblem(t, b.call("GET", "/", nil), 500, studio.Internal)
	if strings.Contains(p.Detail, "boom") || !strings.Contains(b.log.String(), "boom") {
		t.Errorf("the detail is for the log alone: %+v", p)
	}
}

func TestRates(t *testing.T) {
	t.Run("ByActor", func(t *testing.T) {
		b := setup(t, func(o *Options) { o.PerActor = Rate{PerSecond: 1, Burst: 2} })
		for range 2 {
			want[Identity](t, b.call("GET", "/api/v1/session", nil), 200)
		}
		w := b.call("GET", "/api/v1/session", nil)
		wantProblem(t, w, 429, RateLimited)
		if w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		b.wait(time.Second)
		want[Identity](t, b.call("GET", "/api/v1/session", nil), 200)
	})
	t.Run("ByAddress", func(t *testing.T) {
		b := setup(t, func(o *Options) { o.PerAddress = Rate{PerSecond: 0.5, Burst: 1} })
		bogus := func(address string) *httptest.ResponseRecorder {
			r := b.request("GET", "/api/v1/session", nil)
			r.RemoteAddr = address
			r.Header.Set("Authorization", "Bearer none")
			return b.send(r)
		}
		wantProblem(t, bogus("203.0.113.7:1"), 401, studio.Unauthorised)
		w := bogus("203.0.113.7:2")
		wantProblem(t, w, 429, RateLimited)
		if w.Header().Get("Retry-After") != "2" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		wantProblem(t, bogus("198.51.100.1:9"), 401, studio.Unauthorised)
		for _, path := range []string{"/api/v1/none", "/api/docs", "/api/openapi.json"} {
			r := b.request("GET", path, nil)
			r.RemoteAddr = "203.0.113.7:3"
			if w := b.send(r); w.Code != 429 {
				t.Errorf("%s: status %d", path, w.Code)
			}
		}
	})
	t.Run("ManyBehindOneAddress", func(t *testing.T) {
		b := setup(t, func(o *Options) {
			o.PerAddress, o.PerActor = Rate{PerSecond: 0.1, Burst: 1}, Rate{PerSecond: 1, Burst: 4}
		})
		tokens := []string{b.token}
		project := b.project().ID
		for i := range 3 {
			tokens = append(tokens, b.newToken(b.member(fmt.Sprintf("person%d@example.com", i), project, studio.RoleViewer), studio.ScopeRead))
		}
		for range 4 { // all from the same address, each as often as one person may
			for _, token := range tokens {
				r := b.request("GET", "/api/v1/session", nil)
				r.Header.Set("Authorization", "Bearer "+token)
				want[Identity](t, b.send(r), 200)
			}
		}
		wantProblem(t, b.call("GET", "/api/v1/session", nil), 429, RateLimited)
	})
	t.Run("Passwords", func(t *testing.T) {
		b := setup(t)
		wrong := map[string]string{"email": "admin@example.com", "password": "wrong"}
		for range 100 {
			if w := b.send(b.request("POST", "/api/v1/session", wrong)); w.Code == 429 {
				if wantProblem(t, w, 429, RateLimited); w.Header().Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
				return
			}
		}
		t.Error("passwords can be tried without end")
	})
}

func TestLimiter(t *testing.T) {
	now := time.Unix(0, 0)
	l := NewLimiter(Rate{PerSecond: 2, Burst: 3}, func() time.Time { return now })
	for range 3 {
		if wait := l.Take("a"); wait != 0 {
			t.Fatalf("wait %v within the burst", wait)
		}
	}
	if wait := l.Take("a"); wait != 500*time.Millisecond {
		t.Errorf("wait %v, want 500ms", wait)
	}
	if wait := l.Take("b"); wait != 0 {
		t.Errorf("another key waits %v", wait)
	}
	now = now.Add(500 * time.Millisecond)
	if wait := l.Take("a"); wait != 0 {
		t.Errorf("wait %v after the time that was asked for", wait)
	}
	for i := range 2 * maxBuckets {
		l.Take(time.Duration(i).String())
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d buckets", len(l.buckets))
	}
	if AddressKey("2001:db8::1") != AddressKey("2001:db8::ffff") || AddressKey("2001:db8:0:1::1") == AddressKey("2001:db8::1") {
		t.Error("addresses of IPv6 are not taken by their /64")
	}
}
