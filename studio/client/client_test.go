package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/client"
)

func TestNew(t *testing.T) {
	for _, c := range []struct{ name, address, token string }{
		{"ErrScheme", "ftp://studio.example.com", "t"},
		{"ErrHost", "https://", "t"},
		{"ErrAddress", "https://[", "t"},
		{"ErrToken", "https://studio.example.com", " "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := client.New(c.address, c.token, client.Options{}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := must(client.New(server.host.URL, server.token(t.Context(), "", "", ""), client.Options{Language: "ja"}))
	_, err := c.Project("none").Info(t.Context())
	var e *client.Error
	if !errors.As(err, &e) || e.Code != studio.NotFound || e.Status != 404 || e.Detail == "" || e.RequestID == "" {
		t.Errorf("error %v", err)
	}
	if _, err := c.CreateProject(t.Context(), " ", ""); client.ErrorCode(err) != studio.Invalid || !strings.Contains(err.Error(), "入力") {
		t.Errorf("error %v", err)
	}
	if _, err := server.client("wrong").Me(t.Context()); client.ErrorCode(err) != studio.Unauthorised {
		t.Errorf("error %v", err)
	}
	me := must(c.Me(t.Context()))
	if me.User.Email != "admin@example.com" || len(me.Scopes) != 4 {
		t.Errorf("identity %+v", me)
	}
}

func TestWaitJob(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := server.client(server.token(t.Context(), "", "", ""))
	id := must(c.CreateProject(t.Context(), "Mugs", "")).ID
	project := c.Project(id)
	t.Run("OK", func(t *testing.T) {
		job := must(project.Generate(t.Context(), client.Generate{Prompt: "a table"}))
		reports := 0
		done, err := project.WaitJob(t.Context(), job.ID, func(client.Job) { reports++ })
		if err != nil || done.State != studio.JobDone || reports == 0 {
			t.Errorf("job %+v, %v, %d reports", done, err, reports)
		}
	})
	t.Run("ErrFailed", func(t *testing.T) {
		job := must(project.Generate(t.Context(), client.Generate{Prompt: "fail"}))
		_, err := project.WaitJob(t.Context(), job.ID, nil)
		var ended *client.JobError
		if !errors.As(err, &ended) || ended.Job.State != studio.JobFailed || !strings.Contains(err.Error(), "the model refused") {
			t.Errorf("error %v", err)
		}
		reader := must(client.New(server.host.URL, server.token(t.Context(), "", "", ""), client.Options{Language: "ja"}))
		if told := must(reader.Project(id).Job(t.Context(), ended.Job.ID)); told.Error != "モデルが拒否しました。" {
			t.Errorf("in Japanese it says %q", told.Error)
		}
	})
	t.Run("ErrContext", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := project.WaitJob(ctx, "none", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}

func TestEvents(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := server.client(server.token(t.Context(), "", "", ""))
	project := c.Project(must(c.CreateProject(t.Context(), "Mugs", "")).ID)
	enough := errors.New("enough")
	err := project.Events(t.Context(), func(e client.Event) error {
		switch {
		case e.Kind == "ready":
			must(project.Generate(t.Context(), client.Generate{Prompt: "a table"}))
		case e.Noun == "picture" && e.ID != "":
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
}

// flaky is a network that loses answers: what it lets through was done.
type flaky struct {
	next http.RoundTripper
	lost int
	keys []string
}

var errLost = errors.New("connection reset")

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := f.next.RoundTrip(r)
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		f.keys = append(f.keys, key)
	}
	if f.lost == 0 || err != nil {
		return response, err
	}
	f.lost--
	return nil, errors.Join(errLost, response.Body.Close())
}

func TestLostAnswersDoNothingTwice(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	network := &flaky{next: http.DefaultTransport, lost: 2}
	c := must(client.New(server.host.URL, server.token(t.Context(), "", "", ""), client.Options{
		HTTP: &http.Client{Transport: network},
		Wait: func(context.Context, time.Duration) error { return nil },
	}))
	project := must(c.CreateProject(t.Context(), "Mugs", ""))
	if len(network.keys) != 3 || network.keys[0] != network.keys[2] {
		t.Errorf("keys %v", network.keys)
	}
	list := must(c.Projects(t.Context(), client.Page{}))
	if len(list.Items) != 1 || list.Items[0].ID != project.ID {
		t.Errorf("projects %+v", list.Items)
	}
	network.lost = 2
	source := must(c.Project(project.ID).AddSource(t.Context(), client.NewSource{
		Name: "a.png", File: bytes.NewReader(picture(1)), Owner: "a", Licence: "b", Confirmed: true,
	}))
	if sources := must(c.Project(project.ID).Sources(t.Context(), client.Page{})); len(sources.Items) != 1 || sources.Items[0].ID != source.ID {
		t.Errorf("sources %+v", sources.Items)
	}
	network.lost = 100
	if _, err := c.Me(t.Context()); !errors.Is(err, errLost) || network.lost != 96 {
		t.Errorf("error %v after %d tries", err, 100-network.lost)
	}
}

func TestTries(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		retryAfter string
		tries      int
		waited     time.Duration
		code       studio.Code
	}{
		{"Rate", `{"code":"rate_limited","detail":"x"}`, 429, "7", 4, 7 * time.Second, client.RateLimited},
		{"Busy", `{"code":"unavailable","detail":"x"}`, 503, "1", 4, time.Second, client.Unavailable},
		{"Running", `{"code":"conflict","detail":"x"}`, 409, "1", 4, time.Second, studio.Conflict},
		{"Conflict", `{"code":"conflict","detail":"x"}`, 409, "", 1, 0, studio.Conflict},
		{"Internal", `{"code":"internal","detail":"x"}`, 500, "", 1, 0, studio.Internal},
		{"Proxy", `<html>`, 502, "", 4, 200 * time.Millisecond, studio.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			tries, waited := 0, time.Duration(0)
			host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				tries++
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer host.Close()
			s := must(client.New(host.URL, "t", client.Options{Wait: func(_ context.Context, d time.Duration) error {
				if waited == 0 {
					waited = d
				}
				return nil
			}}))
			_, err := s.Me(t.Context())
			if client.ErrorCode(err) != c.code || tries != c.tries || waited != c.waited {
				t.Errorf("error %v, %d tries, waited %v", err, tries, waited)
			}
		})
	}
}

func TestDownloadIsChecked(t *testing.T) {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "other") }))
	defer host.Close()
	s := must(client.New(host.URL, "t", client.Options{}))
	if _, err := s.Project("p").Download(t.Context(), strings.Repeat("0", 64), io.Discard); err == nil {
		t.Error("another file is taken for the one that was asked for")
	}
}

// TestTypesAreTheAPIs wants every field of the client's types to be one of the
// API's, under the same name.
func TestTypesAreTheAPIs(t *testing.T) {
	for _, pair := range [][2]reflect.Type{
		{reflect.TypeFor[client.User](), reflect.TypeFor[api.User]()},
		{reflect.TypeFor[client.Identity](), reflect.TypeFor[api.Identity]()},
		{reflect.TypeFor[client.ProjectInfo](), reflect.TypeFor[api.Project]()},
		{reflect.TypeFor[client.Rights](), reflect.TypeFor[api.Rights]()},
		{reflect.TypeFor[client.Source](), reflect.TypeFor[api.Source]()},
		{reflect.TypeFor[client.Concept](), reflect.TypeFor[api.Concept]()},
		{reflect.TypeFor[client.Learn](), reflect.TypeFor[api.LearnRequest]()},
		{reflect.TypeFor[client.Generate](), reflect.TypeFor[api.GenerateRequest]()},
		{reflect.TypeFor[client.Batch](), reflect.TypeFor[api.BatchRequest]()},
		{reflect.TypeFor[client.Plan](), reflect.TypeFor[api.Plan]()},
		{reflect.TypeFor[client.Progress](), reflect.TypeFor[api.JobProgress]()},
		{reflect.TypeFor[client.Job](), reflect.TypeFor[api.Job]()},
		{reflect.TypeFor[client.Template](), reflect.TypeFor[api.Template]()},
		{reflect.TypeFor[client.NewTemplate](), reflect.TypeFor[api.TemplateText]()},
		{reflect.TypeFor[client.Picture](), reflect.TypeFor[api.Picture]()},
		{reflect.TypeFor[client.Review](), reflect.TypeFor[api.Review]()},
	} {
		ours, theirs := names(pair[0]), names(pair[1])
		for name, kind := range ours {
			if theirs[name] != kind {
				t.Errorf("%v has %s of kind %v, the API's has %v", pair[0], name, kind, theirs[name])
			}
		}
	}
}

// names are the JSON names of a struct's fields, with the kind of each.
func names(t reflect.Type) map[string]reflect.Kind {
	all := map[string]reflect.Kind{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			all[name] = f.Type.Kind()
		}
	}
	return all
}

// TestDownloadOfPublished gets a published picture, which the studio stamps: another
// file than the blob, and checked all the same.
func TestDownloadOfPublished(t *testing.T) {
	server := openStudio(t.Context())
	defer server.Close()
	c := server.client(server.token(t.Context(), "", "", ""))
	id := must(c.CreateProject(t.Context(), "Mugs", "")).ID
	project := c.Project(id)
	job := must(project.WaitJob(t.Context(), must(project.Generate(t.Context(), client.Generate{Prompt: "a table"})).ID, nil))
	drawn := must(project.PicturesOf(job.ID)(t.Context(), client.Page{})).Items[0]
	before, after := &bytes.Buffer{}, &bytes.Buffer{}
	must(project.Download(t.Context(), drawn.Blob, before))
	must(project.Submit(t.Context(), drawn.ID))
	other := server.client(server.token(t.Context(), "approver@example.com", id, studio.RoleApprover)).Project(id)
	_, _, err := other.Decide(t.Context(), drawn.ID, studio.DecisionApprove, "")
	check(err)
	must(other.Publish(t.Context(), drawn.ID))
	if n := must(project.Download(t.Context(), drawn.Blob, after)); n != int64(after.Len()) || bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Errorf("%d bytes, which are the same as before", n)
	}
}
