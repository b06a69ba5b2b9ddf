package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/net/html"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/workspace"
)

const password = "correct horse battery"

// painter is a Runner without a model: it paints a disc on a ground, in colours
// that follow from the seed.
type painter struct {
	gate chan struct{} // where not nil, every picture and step waits for a token
	look chan struct{} // where not nil, every automatic check waits for a token
}

// Check is workspace.Checker's: it finds nothing to say.
func (p *painter) Check(ctx context.Context, _ workspace.CheckRequest) ([]studio.Verdict, error) {
	if p.look == nil {
		return nil, ctx.Err()
	}
	select {
	case <-p.look:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *painter) wait(ctx context.Context) error {
	if p.gate == nil {
		return ctx.Err()
	}
	select {
	case <-p.gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *painter) Learn(ctx context.Context, task jobs.LearnTask, report jobs.Report) (jobs.Learned, error) {
	const steps = 4
	for i := range steps {
		if err := p.wait(ctx); err != nil {
			return jobs.Learned{}, err
		}
		report(studio.Progress{Step: i + 1, Steps: steps, Rate: 2, Left: time.Duration(steps-i-1) * time.Second / 2, Message: jobs.MessageLearning}, disc(int64(i)))
	}
	return jobs.Learned{
		File: []byte("the concept of " + task.Name), Preview: disc(9), Method: "encoder", ModelHash: strings.Repeat("ab", 32),
		Fidelity: 0.75, Alpha: 0.75, Scores: map[string]float64{"subject": 0.82, "sharpness": 0.71},
	}, nil
}

func (p *painter) Draw(ctx context.Context, task jobs.DrawTask, report jobs.Report, each func(jobs.Drawn) error) error {
	for i, shot := range task.Shots {
		if err := p.wait(ctx); err != nil {
			return err
		}
		report(studio.Progress{Step: i + 1, Steps: len(task.Shots), Message: jobs.MessageDrawing}, nil)
		drawn := jobs.Drawn{
			Shot: shot, Picture: disc(shot.Seed), Settings: []byte(`{"sampler":"ddim","steps":20,"guidance_scale":4}`),
			Scores: map[string]float64{"prompt": 0.31, "subject": 0.8},
		}
		if err := each(drawn); err != nil {
			return err
		}
	}
	return nil
}

// disc is a disc of one colour on another.
func disc(seed int64) *picture.Picture {
	const side = 128 // the least that holds a mark
	p := picture.Filled(side, side, uint8(90+seed*37%120), uint8(140+seed*53%90), uint8(150+seed*71%80))
	for y := range side {
		for x := range side {
			if (x-64)*(x-64)+(y-64)*(y-64) < 1600 {
				copy(p.Pix[3*(y*side+x):], []uint8{uint8(200 - seed*29%100), 90, 60})
			}
		}
	}
	return p
}

// house is a studio with its pages on an address of this machine.
type house struct {
	t       *testing.T
	work    *workspace.Workspace
	server  *httptest.Server
	painter *painter
	link    string // of the first admin
	logged  *syncBuffer
}

// syncBuffer is a log that a test reads while others write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func got[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func open(t *testing.T, p *painter) *house {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	db := got[*sqlite.DB](t)(sqlite.Open(ctx, filepath.Join(dir, "studio.db"), sqlite.Options{Enqueue: jobs.Enqueue}))
	bucket, err := files.OpenFolder(filepath.Join(dir, "files"))
	must(t, err)
	kept := files.New(bucket, nil)
	cheap := &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16}
	work := got[*workspace.Workspace](t)(workspace.New(workspace.Options{Store: db, Files: kept, PasswordParams: cheap, Checks: p}))
	queue := got[*jobs.Queue](t)(jobs.Open(ctx, jobs.Options{DB: db, Desk: work, Runner: p, Folder: filepath.Join(dir, "runs")}))
	must(t, queue.Start(ctx))
	link, _, err := work.FirstLink(ctx)
	must(t, err)
	h := &house{t: t, work: work, painter: p, link: link, logged: &syncBuffer{}}
	h.server = httptest.NewServer(Handler(Options{
		Workspace: work, Zone: time.UTC, Log: slog.New(slog.NewTextHandler(h.logged, nil)),
		PerHost: api.Rate{PerSecond: 1e6, Burst: 1e6}, PerUser: api.Rate{PerSecond: 1e6, Burst: 1e6},
	}))
	t.Cleanup(func() {
		h.server.CloseClientConnections()
		h.server.Close()
		if err := queue.Stop(ctx); err != nil {
			t.Error(err)
		}
		kept.Close()
		db.Close()
	})
	return h
}

// until returns as soon as done holds, looking again at each update.
func (h *house) until(done func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	updates := h.work.Updates(ctx)
	for !done() {
		if _, more := <-updates; !more {
			h.t.Fatal("what was waited for did not happen")
		}
	}
}

// browser is somebody at the pages.
type browser struct {
	t      *testing.T
	base   string
	client *http.Client
	lang   string // Accept-Language
}

func (h *house) browser(lang string) *browser {
	jar := got[*cookiejar.Jar](h.t)(cookiejar.New(nil))
	return &browser{t: h.t, base: h.server.URL, lang: lang, client: &http.Client{Jar: jar}}
}

// page is an answer.
type page struct {
	status int
	header http.Header
	path   string // after redirects
	body   string
	doc    *html.Node
}

func (b *browser) do(r *http.Request) *page {
	b.t.Helper()
	r.Header.Set("Accept-Language", b.lang)
	answer := got[*http.Response](b.t)(b.client.Do(r))
	defer answer.Body.Close()
	body := got[[]byte](b.t)(io.ReadAll(answer.Body))
	p := &page{status: answer.StatusCode, header: answer.Header, path: answer.Request.URL.RequestURI(), body: string(body)}
	p.doc = got[*html.Node](b.t)(html.Parse(bytes.NewReader(body)))
	return p
}

func (b *browser) get(path string) *page {
	b.t.Helper()
	r := got[*http.Request](b.t)(http.NewRequest(http.MethodGet, b.base+path, nil))
	return b.do(r)
}

// post sends a form with nothing but the fields given.
func (b *browser) post(path string, fields url.Values) *page {
	b.t.Helper()
	r := got[*http.Request](b.t)(http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(fields.Encode())))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.base)
	return b.do(r)
}

// fill sends the form of a page that leads to action, with what it holds and
// the fields given: pairs of name and value.
func (b *browser) fill(p *page, action string, pairs ...string) *page {
	b.t.Helper()
	fields, _ := p.form(b.t, action)
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	return b.post(action, fields)
}

// upload is fill for a form with a file.
func (b *browser) upload(p *page, action, field, name string, file []byte, pairs ...string) *page {
	b.t.Helper()
	fields, multi := p.form(b.t, action)
	if !multi {
		b.t.Fatalf("the form to %s takes no file", action)
	}
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			must(b.t, w.WriteField(name, v))
		}
	}
	part := got[io.Writer](b.t)(w.CreateFormFile(field, name))
	_, err := part.Write(file)
	must(b.t, err)
	must(b.t, w.Close())
	r := got[*http.Request](b.t)(http.NewRequest(http.MethodPost, b.base+action, &body))
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", b.base)
	return b.do(r)
}

// each calls f with every element of a tree.
func each(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, f)
	}
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func content(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(content(c))
	}
	return b.String()
}

// form returns what the form that leads to action would send as it is, without
// its buttons.
func (p *page) form(t *testing.T, action string) (fields url.Values, multi bool) {
	t.Helper()
	each(p.doc, func(n *html.Node) {
		to, _ := attr(n, "action")
		if method, _ := attr(n, "method"); n.Data != "form" || method != "post" || to != action || fields != nil {
			return
		}
		kind, _ := attr(n, "enctype")
		fields, multi = url.Values{}, kind == "multipart/form-data"
		each(n, func(c *html.Node) { addField(fields, c) })
	})
	if fields == nil {
		t.Fatalf("%s has no form to %s:\n%s", p.path, action, p.body)
	}
	return fields, multi
}

func addField(fields url.Values, n *html.Node) {
	name, named := attr(n, "name")
	if !named {
		return
	}
	value, _ := attr(n, "value")
	kind, _ := attr(n, "type")
	_, checked := attr(n, "checked")
	switch {
	case n.Data == "input" && kind == "file":
	case n.Data == "input" && (kind == "checkbox" || kind == "radio"):
		if checked {
			fields.Add(name, value)
		}
	case n.Data == "input":
		fields.Add(name, value)
	case n.Data == "textarea":
		fields.Add(name, content(n))
	case n.Data == "select":
		fields.Set(name, "")
		each(n, func(o *html.Node) {
			if _, chosen := attr(o, "selected"); o.Data == "option" && chosen {
				v, _ := attr(o, "value")
				fields.Set(name, v)
			}
		})
	}
}

// join opens an invitation and makes an account.
func (b *browser) join(link, email, name string) *page {
	b.t.Helper()
	return b.fill(b.get(link), link, "email", email, "name", name, "password", password, "again", password)
}

// pngFile is a PNG to give.
func pngFile(t testing.TB, seed int64) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, picture.EncodePNG(&b, disc(seed), nil))
	return b.Bytes()
}

// actor is who signs in with the address.
func (h *house) actor(t testing.TB, email string) workspace.Actor {
	t.Helper()
	_, actor, err := h.work.SignIn(context.Background(), email, password, "test", "192.0.2.9")
	must(t, err)
	return actor
}
