package api

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/workspace"
)

const password = "correct horse battery"

// bench is a studio in a temporary folder, with its API.
type bench struct {
	t       *testing.T
	work    *workspace.Workspace
	store   *sqlite.DB
	server  *server
	handler http.Handler
	log     *bytes.Buffer
	admin   workspace.Actor
	session string // the admin's
	token   string // the admin's, with all scopes

	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) wait(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// setup opens a studio with one user, an admin. change may set other options.
func setup(t *testing.T, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2027, 4, 1, 9, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	dir := t.TempDir()
	var err error
	if b.store, err = sqlite.Open(t.Context(), filepath.Join(dir, "studio.db"), sqlite.Options{Clock: b.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	bucket, err := files.OpenFolder(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	blobs := files.New(bucket, b.clock)
	t.Cleanup(func() { _ = blobs.Close() })
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: b.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if b.work, err = workspace.New(workspace.Options{
		Store: b.store, Files: blobs, Clock: b.clock, Log: log, MaxUpload: 4 << 20,
		PasswordParams: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	}); err != nil {
		t.Fatal(err)
	}
	o := Options{
		Workspace: b.work, Store: b.store, Log: log, Clock: b.clock, MaxUpload: 4 << 20,
		PerAddress: Rate{PerSecond: 1e6, Burst: 1e6}, PerActor: Rate{PerSecond: 1e6, Burst: 1e6},
	}
	for _, c := range change {
		c(&o)
	}
	b.server, b.handler = newServer(o)
	b.signUp()
	return b
}

// signUp makes the first admin, and a token for them.
func (b *bench) signUp() {
	b.t.Helper()
	secret, needed, err := b.work.FirstLink(b.t.Context())
	if err != nil || !needed {
		b.t.Fatalf("FirstLink: %v, needed %v", err, needed)
	}
	r := workspace.Registration{Email: "admin@example.com", Name: "Admin", Password: password, Language: "en"}
	if b.session, b.admin, err = b.work.AcceptInvitation(b.t.Context(), secret, r, "test", "192.0.2.1"); err != nil {
		b.t.Fatal(err)
	}
	b.token = b.newToken(b.admin, studio.Scopes()...)
}

func (b *bench) newToken(actor workspace.Actor, scopes ...studio.Scope) string {
	b.t.Helper()
	secret, _, err := b.work.CreateToken(b.t.Context(), actor, workspace.NewToken{Name: "test", Scopes: scopes})
	if err != nil {
		b.t.Fatal(err)
	}
	return secret
}

// member makes another user with a role in a project.
func (b *bench) member(email, project string, role studio.Role) workspace.Actor {
	b.t.Helper()
	secret, _, err := b.work.Invite(b.t.Context(), b.admin, project, email, role)
	if err != nil {
		b.t.Fatal(err)
	}
	r := workspace.Registration{Name: email, Password: password, Language: "en"}
	_, actor, err := b.work.AcceptInvitation(b.t.Context(), secret, r, "test", "192.0.2.1")
	if err != nil {
		b.t.Fatal(err)
	}
	return actor
}

func (b *bench) project() studio.Project {
	b.t.Helper()
	p, err := b.work.CreateProject(b.t.Context(), b.admin, "Mugs", "")
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// request builds a request; body may be nil, bytes, text or something for JSON.
func (b *bench) request(method, path string, body any) *http.Request {
	b.t.Helper()
	var reader io.Reader
	kind := ""
	switch v := body.(type) {
	case nil:
	case string:
		reader, kind = strings.NewReader(v), "application/json"
	case io.Reader:
		reader = v
	default:
		data, err := json.Marshal(v)
		if err != nil {
			b.t.Fatal(err)
		}
		reader, kind = bytes.NewReader(data), "application/json"
	}
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, reader)
	r.RemoteAddr = "192.0.2.7:1234"
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// send sends a request as it is.
func (b *bench) send(r *http.Request) *httptest.ResponseRecorder {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

// call sends a request with the admin's token; headers are name, value pairs.
func (b *bench) call(method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := b.request(method, path, body)
	r.Header.Set("Authorization", "Bearer "+b.token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.send(r)
}

// want fails unless an answer has a status, and decodes its body.
func want[T any](t *testing.T, w *httptest.ResponseRecorder, status int) (v T) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if w.Body.Len() == 0 {
		return v
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("decode %s: %v", w.Body, err)
	}
	return v
}

// wantProblem fails unless an answer is an error with a status and a code.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code studio.Code) Problem {
	t.Helper()
	p := want[Problem](t, w, status)
	if p.Code != code || p.Status != status || p.Detail == "" || w.Header().Get("Content-Type") != problemType {
		t.Fatalf("problem %+v of type %q, want code %s", p, w.Header().Get("Content-Type"), code)
	}
	return p
}

// lockedWriter is for logs of many goroutines.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// photo is a small PNG.
func photo(shade uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range m.Pix {
		m.Pix[i] = uint8(i)*shade | 3
	}
	m.Set(1, 1, color.RGBA{255, shade, 0, 255})
	var out bytes.Buffer
	_ = png.Encode(&out, m) // into memory
	return out.Bytes()
}

// upload is a multipart body and its type.
func upload(t *testing.T, file []byte, fields ...string) (io.Reader, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "mug.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &body, w.FormDataContentType()
}

// addSource uploads a photo that may be used.
func (b *bench) addSource(project string) Source {
	b.t.Helper()
	body, kind := upload(b.t, photo(7), "owner", "Example Ltd.", "licence", "own work", "confirmed", "true")
	return want[Source](b.t, b.call("POST", "/api/v1/projects/"+project+"/sources", body, "Content-Type", kind), 201)
}
