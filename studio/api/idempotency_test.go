package api

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func TestIdempotency(t *testing.T) {
	b := setup(t)
	count := func() int {
		return len(want[Page[Project]](t, b.call("GET", "/api/v1/projects", nil), 200).Items)
	}
	t.Run("OKRepeat", func(t *testing.T) {
		first := b.call("POST", "/api/v1/projects", `{"name":"Mugs"}`, idempotencyHeader, "k1")
		want[Project](t, first, 201)
		again := b.call("POST", "/api/v1/projects", `{"name":"Mugs"}`, idempotencyHeader, "k1")
		if again.Code != 201 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" ||
			again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
			t.Errorf("repeat: %d %s, first: %s", again.Code, again.Body, first.Body)
		}
		if n := count(); n != 1 {
			t.Errorf("%d projects, want 1", n)
		}
	})
	t.Run("ErrOtherRequest", func(t *testing.T) {
		wantProblem(t, b.call("POST", "/api/v1/projects", `{"name":"Cups"}`, idempotencyHeader, "k1"), 409, studio.Conflict)
	})
	t.Run("ErrOtherToken", func(t *testing.T) {
		old := b.token
		defer func() { b.token = old }()
		b.token = b.newToken(b.admin, studio.ScopeRead)
		wantProblem(t, b.call("POST", "/api/v1/projects", `{"name":"Mugs"}`, idempotencyHeader, "k1"), 409, studio.Conflict)
	})
	t.Run("OKFailedIsForgotten", func(t *testing.T) {
		wantProblem(t, b.call("POST", "/api/v1/projects", `{"name":" "}`, idempotencyHeader, "k2"), 422, studio.Invalid)
		want[Project](t, b.call("POST", "/api/v1/projects", `{"name":"Cups"}`, idempotencyHeader, "k2"), 201)
	})
	t.Run("OKLater", func(t *testing.T) {
		b.wait(keepAnswers + time.Second)
		want[Project](t, b.call("POST", "/api/v1/projects", `{"name":"Plates"}`, idempotencyHeader, "k1"), 201)
	})
	t.Run("ErrSecretIsNotKept", func(t *testing.T) {
		body := `{"email":"new@example.com"}`
		secret := want[InvitationWithSecret](t, b.call("POST", "/api/v1/invitations", body, idempotencyHeader, "k3"), 200).Secret
		again := b.call("POST", "/api/v1/invitations", body, idempotencyHeader, "k3")
		wantProblem(t, again, 409, studio.Conflict)
		if secret == "" || strings.Contains(again.Body.String(), secret) {
			t.Errorf("secret %q, repeat %s", secret, again.Body)
		}
	})
	t.Run("ErrKey", func(t *testing.T) {
		wantProblem(t, b.call("POST", "/api/v1/projects", `{"name":"a"}`, idempotencyHeader, strings.Repeat("k", 300)), 422, studio.Invalid)
		wantProblem(t, b.call("POST", "/api/v1/projects", `{"name":"a"}`, idempotencyHeader, " "), 422, studio.Invalid)
	})
}

// held is a server with an operation that waits.
func held(t *testing.T) (b *bench, started, release chan struct{}) {
	started, release = make(chan struct{}, 1), make(chan struct{})
	b = setup(t)
	handle(b.server, operation{id: "held", method: http.MethodPost, path: "/held", tag: tagRules}, func(ctx context.Context, _ workspace.Actor, _ *struct{}) (*nothing, error) {
		started <- struct{}{}
		select {
		case <-release:
			return &nothing{}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	return b, started, release
}

func TestIdempotencyOfWhatStillRuns(t *testing.T) {
	b, started, release := held(t)
	first := make(chan int)
	go func() { first <- b.call("POST", "/api/v1/held", nil, idempotencyHeader, "k").Code }()
	<-started
	w := b.call("POST", "/api/v1/held", nil, idempotencyHeader, "k")
	wantProblem(t, w, 409, studio.Conflict)
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.wait(time.Hour) // as after a stop of the program
	w = b.call("POST", "/api/v1/held", nil, idempotencyHeader, "k")
	wantProblem(t, w, 409, studio.Conflict)
	if w.Header().Get("Retry-After") != "" {
		t.Error("waiting does not help here")
	}
	close(release)
	if status := <-first; status != 204 {
		t.Fatalf("status %d", status)
	}
	if w := b.call("POST", "/api/v1/held", nil, idempotencyHeader, "k"); w.Code != 204 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestTimeout(t *testing.T) {
	b := setup(t)
	handle(b.server, operation{id: "slow", method: http.MethodPost, path: "/slow", tag: tagRules, timeout: time.Millisecond},
		func(ctx context.Context, _ workspace.Actor, _ *struct{}) (*nothing, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	w := b.call("POST", "/api/v1/slow", nil)
	if p := want[Problem](t, w, 503); p.Code != Unavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("problem %+v", p)
	}
}
