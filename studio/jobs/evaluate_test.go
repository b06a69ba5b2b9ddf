package jobs

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// eye is a Checker that refuses every third picture by its seed. What it was shown is
// kept, and step is called before each.
type eye struct {
	step func(ctx context.Context, what string) error

	mu    sync.Mutex
	shown []string // hashes
}

// Check is workspace.Checker's.
func (e *eye) Check(ctx context.Context, r workspace.CheckRequest) ([]studio.Verdict, error) {
	e.mu.Lock()
	e.shown = append(e.shown, r.Picture.Hash())
	step := e.step
	e.mu.Unlock()
	if step != nil {
		if err := step(ctx, "check"); err != nil {
			return nil, err
		}
	}
	v := studio.Verdict{Check: studio.CheckPrompt, Outcome: studio.OutcomePassed}
	if r.Picture.Pix[3*(10*r.Picture.Width+10)]%3 == 0 { // where drawnShot writes the seed
		v.Outcome = studio.OutcomeRefused
	}
	return []studio.Verdict{v}, ctx.Err()
}

func (e *eye) list() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.shown...)
}

func (e *eye) then(step func(context.Context, string) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.step = step
}

func idsOf(pictures []studio.Picture) (ids []string) {
	for i := len(pictures) - 1; i >= 0; i-- {
		ids = append(ids, pictures[i].ID)
	}
	return ids
}

func (h *house) evaluate(t *testing.T, project string, ids []string, submit bool) studio.Job {
	t.Helper()
	return got[studio.Job](t)(h.desk.Evaluate(context.Background(), h.actor, project, workspace.EvaluateRequest{PictureIDs: ids, Submit: submit}))
}

// watched is a house that works, with an eye on its pictures, and drafts in it.
func watched(t *testing.T, n int) (h *house, e *eye, project string, drafts []string) {
	t.Helper()
	h, e = newHouse(t), &eye{}
	must(t, h.open(workspace.Options{Checks: e}))
	project = h.project(t, "spring")
	h.work(t, Options{Runner: &hand{}})
	return h, e, project, idsOf(h.pictures(t, h.await(t, h.generate(t, project, n), studio.JobDone)))
}

// checkEvaluated wants every picture of a job judged once and, where none of its checks
// refuses it, submitted once, as the record tells.
func checkEvaluated(t *testing.T, h *house, job studio.Job) {
	t.Helper()
	ctx := context.Background()
	e := got[workspace.Evaluation](t)(workspace.EvaluationOf(job))
	entries := map[string]int{}
	for _, action := range []string{"picture.submit", "picture.check"} {
		for entry, err := range studio.All(func(p studio.Page) (studio.List[studio.AuditEntry], error) {
			return h.desk.Audit(ctx, h.actor, studio.AuditFilter{Action: action, ProjectID: job.ProjectID}, p)
		}) {
			must(t, err)
			if entry.Actor != h.actor.User.ID {
				t.Errorf("%s is by %s", action, entry.Actor)
			}
			entries[entry.Object]++
		}
	}
	submitted := 0
	for id, what := range e.Outcomes {
		p := got[studio.Picture](t)(h.desk.Picture(ctx, h.actor, job.ProjectID, id))
		if p.State == studio.PictureSubmitted {
			submitted++
		}
		if refused := what == workspace.EvaluatedRefused; refused != (p.State == studio.PictureDraft) || len(p.Checks) == 0 || entries[id] != 1 {
			t.Errorf("picture %s is %s and %s, with %d entries", id, what, p.State, entries[id])
		}
	}
	if submitted != e.Submitted || e.Passed+e.Warned != submitted || e.Refused == 0 || e.LeftOut != 0 {
		t.Errorf("%d are submitted: %+v", submitted, e)
	}
}

func TestEvaluate(t *testing.T) {
	h, e, project, drafts := watched(t, 6)
	job := h.await(t, h.evaluate(t, project, drafts, true), studio.JobDone)
	checkEvaluated(t, h, job)
	if p := job.Progress; p.Step != 6 || p.Steps != 6 || p.Rate <= 0 || p.Left != 0 || p.Message != MessageChecking {
		t.Errorf("progress %+v", p)
	}
	if n := len(e.list()); n != 6 {
		t.Errorf("%d checks", n)
	}
}

// TestEvaluateProgress looks at a job in its middle.
func TestEvaluateProgress(t *testing.T) {
	h, e, project, drafts := watched(t, 4)
	reached, release := make(chan struct{}), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(release) })
	t.Cleanup(goOn)
	e.then(func(context.Context, string) error {
		if len(e.list()) == 3 {
			close(reached)
			<-release
		}
		return nil
	})
	job := h.evaluate(t, project, drafts, false)
	<-reached
	now := h.job(t, job)
	if p := now.Progress; p.Steps != 4 || p.Step > 2 || p.Message != MessageChecking {
		t.Errorf("progress %+v", p)
	}
	if so := got[workspace.Evaluation](t)(workspace.EvaluationOf(now)); len(so.Outcomes) != 2 {
		t.Errorf("so far %+v", so)
	}
	goOn()
	h.await(t, job, studio.JobDone)
}

// TestEvaluateCancel cancels in the middle of a check; a retry does the rest.
func TestEvaluateCancel(t *testing.T) {
	h, e, project, drafts := watched(t, 5)
	reached := make(chan struct{})
	e.then(func(ctx context.Context, _ string) error {
		if len(e.list()) == 3 {
			close(reached)
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	job := h.evaluate(t, project, drafts, true)
	<-reached
	_, err := h.desk.CancelJob(context.Background(), h.actor, project, job.ID)
	must(t, err)
	h.await(t, h.generate(t, project, 1), studio.JobDone) // the lane is free
	if so := got[workspace.Evaluation](t)(workspace.EvaluationOf(h.job(t, job))); len(so.Outcomes) != 2 {
		t.Errorf("of a cancelled job there is %+v", so)
	}
	e.then(nil)
	_, err = h.desk.RetryJob(context.Background(), h.actor, project, job.ID)
	must(t, err)
	job = h.await(t, job, studio.JobDone)
	checkEvaluated(t, h, job)
	if n := len(e.list()); n != 6 || job.Attempt != 2 { // the third was not finished
		t.Errorf("%d checks in %d attempts", n, job.Attempt)
	}
}

// TestEvaluateFails has a checker fail: that is a verdict, not the job's end. What nobody
// can go on with ends it.
func TestEvaluateFails(t *testing.T) {
	h, e, project, drafts := watched(t, 2)
	e.then(func(context.Context, string) error { return errors.New("no device") })
	job := h.await(t, h.evaluate(t, project, drafts, true), studio.JobDone)
	if so := got[workspace.Evaluation](t)(workspace.EvaluationOf(job)); so.Warned != 2 || so.Submitted != 2 {
		t.Errorf("%+v", so)
	}
	e.then(func(context.Context, string) error { panic("out of tensors") })
	more := idsOf(h.pictures(t, h.await(t, h.generate(t, project, 1), studio.JobDone)))
	h.await(t, h.evaluate(t, project, more, true), studio.JobFailed)
}

// TestEvaluateStop stops the queue within a check, and goes on with another: what was
// judged is not judged again.
func TestEvaluateStop(t *testing.T) {
	h, e, project, drafts := watchedIdle(t, 4)
	begun := make(chan struct{})
	e.then(func(ctx context.Context, _ string) error {
		if len(e.list()) == 3 {
			close(begun)
			<-ctx.Done()
		}
		return nil
	})
	job := h.evaluate(t, project, drafts, true)
	q := got[*Queue](t)(Open(context.Background(), Options{DB: h.db, Desk: h.desk, Folder: filepath.Join(h.dir, "runs"), Runner: &hand{}}))
	must(t, q.Start(context.Background()))
	<-begun
	stop(t, q)
	if now := h.job(t, job); now.State != studio.JobRunning {
		t.Fatalf("after the stop the job is %s", now.State)
	}
	e.then(nil)
	h.work(t, Options{Runner: &hand{}})
	checkEvaluated(t, h, h.await(t, job, studio.JobDone))
	first := e.list()
	if diff := cmp.Diff(first[2:3], first[3:4]); len(first) != 5 || diff != "" {
		t.Errorf("%d checks; the third picture was not the next: %s", len(first), diff)
	}
}

// watchedIdle is watched without anybody who works.
func watchedIdle(t *testing.T, n int) (h *house, e *eye, project string, drafts []string) {
	t.Helper()
	h, e = newHouse(t), &eye{}
	must(t, h.open(workspace.Options{Checks: e}))
	project = h.project(t, "spring")
	q := got[*Queue](t)(Open(context.Background(), Options{DB: h.db, Desk: h.desk, Folder: filepath.Join(h.dir, "runs"), Runner: &hand{}}))
	must(t, q.Start(context.Background()))
	drafts = idsOf(h.pictures(t, h.await(t, h.generate(t, project, n), studio.JobDone)))
	stop(t, q)
	return h, e, project, drafts
}

// TestEvaluateTakesTurns has another project's picture drawn between two evaluations.
func TestEvaluateTakesTurns(t *testing.T) {
	h, e, project, drafts := watched(t, 3)
	gate := make(chan struct{})
	e.then(func(context.Context, string) error { <-gate; return nil })
	other := h.project(t, "autumn")
	first, second := h.evaluate(t, project, drafts[:2], true), h.evaluate(t, project, drafts[2:], true)
	drawing := h.generate(t, other, 1)
	close(gate)
	for _, j := range []studio.Job{first, second, drawing} {
		h.await(t, j, studio.JobDone)
	}
	if d := h.job(t, drawing); !d.StartedAt.Before(h.job(t, second).StartedAt) {
		t.Error("the other project had to wait for both")
	}
}
