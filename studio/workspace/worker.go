package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// Bounds of what workers hand in, in bytes.
const (
	MaxConceptFile = 1 << 30
	MaxArchive     = 16 << 30
)

// WorkerSide names the methods without an actor that the program itself calls.
func WorkerSide() []string {
	return []string{"System", "WaitingJobs", "NextJobs", "ClaimJob", "JobPreview", "JobProgress", "Cancelled", "ConceptLearned",
		"PictureDrawn", "EvaluatePicture", "Stamp", "StampPicture", "ScreenPicture", "CheckExport", "FinishJob", "FailJob", "AbandonedJobs", "Updates", "Deliveries", "DeliveryTarget", "WebhookDelivered"}
}

// DrawnPictures is the Result of jobs that draw: which shots are done.
type DrawnPictures struct {
	Pictures map[int]string `json:"pictures"` // id of the picture by the shot's index
}

// drawnBy reads a job's result.
func drawnBy(j studio.Job) (d DrawnPictures, err error) {
	if len(j.Result) > 0 {
		err = json.Unmarshal(j.Result, &d)
	}
	if d.Pictures == nil {
		d.Pictures = map[int]string{}
	}
	return d, err
}

// WaitingJobs returns the queued jobs of all projects, the oldest first.
func (w *Workspace) WaitingJobs(ctx context.Context) (jobs []studio.Job, err error) {
	err = w.store.View(ctx, func(tx studio.Tx) error {
		jobs, err = jobsIn(tx, studio.JobQueued)
		return err
	})
	return jobs, err
}

// NextJobs returns of each project the oldest queued job of the kinds, the oldest
// first: those between which a worker chooses, however many wait behind them.
func (w *Workspace) NextJobs(ctx context.Context, kinds ...studio.JobKind) (jobs []studio.Job, err error) {
	err = w.store.View(ctx, func(tx studio.Tx) error {
		jobs, err = tx.NextJobs(kinds...)
		return err
	})
	return jobs, err
}

func jobsIn(tx studio.Tx, state studio.JobState) (jobs []studio.Job, err error) {
	list := func(p studio.Page) (studio.List[studio.Job], error) {
		return tx.ListAllJobs(studio.JobFilter{State: state}, p)
	}
	for j, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	slices.Reverse(jobs)
	return jobs, nil
}

// ClaimJob starts a queued job; for one that runs it changes nothing, so that a
// worker which lost its answer can ask again. A job that may no longer run, such
// as when a consent was revoked, fails and its reason is returned. One that has
// ended is a Conflict.
func (w *Workspace) ClaimJob(ctx context.Context, project, id string) (j studio.Job, err error) {
	var refused error
	err = w.work(ctx, project, func(c *call) error {
		if j, err = c.Tx.Job(project, id); err != nil {
			return err
		}
		if j.State == studio.JobRunning {
			return nil
		}
		if j.State.Ended() {
			return errNotRunning(j.State)
		}
		if refused = c.runnable(j); refused != nil {
			return c.end(&j, studio.JobFailed, studio.ErrorWords(refused), "job.fail")
		}
		j.State, j.StartedAt, j.Attempt = studio.JobRunning, c.Now(), j.Attempt+1
		if err := c.UpdateJob(&j); err != nil {
			return err
		}
		return c.note(Changed, "job.start", id, fields{"attempt": j.Attempt})
	})
	if err == nil {
		err = refused
	}
	return j, err
}

func errNotRunning(state studio.JobState) error {
	return studio.Errorf(studio.Conflict, "the job is %s, not running", "ジョブは実行中ではありません（状態：%s）。", state)
}

// running reads a job and refuses one that no longer runs: it was cancelled.
func (c *call) running(id string) (studio.Job, error) {
	j, err := c.Tx.Job(c.project.ID, id)
	if err == nil && j.State != studio.JobRunning {
		err = errNotRunning(j.State)
	}
	return j, err
}

// JobPreview keeps a small copy of a picture that shows how far a job is, in any
// format that is read, and returns the name for Progress.PreviewBlob.
func (w *Workspace) JobPreview(ctx context.Context, project, id string, preview []byte) (blob string, err error) {
	if err := w.view(ctx, w.System(), project, maySee, func(c *call) error { _, err := c.running(id); return err }); err != nil {
		return "", err
	}
	p, err := w.readPicture(ctx, bytes.NewReader(preview), "preview")
	if err != nil {
		return "", err
	}
	return w.keepThumb(ctx, p)
}

// JobProgress tells how far a running job is. It is not audited. For one that no
// longer runs it is a Conflict.
func (w *Workspace) JobProgress(ctx context.Context, project, id string, p studio.Progress) error {
	return w.work(ctx, project, func(c *call) error {
		c.updates = append(c.updates, Update{ProjectID: project, Noun: "job", ID: id, Kind: Progress})
		return c.SetJobProgress(project, id, p)
	})
}

// Cancelled reports whether a worker has to stop: the job is no longer running,
// or is gone.
func (w *Workspace) Cancelled(ctx context.Context, project, id string) (bool, error) {
	var j studio.Job
	err := w.view(ctx, w.System(), project, maySee, func(c *call) (err error) {
		j, err = c.Tx.Job(project, id)
		return err
	})
	if studio.ErrorCode(err) == studio.NotFound {
		return true, nil
	}
	return err == nil && j.State != studio.JobRunning, err
}

// FinishJob ends a running job well; for one that is done it changes nothing.
// All that the job was to make has to be there. What was to follow it begins:
// a concept's scenes, and trials that waited for it.
// archive is an export's file, nil for other kinds.
func (w *Workspace) FinishJob(ctx context.Context, project, id string, archive io.Reader) (j studio.Job, err error) {
	var blob string
	if archive != nil {
		b, err := w.files.Put(ctx, archive, MaxArchive)
		if err != nil {
			return j, err
		}
		blob = b.Name
	}
	err = w.work(ctx, project, func(c *call) error {
		if j, err = c.Tx.Job(project, id); err != nil || j.State == studio.JobDone {
			return err
		}
		if j.State != studio.JobRunning {
			return errNotRunning(j.State)
		}
		j.ResultBlob = blob
		if err := c.complete(j); err != nil {
			return err
		}
		if j.Kind == studio.JobPersonalize {
			if err := c.goOn(&j); err != nil {
				return err
			}
		}
		if err := c.end(&j, studio.JobDone, studio.Words{}, "job.finish"); err != nil {
			return err
		}
		return c.advanceTrials(j)
	})
	return j, err
}

// complete refuses to call a job done that is not.
func (c *call) complete(j studio.Job) error {
	missing := false
	switch j.Kind {
	case studio.JobPersonalize:
		refs, err := refsOf(j)
		if err != nil {
			return err
		}
		v, err := c.Tx.Concept(c.project.ID, refs.ConceptID)
		if err != nil {
			return err
		}
		missing = v.State != studio.ConceptReady
	case studio.JobGenerate, studio.JobBatch:
		var params GenerateParams
		if err := json.Unmarshal(j.Params, &params); err != nil {
			return err
		}
		done, err := drawnBy(j)
		if err != nil {
			return err
		}
		missing = len(done.Pictures) < len(params.Shots)
	case studio.JobEvaluate:
		var params EvaluateParams
		if err := json.Unmarshal(j.Params, &params); err != nil {
			return err
		}
		evaluated, err := EvaluationOf(j)
		if err != nil {
			return err
		}
		missing = len(evaluated.Outcomes) < len(params.Pictures)
	case studio.JobExport:
		missing = j.ResultBlob == ""
	}
	if missing {
		return studio.Errorf(studio.Conflict, "the job has not made everything yet", "ジョブの成果物がまだ揃っていません。")
	}
	return nil
}

// FailJob ends a job and says why, in both languages. For one that has ended it
// changes nothing.
func (w *Workspace) FailJob(ctx context.Context, project, id string, why studio.Words) (j studio.Job, err error) {
	why = studio.Words{English: oneLine(why.English, studio.MaxText), Japanese: oneLine(why.Japanese, studio.MaxText)}
	err = w.work(ctx, project, func(c *call) error {
		if j, err = c.Tx.Job(project, id); err != nil || j.State.Ended() {
			return err
		}
		return c.end(&j, studio.JobFailed, why, "job.fail")
	})
	return j, err
}

// AbandonedJobs puts the jobs that were running when the program stopped back
// into the queue, all or none, and returns them, the oldest first. It is for the
// start, before any worker runs. What they have made so far stays.
func (w *Workspace) AbandonedJobs(ctx context.Context) (jobs []studio.Job, err error) {
	err = w.write(ctx, w.System(), func(c *call) error {
		if jobs, err = jobsIn(c.Tx, studio.JobRunning); err != nil {
			return err
		}
		for i := range jobs {
			if err := c.Enqueue(&jobs[i]); err != nil {
				return err
			}
			if err := c.noteIn(jobs[i].ProjectID, Changed, "job.requeue", jobs[i].ID, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return jobs, err
}
