package sqlite

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func jobOf(r jobRow) studio.Job {
	return studio.Job{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, Kind: r.Kind, State: r.State, Params: r.Params.V, InputBlob: r.InputBlob,
		ResultBlob: r.ResultBlob, Result: r.Result.V, Attempt: r.Attempt, Error: studio.Words{English: r.Error, Japanese: r.ErrorJa}, StartedAt: r.StartedAt,
		EndedAt: r.EndedAt,
		Progress: studio.Progress{
			Step: r.ProgressStep, Steps: r.ProgressSteps, Rate: r.ProgressRate,
			Left: time.Duration(r.ProgressLeft) * time.Millisecond, Message: r.ProgressMessage,
			PreviewBlob: r.ProgressPreview,
		},
	}
}

// createQueued writes a new job.
func (t *tx) createQueued(j *studio.Job) error {
	t.identify(&j.ID, &j.CreatedAt)
	t.begin(&j.Revision, &j.CreatedAt, &j.UpdatedAt)
	if err := j.Validate(); err != nil {
		return err
	}
	return ofJob.fail("create", t.q.createJob(t.ctx, createJobParams{
		ID: j.ID, ProjectID: j.ProjectID, Revision: j.Revision, CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt,
		CreatedBy: j.CreatedBy, Kind: j.Kind, State: j.State, Params: object{j.Params}, InputBlob: j.InputBlob,
		ResultBlob: j.ResultBlob, Result: object{j.Result}, ProgressStep: j.Progress.Step,
		ProgressSteps: j.Progress.Steps, ProgressRate: j.Progress.Rate, ProgressLeft: j.Progress.Left.Milliseconds(),
		ProgressMessage: j.Progress.Message, ProgressPreview: j.Progress.PreviewBlob, Attempt: j.Attempt,
		Error: j.Error.English, ErrorJa: j.Error.Japanese, StartedAt: j.StartedAt, EndedAt: j.EndedAt,
	}))
}

// Job is studio.Jobs's.
func (t *tx) Job(project, id string) (studio.Job, error) {
	r, err := t.q.getJob(t.ctx, getJobParams{ProjectID: project, ID: id})
	return jobOf(r), ofJob.fail("read", err)
}

// UpdateJob is studio.Jobs's.
func (t *tx) UpdateJob(j *studio.Job) error {
	stored, err := t.Job(j.ProjectID, j.ID)
	if err != nil {
		return err
	}
	if stored.Revision != j.Revision {
		return ofJob.stale()
	}
	if err := j.Validate(); err != nil {
		return err
	}
	if err := stored.State.CheckTransition(j.State); err != nil {
		return err
	}
	n, err := t.q.updateJob(t.ctx, updateJobParams{
		UpdatedAt: t.now, State: j.State, ResultBlob: j.ResultBlob, Result: object{j.Result},
		ProgressStep: j.Progress.Step, ProgressSteps: j.Progress.Steps, ProgressRate: j.Progress.Rate,
		ProgressLeft: j.Progress.Left.Milliseconds(), ProgressMessage: j.Progress.Message,
		ProgressPreview: j.Progress.PreviewBlob, Attempt: j.Attempt, Error: j.Error.English, ErrorJa: j.Error.Japanese, StartedAt: j.StartedAt,
		EndedAt: j.EndedAt, ProjectID: j.ProjectID, ID: j.ID, Revision: j.Revision,
	})
	return t.revised(ofJob, n, err, &j.Revision, &j.UpdatedAt, func() error {
		_, err := t.Job(j.ProjectID, j.ID)
		return err
	})
}

// DeleteJob is studio.Jobs's.
func (t *tx) DeleteJob(project, id string) error {
	stored, err := t.Job(project, id)
	if err != nil {
		return err
	}
	if !stored.State.Ended() {
		return ofJob.used()
	}
	if err := t.q.forgetJob(t.ctx, forgetJobParams{ProjectID: project, JobID: id}); err != nil {
		return ofJob.fail("delete", err)
	}
	n, err := t.q.deleteJob(t.ctx, deleteJobParams{ProjectID: project, ID: id})
	return ofJob.found("delete", n, err)
}

// ListJobs is studio.Jobs's.
func (t *tx) ListJobs(project string, f studio.JobFilter, p studio.Page) (studio.List[studio.Job], error) {
	var rows []jobRow
	var err error
	if f.State != "" { // by its own index: few of many jobs are in a state that somebody waits for
		rows, err = t.q.listJobsInState(t.ctx, listJobsInStateParams{
			ProjectID: project, State: f.State, After: after(p), Kind: string(f.Kind), CreatedBy: f.CreatedBy, Size: size(p),
		})
	} else {
		rows, err = t.q.listJobs(t.ctx, listJobsParams{
			ProjectID: project, After: after(p), Kind: string(f.Kind), CreatedBy: f.CreatedBy, Size: size(p),
		})
	}
	return page(ofJob, rows, err, p, jobOf, func(v studio.Job) string { return v.ID })
}

// ListAllJobs is studio.Jobs's.
func (t *tx) ListAllJobs(f studio.JobFilter, p studio.Page) (studio.List[studio.Job], error) {
	var rows []jobRow
	var err error
	if f.State != "" {
		rows, err = t.q.listAllJobsInState(t.ctx, listAllJobsInStateParams{
			State: f.State, After: after(p), Kind: string(f.Kind), CreatedBy: f.CreatedBy, Size: size(p),
		})
	} else {
		rows, err = t.q.listAllJobs(t.ctx, listAllJobsParams{
			After: after(p), Kind: string(f.Kind), CreatedBy: f.CreatedBy, Size: size(p),
		})
	}
	return page(ofJob, rows, err, p, jobOf, func(v studio.Job) string { return v.ID })
}

// NextJobs is studio.Jobs's.
func (t *tx) NextJobs(kinds ...studio.JobKind) ([]studio.Job, error) {
	oldest := map[string]studio.Job{} // by project
	for _, kind := range kinds {
		rows, err := t.q.nextJobs(t.ctx, kind)
		if err != nil {
			return nil, ofJob.fail("list", err)
		}
		for _, row := range rows {
			if other, there := oldest[row.ProjectID]; !there || row.ID < other.ID {
				oldest[row.ProjectID] = jobOf(row)
			}
		}
	}
	byAge := func(a, b studio.Job) int { return strings.Compare(a.ID, b.ID) }
	return slices.SortedFunc(maps.Values(oldest), byAge), nil
}
