package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

func TestGenerate(t *testing.T) {
	h, runner := newHouse(t), &hand{}
	h.work(t, Options{Runner: runner})
	job := h.await(t, h.generate(t, h.project(t, "spring"), 3), studio.JobDone)
	pictures := h.pictures(t, job)
	if len(pictures) != 3 {
		t.Fatalf("%d pictures of 3", len(pictures))
	}
	seeds := []int64{pictures[2].Seed, pictures[1].Seed, pictures[0].Seed}
	if diff := cmp.Diff([]int64{100, 101, 102}, seeds); diff != "" {
		t.Errorf("seeds (-want +got):\n%s", diff)
	}
	p := pictures[2]
	if p.Name != "a cup" || p.Width != 256 || string(p.Settings) != `{"steps":1}` || p.Scores["prompt"] != 0.3 || p.Prompt != "a red cup on grass" {
		t.Errorf("the picture is %+v", p)
	}
	file, _, _, err := h.desk.OpenFile(context.Background(), h.actor, job.ProjectID, p.Blob)
	must(t, err)
	defer file.Close()
	metadata, err := picture.ReadPNGMetadata(file)
	if err != nil || metadata["ichimai"] != "{}" {
		t.Errorf("the file says %v: %v", metadata, err)
	}
}

func TestPersonalize(t *testing.T) {
	h, runner := newHouse(t), &hand{}
	h.work(t, Options{Runner: runner})
	project := h.project(t, "spring")
	c, learning := h.learn(t, project)
	h.await(t, learning, studio.JobDone)
	c = got[studio.Concept](t)(h.desk.Concept(context.Background(), h.actor, project, c.ID))
	if c.State != studio.ConceptReady || c.Fidelity != 0.7 || c.Method != "encoder" || c.PreviewBlob == "" || c.Scores["subject"] != 0.9 {
		t.Errorf("the concept is %+v", c)
	}
	awaitEmptyQueue(t, h) // with the run's folder
	t.Run("Draw", func(t *testing.T) {
		job := h.await(t, h.generate(t, project, 1, c.ID), studio.JobDone)
		if p := h.pictures(t, job); len(p) != 1 || !slices.Equal(p[0].ConceptIDs, []string{c.ID}) {
			t.Errorf("pictures: %+v", p)
		}
	})
}

// seen is a hand that keeps the last task that it was given.
type seen struct {
	hand
	draw  DrawTask
	learn LearnTask
}

func (s *seen) Learn(ctx context.Context, task LearnTask, report Report) (Learned, error) {
	s.learn = task
	return s.hand.Learn(ctx, task, report)
}

func (s *seen) Draw(ctx context.Context, task DrawTask, report Report, each func(Drawn) error) error {
	s.draw = task
	return s.hand.Draw(ctx, task, report, each)
}

func TestTaskHasConceptAndSubjects(t *testing.T) {
	h, runner := newHouse(t), &seen{}
	h.work(t, Options{Runner: runner})
	project := h.project(t, "spring")
	c, learning := h.learn(t, project)
	h.await(t, learning, studio.JobDone)
	_, again, err := h.desk.LearnConcept(context.Background(), h.actor, project, workspace.LearnRequest{ParentID: c.ID, SourceIDs: c.SourceIDs, ClassWord: new("cup")})
	must(t, err)
	if h.await(t, again, studio.JobDone); runner.learn.ClassWord != "cup" {
		t.Errorf("learned with %+v", runner.learn)
	}
	h.await(t, h.generate(t, project, 1, c.ID), studio.JobDone)
	task := runner.draw
	if len(task.Concepts) != 1 || task.Concepts[0].Fidelity != 0.7 || !strings.HasPrefix(string(task.Concepts[0].File), "concept <mug>") {
		t.Errorf("concepts: %+v", task.Concepts)
	}
	if len(task.Subjects) != 1 || task.Subjects[0].Hash() != scene().Hash() {
		t.Errorf("%d given pictures", len(task.Subjects))
	}
}

// TestRowConcepts draws rows of two concepts and of none, in turn: each set of
// concepts is asked for once, and the pictures stand in the rows' places.
func TestRowConcepts(t *testing.T) {
	h, runner := newHouse(t), &grouped{}
	ctx, project := context.Background(), h.project(t, "spring")
	mug, learning := h.learn(t, project)
	source := got[studio.Concept](t)(h.desk.Concept(ctx, h.actor, project, mug.ID)).SourceIDs
	cup, second, err := h.desk.LearnConcept(ctx, h.actor, project, workspace.LearnRequest{Name: "cup", Placeholder: "<cup>", SourceIDs: source, Steps: 1})
	must(t, err)
	h.work(t, Options{Runner: runner})
	h.await(t, learning, studio.JobDone)
	h.await(t, second, studio.JobDone)
	template := got[studio.Template](t)(h.desk.CreateTemplate(ctx, h.actor, project, workspace.TemplateText{Name: "T", Prompt: "{product} here"}))
	rows := []map[string]string{{"concept": "mug"}, {"product": "tea"}, {"concept": "cup"}, {"concept": "mug"}}
	job := got[studio.Job](t)(h.desk.Batch(ctx, h.actor, project, workspace.BatchRequest{TemplateID: template.ID, Rows: rows, PerRow: 2}))
	job = h.await(t, job, studio.JobDone)
	if diff := cmp.Diff([]string{"concept <mug> 0 1 6 7", "none 2 3", "concept <cup> 4 5"}, runner.groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if p := job.Progress; p.Step != 8 || p.Steps != 8 {
		t.Errorf("progress %+v", p)
	}
	var result workspace.DrawnPictures
	must(t, json.Unmarshal(job.Result, &result))
	for i, want := range map[int][]string{0: {mug.ID}, 3: nil, 5: {cup.ID}, 7: {mug.ID}} {
		p := got[studio.Picture](t)(h.desk.Picture(ctx, h.actor, project, result.Pictures[i]))
		if !slices.Equal(p.ConceptIDs, want) {
			t.Errorf("picture %d is of %v, want %v", i, p.ConceptIDs, want)
		}
	}
}

// grouped is a hand that keeps what it was asked to draw together.
type grouped struct {
	hand
	groups []string
}

func (g *grouped) Draw(ctx context.Context, task DrawTask, report Report, each func(Drawn) error) error {
	name := "none"
	for _, c := range task.Concepts {
		name, _, _ = strings.Cut(string(c.File), ">")
		name += ">"
	}
	for _, s := range task.Shots {
		name += " " + strconv.Itoa(s.Index)
	}
	g.groups = append(g.groups, name)
	return g.hand.Draw(ctx, task, report, each)
}

func TestExport(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	signer := got[*provenance.Signer](t)(provenance.OpenSigner(t.TempDir(), provenance.SignerOptions{}))
	must(t, h.open(workspace.Options{Stamper: workspace.NewStamper(workspace.StamperOptions{Signer: signer})}))
	h.work(t, Options{Runner: &hand{}})
	project := h.project(t, "spring")
	ids := h.approved(t, project, 2)
	for _, format := range studio.ExportFormats() {
		t.Run(format, func(t *testing.T) {
			job := got[studio.Job](t)(h.desk.Export(ctx, h.actor, project, workspace.ExportRequest{PictureIDs: ids, Format: format}))
			job = h.await(t, job, studio.JobDone)
			file, _, _, err := h.desk.OpenFile(ctx, h.actor, project, job.ResultBlob)
			must(t, err)
			defer file.Close()
			data := got[[]byte](t)(io.ReadAll(file))
			switch format {
			case "html":
				if bytes.Count(data, []byte("<figure>")) != 2 {
					t.Errorf("the page has %d bytes", len(data))
				}
			case "zip":
				if files := unzipped(t, data); len(files) != 3 || !strings.Contains(files["pictures.csv"], "approved") {
					t.Errorf("the ZIP has %d files", len(files))
				}
			default:
				files := unzipped(t, data)
				if len(files) != 2 {
					t.Errorf("the ZIP has %d files", len(files))
				}
				for name, file := range files {
					r, err := provenance.Verify([]byte(file), signer.Roots())
					if err != nil || r.Broken() || r.Manifest == nil || r.Label == nil || r.Label.Title != "a cup" || r.Label.Watermark == nil {
						t.Errorf("%s is verified as %+v: %v", name, r, err)
					}
				}
			}
		})
	}
}

func TestFailures(t *testing.T) {
	h := newHouse(t)
	project := h.project(t, "spring")
	var fault func() error
	runner := &hand{step: func(context.Context, string) error { return fault() }}
	h.work(t, Options{Runner: runner})
	t.Run("ErrTold", func(t *testing.T) {
		fault = func() error { return studio.Errorf(studio.Invalid, "too dark", "暗すぎます。") }
		job := h.await(t, h.generate(t, project, 1), studio.JobFailed)
		if job.Error != (studio.Words{English: "too dark", Japanese: "暗すぎます。"}) {
			t.Errorf("the job says %q", job.Error)
		}
	})
	t.Run("ErrInternal", func(t *testing.T) {
		fault = func() error { return errors.New("secret detail") }
		job := h.await(t, h.generate(t, project, 1), studio.JobFailed)
		if strings.Contains(job.Error.English, "secret") || job.Error.English == "" || job.Error.Japanese == "" {
			t.Errorf("the job says %q", job.Error)
		}
	})
	t.Run("ErrPanic", func(t *testing.T) {
		fault = func() error { panic("out of tensors") }
		if job := h.await(t, h.generate(t, project, 1), studio.JobFailed); strings.Contains(job.Error.English, "tensors") {
			t.Errorf("the job says %q", job.Error)
		}
	})
	t.Run("Retry", func(t *testing.T) { // what is there is not drawn again
		runner.step = func(_ context.Context, what string) error {
			if what == "draw 2" {
				return errors.New("power cut")
			}
			return nil
		}
		job := h.await(t, h.generate(t, project, 4), studio.JobFailed)
		first := h.pictures(t, job)
		runner.step, runner.asked = nil, nil
		_, err := h.desk.RetryJob(context.Background(), h.actor, project, job.ID)
		must(t, err)
		job = h.await(t, job, studio.JobDone)
		if diff := cmp.Diff([]string{"draw 2", "draw 3"}, runner.list()); diff != "" {
			t.Errorf("the second try (-want +got):\n%s", diff)
		}
		if all := h.pictures(t, job); len(first) != 2 || len(all) != 4 || all[2].ID != first[0].ID || all[3].ID != first[1].ID {
			t.Errorf("%d pictures after the first try and %d in the end", len(first), len(all))
		}
		if job.Attempt != 2 || job.Progress.Step != 4 || job.Progress.Steps != 4 {
			t.Errorf("attempt %d, progress %+v", job.Attempt, job.Progress)
		}
	})
}

func TestTimeout(t *testing.T) {
	h := newHouse(t)
	runner := &hand{step: func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }}
	h.work(t, Options{Runner: runner, Timeouts: map[studio.JobKind]time.Duration{studio.JobGenerate: 50 * time.Millisecond}})
	if job := h.await(t, h.generate(t, h.project(t, "spring"), 1), studio.JobFailed); !strings.Contains(job.Error.Japanese, "50ms") {
		t.Errorf("the job says %q", job.Error)
	}
}

func TestCancel(t *testing.T) {
	h := newHouse(t)
	project := h.project(t, "spring")
	begun, ended := make(chan struct{}, 10), make(chan error, 10)
	runner := &hand{step: func(ctx context.Context, _ string) error {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}}
	h.work(t, Options{Runner: runner})
	running, waits := h.generate(t, project, 3), h.generate(t, project, 1)
	<-begun
	for _, job := range []studio.Job{waits, running} {
		_, err := h.desk.CancelJob(context.Background(), h.actor, project, job.ID)
		must(t, err)
	}
	at := time.Now()
	<-ended
	if took := time.Since(at); took > 10*time.Second { // a tick of the watch, on a busy machine
		t.Errorf("it took %v to stop", took)
	}
	runner.mu.Lock()
	runner.step = nil
	runner.mu.Unlock()
	h.await(t, h.generate(t, project, 1), studio.JobDone) // the lane is free
	for _, job := range []studio.Job{waits, running} {
		if now := h.job(t, job); now.State != studio.JobCancelled || len(h.pictures(t, job)) != 0 {
			t.Errorf("the job is %s", now.State)
		}
	}
	if n := len(runner.list()); n != 2 {
		t.Errorf("%d steps were made: %v", n, runner.list())
	}
}

func TestProgress(t *testing.T) {
	h := newHouse(t)
	project := h.project(t, "spring")
	hold, release := make(chan struct{}), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(release) })
	runner := &hand{step: func(_ context.Context, what string) error {
		if what == "learn mug 2" {
			close(hold)
			<-release
		}
		return nil
	}}
	h.work(t, Options{Runner: runner})
	_, job := h.learn(t, project)
	t.Cleanup(goOn)
	<-hold
	p := h.job(t, job).Progress
	if p.Step != 2 || p.Steps != 4 || p.PreviewBlob == "" || p.Message != MessageLearning {
		t.Errorf("after two steps the progress is %+v", p)
	}
	file, _, kind, err := h.desk.OpenFile(context.Background(), h.actor, project, p.PreviewBlob)
	must(t, err)
	defer file.Close()
	if _, err := picture.Decode(file, picture.Limits{}); err != nil {
		t.Errorf("the preview of type %s: %v", kind, err)
	}
	goOn()
	h.await(t, job, studio.JobDone)
}

// TestFairTurns queues jobs of three projects and looks at the order in which they
// begin: none waits for more than one job of each other.
func TestFairTurns(t *testing.T) {
	h := newHouse(t)
	names := map[string]string{}
	var projects []string
	for _, name := range []string{"a", "b", "c"} {
		id := h.project(t, name)
		names[id] = name
		projects = append(projects, id)
	}
	gate := make(chan struct{})
	runner := &hand{step: func(ctx context.Context, _ string) error {
		select {
		case <-gate:
		case <-ctx.Done():
		}
		return ctx.Err()
	}}
	h.work(t, Options{Runner: runner})
	var all []studio.Job
	for range 12 { // one project is there first, with much
		all = append(all, h.generate(t, projects[0], 1))
	}
	for range 5 {
		all = append(all, h.generate(t, projects[1], 1))
	}
	for range 3 {
		all = append(all, h.generate(t, projects[2], 1))
	}
	close(gate)
	for i := range all {
		all[i] = h.await(t, all[i], studio.JobDone)
	}
	slices.SortFunc(all, func(x, y studio.Job) int { return x.StartedAt.Compare(y.StartedAt) })
	if runner.most != 1 {
		t.Errorf("%d jobs used the device at once", runner.most)
	}
	var order strings.Builder
	for _, job := range all {
		order.WriteString(names[job.ProjectID])
	}
	// The first may have begun before the others were there.
	if got := order.String(); got != "abcabcabcababaaaaaaa" {
		t.Errorf("the order is %s", got)
	}
}

func TestOneProcess(t *testing.T) {
	h := newHouse(t)
	o := Options{DB: h.db, Desk: h.desk, Runner: &hand{}, Folder: t.TempDir()}
	q := got[*Queue](t)(Open(context.Background(), o))
	if _, err := Open(context.Background(), o); studio.ErrorCode(err) != studio.Conflict {
		t.Errorf("a second one: %v", err)
	}
	stop(t, q)
	again, err := Open(context.Background(), o)
	must(t, err)
	stop(t, again)
	if _, err := Open(context.Background(), Options{}); err == nil {
		t.Error("without anything there was no error")
	}
}

// TestStop stops a queue within a job, and goes on with another.
func TestStop(t *testing.T) {
	h := newHouse(t)
	job := h.generate(t, h.project(t, "spring"), 3)
	begun := make(chan struct{})
	q := got[*Queue](t)(Open(context.Background(), Options{DB: h.db, Desk: h.desk, Folder: filepath.Join(h.dir, "runs"),
		Runner: &hand{step: func(ctx context.Context, what string) error {
			if what == "draw 1" {
				close(begun)
				<-ctx.Done()
			}
			return nil
		}}}))
	must(t, q.Start(context.Background()))
	<-begun
	stop(t, q)
	if now := h.job(t, job); now.State != studio.JobRunning || len(h.pictures(t, job)) != 1 {
		t.Fatalf("after the stop the job is %s, with %d pictures", now.State, len(h.pictures(t, job)))
	}
	runner := &hand{}
	h.work(t, Options{Runner: runner})
	h.await(t, job, studio.JobDone)
	if diff := cmp.Diff([]string{"draw 1", "draw 2"}, runner.list()); diff != "" {
		t.Errorf("the second queue (-want +got):\n%s", diff)
	}
}

// TestLostEntries takes the queue's entries away, as an old backup would, and
// expects the jobs to be done all the same.
func TestLostEntries(t *testing.T) {
	h := newHouse(t)
	project := h.project(t, "spring")
	a, b := h.generate(t, project, 1), h.generate(t, project, 1)
	_, err := h.db.Writer().Exec("DELETE FROM river_job")
	must(t, err)
	h.work(t, Options{Runner: &hand{}})
	h.await(t, a, studio.JobDone)
	h.await(t, b, studio.JobDone)
}

// deaf is a desk that fails to hear of ends, so many times.
type deaf struct {
	Desk
	times int
}

func (d *deaf) FinishJob(ctx context.Context, project, id string, archive io.Reader) (studio.Job, error) {
	if d.times--; d.times >= 0 {
		return studio.Job{}, errors.New("the disk is busy")
	}
	return d.Desk.FinishJob(ctx, project, id, archive)
}

func (d *deaf) FailJob(ctx context.Context, project, id string, why studio.Words) (studio.Job, error) {
	return studio.Job{}, errors.New("the disk is busy")
}

// TestUntold has a job whose end cannot be told at first: it is taken up again, and
// nothing is drawn twice.
func TestUntold(t *testing.T) {
	h, runner := newHouse(t), &hand{}
	h.work(t, Options{Runner: runner, Desk: &deaf{h.desk, 1}})
	job := h.await(t, h.generate(t, h.project(t, "spring"), 2), studio.JobDone)
	if diff := cmp.Diff([]string{"draw 0", "draw 1"}, runner.list()); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
	if n := len(h.pictures(t, job)); n != 2 {
		t.Errorf("%d pictures", n)
	}
}

// TestExportMark has a mark protected after the approval of a picture that shows it: the
// job fails and names the picture, and what does not show it still leaves.
func TestExportMark(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	h.work(t, Options{Runner: &hand{}})
	project := h.project(t, "spring")
	ids := h.approved(t, project, 2)
	_, err := h.desk.RenamePicture(ctx, h.actor, project, ids[1], 0, "shop 7")
	must(t, err)
	var file bytes.Buffer
	must(t, picture.EncodePNG(&file, scene(), nil))
	added := got[studio.Mark](t)(h.desk.AddMark(ctx, h.actor, workspace.NewMark{Name: "Garden", File: &file}))
	job := got[studio.Job](t)(h.desk.Export(ctx, h.actor, project, workspace.ExportRequest{PictureIDs: ids, Format: "zip"}))
	job = h.await(t, job, studio.JobFailed)
	if !strings.Contains(job.Error.English, "shop 7 (Garden)") || !strings.Contains(job.Error.Japanese, "shop 7（Garden）") || job.ResultBlob != "" {
		t.Errorf("the job says %+v", job.Error)
	}
	if _, err = h.desk.RetryJob(ctx, h.actor, project, job.ID); studio.ErrorCode(err) != studio.Forbidden {
		t.Errorf("tried again: %v", err)
	}
	must(t, h.desk.RemoveMark(ctx, h.actor, added.ID))
	_, err = h.desk.RetryJob(ctx, h.actor, project, job.ID)
	must(t, err)
	h.await(t, job, studio.JobDone)
}
