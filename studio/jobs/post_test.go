package jobs

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// receiver is a host that takes deliveries, after refusing some.
type receiver struct {
	mu     sync.Mutex
	refuse int
	tries  int
	taken  []Notice
	secret string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, _ := io.ReadAll(q.Body)
	var n Notice
	switch r.tries++; {
	case CheckSignature(r.secret, q.Header, body, time.Now(), time.Minute) != nil || json.Unmarshal(body, &n) != nil || n.ID != q.Header.Get(HeaderDelivery):
		w.WriteHeader(http.StatusBadRequest)
	case r.tries <= r.refuse:
		w.WriteHeader(http.StatusServiceUnavailable)
	default:
		r.taken = append(r.taken, n)
	}
}

func (r *receiver) await(t *testing.T, n int) []Notice {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		taken := r.taken
		r.mu.Unlock()
		if len(taken) >= n {
			return taken
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries of %d came", len(taken), n)
		}
	}
}

// hooked makes a webhook of a project that reaches a receiver, and has the queue
// send there whatever the name resolves to.
func (h *house) hooked(t *testing.T, q *Queue, r *receiver, project string) studio.Webhook {
	t.Helper()
	ctx := context.Background()
	policy := got[studio.Policy](t)(h.desk.Policy(ctx, h.actor))
	policy.WebhookHosts = []string{"example.com"} // which the certificate of httptest is for
	_, err := h.desk.UpdatePolicy(ctx, h.actor, policy)
	must(t, err)
	hook := got[studio.Webhook](t)(h.desk.CreateWebhook(ctx, h.actor, project, workspace.WebhookText{
		URL: "https://example.com/hook", Events: []studio.Event{studio.EventJobEnded}, Active: true,
	}))
	r.secret = hook.Secret
	server := httptest.NewTLSServer(r)
	t.Cleanup(server.Close)
	trust(q.sender, server)
	q.sender.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	q.pauseAfter = func(int) time.Duration { return 0 }
	return hook
}

func TestDeliveries(t *testing.T) {
	h := newHouse(t)
	project := h.project(t, "spring")
	q := got[*Queue](t)(Open(context.Background(), Options{DB: h.db, Desk: h.desk, Runner: &hand{}, Folder: filepath.Join(h.dir, "runs")}))
	r := &receiver{refuse: 2}
	hook := h.hooked(t, q, r, project)
	must(t, q.Start(context.Background()))
	t.Cleanup(func() { stop(t, q) })
	a := h.await(t, h.generate(t, project, 1), studio.JobDone)
	first := r.await(t, 1)[0]
	if first.Event != studio.EventJobEnded || first.Object != a.ID || first.ProjectID != project || first.At.IsZero() {
		t.Errorf("the notice is %+v", first)
	}
	b := h.await(t, h.generate(t, project, 1), studio.JobDone)
	if second := r.await(t, 2)[1]; second.Object != b.ID || second.ID == first.ID || r.tries != 4 {
		t.Errorf("the second notice, after %d tries, is %+v", r.tries, second)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		noted := got[studio.Webhook](t)(h.desk.Webhook(context.Background(), h.actor, project, hook.ID))
		if noted.LastStatus == 200 && noted.LastError == "" && !noted.LastAt.IsZero() {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the webhook notes %+v", noted)
		}
	}
}

// TestDeliveriesOnce puts an event into the queue once, however often the queue
// looks, and nothing of a webhook that is gone.
func TestDeliveriesOnce(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	project := h.project(t, "spring")
	q := got[*Queue](t)(Open(ctx, Options{DB: h.db, Desk: h.desk, Runner: &hand{}, Folder: filepath.Join(h.dir, "runs")}))
	t.Cleanup(func() { stop(t, q) })
	r := &receiver{}
	hook := h.hooked(t, q, r, project)
	job := h.generate(t, project, 1)
	_, err := h.desk.CancelJob(ctx, h.actor, project, job.ID)
	must(t, err)
	count := func() (n int) {
		must(t, h.db.Writer().QueryRow("SELECT count(*) FROM river_job WHERE kind = 'webhook_delivery'").Scan(&n))
		return n
	}
	for range 3 {
		for more := true; more; {
			more = got[bool](t)(q.postNew(ctx))
		}
		if n := count(); n != 1 {
			t.Fatalf("%d deliveries are queued", n)
		}
	}
	must(t, h.desk.DeleteWebhook(ctx, h.actor, project, hook.ID))
	must(t, q.Start(ctx))
	const cancelled = "SELECT count(*) FROM river_job WHERE kind = 'webhook_delivery' AND state = 'cancelled'"
	for n, deadline := 0, time.Now().Add(time.Minute); n == 0; time.Sleep(5 * time.Millisecond) {
		must(t, h.db.Writer().QueryRow(cancelled).Scan(&n))
		if time.Now().After(deadline) {
			t.Fatal("the delivery is not cancelled")
		}
	}
	if r.tries != 0 {
		t.Error("a webhook that is gone was told")
	}
}
