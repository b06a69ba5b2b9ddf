package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/files"
	"github.com/ichimai/ichimai/studio/sqlite"
	"github.com/ichimai/ichimai/studio/workspace"
)

// house is a workspace in a folder, with somebody who may do everything.
type house struct {
	db    *sqlite.DB
	files *files.Files
	desk  *workspace.Workspace
	dir   string
	actor workspace.Actor
}

// openHouse opens the workspace in a folder, new or not. It is closed by close.
func openHouse(ctx context.Context, dir string) (*house, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "studio.db"), sqlite.Options{Enqueue: Enqueue})
	if err != nil {
		return nil, err
	}
	if err := Migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	bucket, err := files.OpenFolder(filepath.Join(dir, "files"))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	h := &house{db: db, dir: dir, files: files.New(bucket, nil)}
	if err := h.open(workspace.Options{}); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// open makes the desk, with what the options say beside the house's own.
func (h *house) open(o workspace.Options) (err error) {
	o.Store, o.Files = h.db, h.files
	o.PasswordParams = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16}
	h.desk, err = workspace.New(o)
	return err
}

// scene is a picture with something in it for a mark to hide in.
func scene() *picture.Picture {
	p := picture.Filled(256, 256, 120, 140, 160)
	for i := range 64 {
		p.Paste(picture.Filled(20, 20, uint8(60+i*2), uint8(200-i*2), uint8(40+i)), (i*37)%240, (i*53)%240)
	}
	return p
}

func (h *house) close() error { return errors.Join(h.files.Close(), h.db.Close()) }

// settle makes the first user, who is an admin.
func (h *house) settle(ctx context.Context) error {
	link, _, err := h.desk.FirstLink(ctx)
	if err != nil {
		return err
	}
	_, h.actor, err = h.desk.AcceptInvitation(ctx, link, workspace.Registration{
		Email: "kana@example.com", Name: "Kana", Password: "a password of some length", Language: "ja",
	}, "test", "192.0.2.1")
	return err
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h, err := openHouse(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	must(t, h.settle(context.Background()))
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func got[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func (h *house) project(t *testing.T, name string) string {
	t.Helper()
	return got[studio.Project](t)(h.desk.CreateProject(context.Background(), h.actor, name, "")).ID
}

// generate queues n pictures.
func (h *house) generate(t *testing.T, project string, n int, concepts ...string) studio.Job {
	t.Helper()
	seed := int64(100)
	prompt := "a red cup on grass"
	if len(concepts) > 0 {
		prompt = "a photo of <mug>"
	}
	return got[studio.Job](t)(h.desk.Generate(context.Background(), h.actor, project, workspace.GenerateRequest{
		Prompt: prompt, Count: n, Seed: &seed, ConceptIDs: concepts, Name: "a cup",
	}))
}

// learn gives a picture and queues the learning of it, which scenes may follow.
func (h *house) learn(t *testing.T, project string, scenes ...workspace.Scene) (studio.Concept, studio.Job) {
	t.Helper()
	var file bytes.Buffer
	must(t, picture.EncodePNG(&file, scene(), nil))
	source := got[studio.Source](t)(h.desk.AddSource(context.Background(), h.actor, project, workspace.NewSource{
		Name: "mug.png", File: &file, Confirmed: true, Rights: workspace.Rights{Owner: "Ichimai KK", Licence: "own work"},
	}))
	c, job, err := h.desk.LearnConcept(context.Background(), h.actor, project, workspace.LearnRequest{
		Name: "mug", Placeholder: "<mug>", SourceIDs: []string{source.ID}, Steps: 4, Scenes: scenes,
	})
	must(t, err)
	return c, job
}

func (h *house) job(t *testing.T, j studio.Job) studio.Job {
	t.Helper()
	return got[studio.Job](t)(h.desk.Job(context.Background(), h.actor, j.ProjectID, j.ID))
}

func (h *house) pictures(t *testing.T, j studio.Job) []studio.Picture {
	t.Helper()
	var all []studio.Picture
	for p, err := range studio.All(func(page studio.Page) (studio.List[studio.Picture], error) {
		return h.desk.Pictures(context.Background(), h.actor, j.ProjectID, studio.PictureFilter{JobID: j.ID}, page)
	}) {
		must(t, err)
		all = append(all, p)
	}
	return all
}

// approved draws n pictures and approves them.
func (h *house) approved(t *testing.T, project string, n int) (ids []string) {
	t.Helper()
	ctx := context.Background()
	policy := got[studio.Policy](t)(h.desk.Policy(ctx, h.actor))
	policy.FourEyes = false
	_, err := h.desk.UpdatePolicy(ctx, h.actor, policy)
	must(t, err)
	for _, p := range h.pictures(t, h.await(t, h.generate(t, project, n), studio.JobDone)) {
		ids = append(ids, p.ID)
		_, err := h.desk.Submit(ctx, h.actor, project, p.ID)
		must(t, err)
		_, _, err = h.desk.Decide(ctx, h.actor, project, p.ID, studio.DecisionApprove, "")
		must(t, err)
	}
	return ids
}

// await waits until a job is in a state, for as long as a slow machine may need.
func (h *house) await(t *testing.T, j studio.Job, state studio.JobState) studio.Job {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		now := h.job(t, j)
		if now.State == state {
			return now
		}
		if now.State.Ended() || time.Now().After(deadline) {
			t.Fatalf("job %s of kind %s is %s, want %s: %s", j.ID, j.Kind, now.State, state, now.Error)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// work opens the queue and starts it, until the test ends.
func (h *house) work(t *testing.T, o Options) *Queue {
	t.Helper()
	o.DB, o.Folder = h.db, filepath.Join(h.dir, "runs")
	if o.Desk == nil {
		o.Desk = h.desk
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(testLog{t}, nil))
	}
	if o.WatchEvery == 0 {
		o.WatchEvery = 10 * time.Millisecond
	}
	q := got[*Queue](t)(Open(context.Background(), o))
	must(t, q.Start(context.Background()))
	t.Cleanup(func() { stop(t, q) })
	return q
}

// testLog writes to a test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimSpace(line))
	return len(line), nil
}

func stop(t *testing.T, q *Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// hand is a Runner whose drawings are there at once. What it was asked is kept,
// and step is called before each picture and each step of learning.
type hand struct {
	step func(ctx context.Context, what string) error

	mu    sync.Mutex
	asked []string
	busy  int
	most  int // of those that were busy at once
}

func (h *hand) enter() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy++
	h.most = max(h.most, h.busy)
}

func (h *hand) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.busy--
}

func (h *hand) take(ctx context.Context, what string) error {
	h.mu.Lock()
	h.asked = append(h.asked, what)
	h.mu.Unlock()
	if h.step != nil {
		if err := h.step(ctx, what); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (h *hand) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.asked...)
}

// Learn is Runner's.
func (h *hand) Learn(ctx context.Context, task LearnTask, report Report) (Learned, error) {
	h.enter()
	defer h.leave()
	for i := range task.Steps {
		if err := h.take(ctx, fmt.Sprintf("learn %s %d", task.Name, i)); err != nil {
			return Learned{}, err
		}
		report(studio.Progress{Step: i + 1, Steps: task.Steps, Message: MessageLearning}, picture.Filled(16, 16, uint8(i), 0, 0))
	}
	return Learned{
		File: []byte("concept " + task.Placeholder + task.Sources[0].SHA256), Preview: task.Pictures[0], Method: "encoder",
		ModelHash: "model", Fidelity: 0.7, Alpha: 0.7, Scores: map[string]float64{"subject": 0.9},
	}, nil
}

// Draw is Runner's.
func (h *hand) Draw(ctx context.Context, task DrawTask, report Report, each func(Drawn) error) error {
	h.enter()
	defer h.leave()
	for i, s := range task.Shots {
		if err := h.take(ctx, fmt.Sprintf("draw %d", s.Index)); err != nil {
			return err
		}
		report(studio.Progress{Step: i + 1, Steps: len(task.Shots), Message: MessageDrawing}, nil)
		if err := each(drawnShot(s)); err != nil {
			return err
		}
	}
	return nil
}

// drawnShot is what hand draws of a shot: other pixels for another seed.
func drawnShot(s Shot) Drawn {
	p := scene()
	p.Paste(picture.Filled(9, 9, uint8(s.Seed), uint8(s.Seed>>8), 200), 10, 10)
	return Drawn{Shot: s, Picture: p, Metadata: map[string]string{"ichimai": "{}"}, Settings: []byte(`{"steps":1}`),
		Scores: map[string]float64{"prompt": 0.3}}
}
