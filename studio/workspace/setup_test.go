package workspace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
)

const password = "correct horse battery"

// testClock is set by hand.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// scene is a workspace with an admin, and a project with a member of each role.
type scene struct {
	*Workspace
	tb      testing.TB
	ctx     context.Context
	clock   *testClock
	db      *sqlite.DB
	project string
	hash    string // of password
	count   int
	kept    map[string]any // see keep

	root                             Actor // admin of the workspace
	viewer, creator, approver, admin Actor // of the project
}

// fatal is what rapid's T and testing's share.
type fatal interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

func open(tb testing.TB, checks Checker) *scene {
	tb.Helper()
	dir := tb.TempDir()
	// Files carry the machine's time, so the clock starts there.
	clock := &testClock{now: studio.SystemClock()}
	db, err := sqlite.Open(tb.Context(), filepath.Join(dir, "studio.db"), sqlite.Options{Clock: clock.Now})
	if err != nil {
		tb.Fatal(err)
	}
	bucket, err := files.OpenFolder(filepath.Join(dir, "files"))
	if err != nil {
		tb.Fatal(err)
	}
	blobs := files.New(bucket, clock.Now)
	tb.Cleanup(func() { db.Close(); blobs.Close() })
	params := &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16}
	w, err := New(Options{Store: db, Files: blobs, Clock: clock.Now, PasswordParams: params, Checks: checks, MaxUpload: 1 << 20})
	if err != nil {
		tb.Fatal(err)
	}
	s := &scene{Workspace: w, tb: tb, ctx: context.Background(), clock: clock, db: db}
	if s.hash, err = w.passwords.hash(s.ctx, password); err != nil {
		tb.Fatal(err)
	}
	return s
}

func setup(tb testing.TB) *scene {
	tb.Helper()
	s := open(tb, nil)
	s.root = s.user(true)
	s.project = s.newProject()
	s.viewer, s.creator = s.member(studio.RoleViewer), s.member(studio.RoleCreator)
	s.approver, s.admin = s.member(studio.RoleApprover), s.member(studio.RoleAdmin)
	s.watermark(false) // the pictures of most tests are too small for it
	return s
}

// watermark says whether the policy wants the invisible mark.
func (s *scene) watermark(on bool) {
	s.tb.Helper()
	s.store(func(tx studio.Tx) error {
		p, err := tx.Policy()
		p.Watermark = on
		return cmp.Or(err, tx.UpdatePolicy(&p))
	})
}

func must[T any](tb fatal) func(T, error) T {
	return func(v T, err error) T {
		if err != nil {
			tb.Fatalf("%v", err)
		}
		return v
	}
}

// keep makes a thing, or returns the one that was made before where the scene
// keeps things. What is made on the way is not kept: it is used up.
func keep[T any](s *scene, key string, produce func() T) T {
	s.tb.Helper()
	if s.kept == nil {
		return produce()
	}
	if v, ok := s.kept[key]; ok {
		return v.(T)
	}
	kept := s.kept
	s.kept = nil
	v := produce()
	s.kept = kept
	s.kept[key] = v
	return v
}

func (s *scene) next() int { s.count++; return s.count }

// store writes past the use cases.
func (s *scene) store(fn func(studio.Tx) error) {
	s.tb.Helper()
	if err := s.db.Update(s.ctx, fn); err != nil {
		s.tb.Fatal(err)
	}
}

// user makes somebody who belongs to nothing, signed in.
func (s *scene) user(admin bool) Actor {
	s.tb.Helper()
	u := studio.User{Email: fmt.Sprintf("user%d@example.com", s.next()), Name: "User", Language: "en", PasswordHash: s.hash, Admin: admin}
	s.store(func(tx studio.Tx) error { return tx.CreateUser(&u) })
	return Actor{User: u}
}

func (s *scene) newProject() string {
	s.tb.Helper()
	return must[studio.Project](s.tb)(s.CreateProject(s.ctx, s.root, fmt.Sprintf("Project %d", s.next()), "")).ID
}

func (s *scene) join(a Actor, project string, role studio.Role) Actor {
	s.tb.Helper()
	s.store(func(tx studio.Tx) error {
		return tx.CreateMember(&studio.Member{ProjectID: project, UserID: a.User.ID, Role: role})
	})
	return a
}

func (s *scene) member(role studio.Role) Actor {
	s.tb.Helper()
	return s.join(s.user(false), s.project, role)
}

// session signs an actor in for real.
func (s *scene) session(a Actor) Actor {
	s.tb.Helper()
	_, signed, err := s.SignIn(s.ctx, a.User.Email, password, "test", "")
	if err != nil {
		s.tb.Fatal(err)
	}
	return signed
}

// png is a picture that no other call gives.
func (s *scene) png() []byte {
	s.tb.Helper()
	n := s.next()
	p := picture.Filled(32, 24, 250, 250, 250)
	for bit := range 12 { // blocks, which JPEG tells apart too
		if n>>bit&1 == 1 {
			p.Paste(picture.Filled(8, 8, 0, 0, 0), bit%4*8, bit/4*8)
		}
	}
	return encoded(s.tb, p)
}

func encoded(tb testing.TB, p *picture.Picture) []byte {
	tb.Helper()
	var file bytes.Buffer
	if err := picture.EncodePNG(&file, p, nil); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

var good = Rights{Owner: "Example K.K.", Licence: "own work", Territory: "JP"}

func (s *scene) source() studio.Source {
	s.tb.Helper()
	return keep(s, "source", func() studio.Source {
		return must[studio.Source](s.tb)(s.AddSource(s.ctx, s.creator, s.project, NewSource{Name: "mug.png", File: bytes.NewReader(s.png()), Rights: good, Confirmed: true}))
	})
}

// learning is a concept and its job, not yet run.
func (s *scene) learning(parent string, sources ...string) (studio.Concept, studio.Job) {
	s.tb.Helper()
	if len(sources) == 0 {
		sources = []string{s.source().ID}
	}
	v, j, err := s.LearnConcept(s.ctx, s.creator, s.project, LearnRequest{Name: fmt.Sprintf("Mug %d", s.next()), Placeholder: "<mug>", SourceIDs: sources, ParentID: parent})
	if err != nil {
		s.tb.Fatal(err)
	}
	return v, j
}

func (s *scene) concept(parent string, sources ...string) studio.Concept {
	s.tb.Helper()
	return keep(s, fmt.Sprint("concept", parent, sources), func() studio.Concept {
		_, j := s.learning(parent, sources...)
		return s.learn(j)
	})
}

func (s *scene) claim(j studio.Job) studio.Job {
	s.tb.Helper()
	return must[studio.Job](s.tb)(s.ClaimJob(s.ctx, j.ProjectID, j.ID))
}

func (s *scene) learn(j studio.Job) studio.Concept {
	s.tb.Helper()
	s.claim(j)
	v := must[studio.Concept](s.tb)(s.ConceptLearned(s.ctx, j.ProjectID, j.ID, Learned{
		Concept: bytes.NewReader([]byte(j.ID)), Preview: s.png(), Method: "encoder", ModelHash: "m", Fidelity: 0.8, Alpha: 0.5,
	}))
	must[studio.Job](s.tb)(s.FinishJob(s.ctx, j.ProjectID, j.ID, nil))
	return v
}

func (s *scene) generating(count int, concepts ...string) studio.Job {
	s.tb.Helper()
	return keep(s, fmt.Sprint("generating", count, concepts), func() studio.Job {
		prompt := "a table"
		if len(concepts) > 0 {
			prompt = "<mug> on a table"
		}
		return must[studio.Job](s.tb)(s.Generate(s.ctx, s.creator, s.project, GenerateRequest{Prompt: prompt, ConceptIDs: concepts, Count: count}))
	})
}

func (s *scene) draw(j studio.Job, index int) studio.Picture {
	s.tb.Helper()
	return must[studio.Picture](s.tb)(s.PictureDrawn(s.ctx, j.ProjectID, j.ID, Drawn{
		Index: index, PNG: s.png(), Seed: 7, Settings: json.RawMessage(`{"steps":12}`), Scores: map[string]float64{"subject": 0.5},
	}))
}

// draft is a picture drawn with the concepts, by the creator.
func (s *scene) draft(concepts ...string) studio.Picture {
	s.tb.Helper()
	return keep(s, fmt.Sprint("draft", concepts), func() studio.Picture {
		j := s.claim(s.generating(1, concepts...))
		p := s.draw(j, 0)
		must[studio.Job](s.tb)(s.FinishJob(s.ctx, j.ProjectID, j.ID, nil))
		return p
	})
}

func (s *scene) submitted(concepts ...string) studio.Picture {
	s.tb.Helper()
	return keep(s, fmt.Sprint("submitted", concepts), func() studio.Picture {
		return must[studio.Picture](s.tb)(s.Submit(s.ctx, s.creator, s.project, s.draft(concepts...).ID))
	})
}

func (s *scene) approved(concepts ...string) studio.Picture {
	s.tb.Helper()
	return keep(s, fmt.Sprint("approved", concepts), func() studio.Picture {
		p, _, err := s.Decide(s.ctx, s.approver, s.project, s.submitted(concepts...).ID, studio.DecisionApprove, "")
		if err != nil {
			s.tb.Fatal(err)
		}
		return p
	})
}

func (s *scene) published(concepts ...string) studio.Picture {
	s.tb.Helper()
	return keep(s, fmt.Sprint("published", concepts), func() studio.Picture {
		return must[studio.Picture](s.tb)(s.Publish(s.ctx, s.approver, s.project, s.approved(concepts...).ID))
	})
}

func (s *scene) template() studio.Template {
	s.tb.Helper()
	return keep(s, "template", func() studio.Template {
		return must[studio.Template](s.tb)(s.CreateTemplate(s.ctx, s.creator, s.project, TemplateText{
			Name: "Table", Prompt: "{product} on a table, {season}", Defaults: map[string]string{"season": "spring"},
		}))
	})
}

func (s *scene) example() studio.Case {
	s.tb.Helper()
	return keep(s, "example", func() studio.Case {
		return must[studio.Case](s.tb)(s.CreateCase(s.ctx, s.creator, s.project, NewCase{PictureID: s.draft().ID, Good: true, Title: "Good light"}))
	})
}

func (s *scene) allowHost() {
	s.tb.Helper()
	p := must[studio.Policy](s.tb)(s.Policy(s.ctx, s.root))
	p.WebhookHosts = []string{"hooks.example.com"}
	must[studio.Policy](s.tb)(s.UpdatePolicy(s.ctx, s.root, p))
}

var hook = WebhookText{URL: "https://hooks.example.com/in", Events: studio.Events(), Active: true}

func (s *scene) webhook() studio.Webhook {
	s.tb.Helper()
	return keep(s, "webhook", func() studio.Webhook {
		s.allowHost()
		return must[studio.Webhook](s.tb)(s.CreateWebhook(s.ctx, s.admin, s.project, hook))
	})
}

// wantCode fails unless err has the code; "" wants none.
func wantCode(t testing.TB, err error, want studio.Code) {
	t.Helper()
	if got := studio.ErrorCode(err); got != want {
		t.Errorf("code %q, want %q (%v)", got, want, err)
	}
}

// verify checks the audit record.
func (s *scene) verify() {
	s.tb.Helper()
	if _, err := s.VerifyAudit(s.ctx, s.System()); err != nil {
		s.tb.Error(err)
	}
}
