package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/studio/web"
)

// idle is a Runner that is never asked.
type idle struct{}

func (idle) Learn(context.Context, jobs.LearnTask, jobs.Report) (jobs.Learned, error) {
	return jobs.Learned{}, errors.New("nothing is learned here")
}

func (idle) Draw(context.Context, jobs.DrawTask, jobs.Report, func(jobs.Drawn) error) error {
	return errors.New("nothing is drawn here")
}

func open(t *testing.T, folder, origin string) (*Server, error) {
	t.Helper()
	return Open(t.Context(), Options{Folder: folder, Runner: idle{}, Origin: origin})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	s, err := open(t, folder, "")
	must(t, err)
	if _, needed, err := s.FirstLink(t.Context()); err != nil || !needed {
		t.Errorf("first link: %v, %v", needed, err)
	}
	t.Run("ErrTaken", func(t *testing.T) {
		if _, err := open(t, folder, ""); studio.ErrorCode(err) != studio.Conflict {
			t.Errorf("a second process got %v", err)
		}
	})
	must(t, s.Close(context.Background()))
	again, err := open(t, folder, "")
	must(t, err)
	must(t, again.Close(context.Background()))
}

func TestOrigin(t *testing.T) {
	for origin, ok := range map[string]bool{
		"": true, "https://studio.example.com": true, "http://127.0.0.1:8765": true,
		"studio.example.com": false, "https://studio.example.com/": false, "https://a@b": false, "ftp://x": false, "https://": false,
	} {
		_, err := readOrigin(origin)
		var wrong *OriginError
		if ok != (err == nil) || err != nil && !errors.As(err, &wrong) {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// TestRun serves pages and API, and stops when it is told to.
func TestRun(t *testing.T) {
	s, err := open(t, t.TempDir(), "")
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, listener) }()
	for path, want := range map[string]string{"/signin": "Ichimai", "/api/openapi.json": `"openapi"`, "/api/v1/projects": "unauthorised"} {
		answer, err := http.Get("http://" + listener.Addr().String() + path)
		must(t, err)
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		answer.Body.Close()
		if !strings.Contains(string(body), want) {
			t.Errorf("%s lacks %s:\n%s", path, want, body)
		}
	}
	stop()
	select {
	case err := <-ended:
		must(t, err)
	case <-time.After(time.Minute):
		t.Fatal("it does not stop")
	}
	must(t, s.Close(context.Background()))
}

// TestBehindProxy gives the API the pages' cookie, and believes the proxy alone.
func TestBehindProxy(t *testing.T) {
	s, err := open(t, t.TempDir(), "https://studio.example.com")
	must(t, err)
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	var seen string
	h := underOneName(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(api.SessionCookie); err == nil {
			seen = c.Value
		}
	}), true)
	r := httptest.NewRequest(http.MethodGet, "/api/v1/session", nil)
	r.Header.Set("Cookie", api.SessionCookie+"=planted; "+web.SecurePrefix+api.SessionCookie+"=secret")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if seen != "secret" {
		t.Errorf("the API got the cookie %q", seen)
	}
	for remote, want := range map[string]string{"127.0.0.1:1": "203.0.113.7", "192.0.2.1:1": "192.0.2.1"} {
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", "198.51.100.1, 203.0.113.7")
		if a := s.address(r); a != want {
			t.Errorf("from %s the address is %s, want %s", remote, a, want)
		}
	}
	page := httptest.NewRecorder()
	s.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/signin", nil))
	if page.Header().Get("Strict-Transport-Security") == "" {
		t.Error("a page over HTTPS does not ask to stay there")
	}
}
