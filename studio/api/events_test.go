package api

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// listen opens a stream of events; next returns its next lines up to an empty
// one.
func (b *bench) listen(ctx context.Context, url, token string, headers ...string) (response *http.Response, next func() string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err = http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	return response, func() string {
		var event []string
		for lines.Scan() {
			if lines.Text() == "" {
				return strings.Join(event, "|")
			}
			event = append(event, lines.Text())
		}
		return "end"
	}
}

func TestEvents(t *testing.T) {
	b := setup(t, func(o *Options) { o.Heartbeat = 200 * time.Millisecond })
	project := b.project()
	host := httptest.NewServer(b.handler)
	defer host.Close()
	url := host.URL + "/api/v1/projects/" + project.ID + "/events"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	response, next := b.listen(ctx, url, b.token)
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("status %d, type %q", response.StatusCode, got)
	}
	if got := next(); got != `id: 1|event: ready|data: {"missed":false}` {
		t.Errorf("first event %q", got)
	}
	if _, err := b.work.UpdateProject(ctx, b.admin, project.ID, project.Revision, "Cups", ""); err != nil {
		t.Fatal(err)
	}
	got := next()
	for got == ": alive" {
		got = next()
	}
	if !strings.HasPrefix(got, "id: 2|event: update|data: {") || !strings.Contains(got, project.ID) {
		t.Errorf("event %q", got)
	}
	if got := next(); got != ": alive" {
		t.Errorf("sign of life %q", got)
	}
	if _, next := b.listen(ctx, url, b.token, "Last-Event-ID", "2"); next() != `id: 1|event: ready|data: {"missed":true}` {
		t.Error("who comes back is not told that something may be missing")
	}
}

func TestEventsEndWithTheRightToSee(t *testing.T) {
	b := setup(t, func(o *Options) { o.Heartbeat = 100 * time.Millisecond })
	project := b.project()
	viewer := b.member("viewer@example.com", project.ID, studio.RoleViewer)
	host := httptest.NewServer(b.handler)
	defer host.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, next := b.listen(ctx, host.URL+"/api/v1/projects/"+project.ID+"/events", b.newToken(viewer, studio.ScopeRead))
	next()
	if err := b.work.RemoveMember(ctx, b.admin, project.ID, viewer.User.ID); err != nil {
		t.Fatal(err)
	}
	for got := next(); got != "end"; got = next() {
		if strings.Contains(got, "update") {
			t.Errorf("a stranger hears %q", got)
		}
	}
	if ctx.Err() != nil {
		t.Error("the stream goes on")
	}
	stranger, _ := b.listen(ctx, host.URL+"/api/v1/projects/"+project.ID+"/events", b.newToken(viewer, studio.ScopeRead))
	if stranger.StatusCode != 404 {
		t.Errorf("status %d for a stranger", stranger.StatusCode)
	}
}
