package workspace

import (
	"context"

	"github.com/ichimai/ichimai/studio"
)

// Jobs lists a project's jobs.
func (w *Workspace) Jobs(ctx context.Context, actor Actor, project string, filter studio.JobFilter, page studio.Page) (list studio.List[studio.Job], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListJobs(project, filter, page)
		return err
	})
	return list, err
}

// Job returns one job with its progress.
func (w *Workspace) Job(ctx context.Context, actor Actor, project, id string) (j studio.Job, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		j, err = c.Tx.Job(project, id)
		return err
	})
	return j, err
}

// CancelJob ends a job that waits or runs. A worker that has it stops at its next
// step; what was drawn so far stays. One that has ended is a Conflict.
func (w *Workspace) CancelJob(ctx context.Context, actor Actor, project, id string) (j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if j, err = c.Tx.Job(project, id); err != nil {
			return err
		}
		if j.State.Ended() {
			return studio.Errorf(studio.Conflict, "the job has ended already", "ジョブはすでに終了しています。")
		}
		return c.end(&j, studio.JobCancelled, studio.Words{}, "job.cancel")
	})
	return j, err
}

// end writes a job's end and, where it should have learned a concept, that this
// was not to be.
func (c *call) end(j *studio.Job, state studio.JobState, message studio.Words, action string) error {
	j.State, j.Error, j.EndedAt = state, message, c.Now()
	if err := c.UpdateJob(j); err != nil {
		return err
	}
	if j.Kind == studio.JobPersonalize && state != studio.JobDone {
		if err := c.endLearning(*j, message); err != nil {
			return err
		}
	}
	var detail any
	if !message.Empty() {
		detail = fields{"message": message.English, "message_ja": message.Japanese}
	}
	return c.note(Changed, action, j.ID, detail)
}

func (c *call) endLearning(j studio.Job, message studio.Words) error {
	refs, err := refsOf(j)
	if err != nil {
		return err
	}
	v, err := c.Tx.Concept(c.project.ID, refs.ConceptID)
	if studio.ErrorCode(err) == studio.NotFound || err == nil && v.State != studio.ConceptLearning {
		return nil
	}
	if err != nil {
		return err
	}
	v.State, v.Message = studio.ConceptFailed, message
	if err := c.UpdateConcept(&v); err != nil {
		return err
	}
	return c.note(Changed, "concept.fail", v.ID, fields{"job": j.ID})
}

// RetryJob puts a job that failed or was cancelled back into the queue. What it
// has drawn is not drawn again. What its concepts and pictures have to be is
// asked anew.
func (w *Workspace) RetryJob(ctx context.Context, actor Actor, project, id string) (j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if j, err = c.Tx.Job(project, id); err != nil {
			return err
		}
		if j.State != studio.JobFailed && j.State != studio.JobCancelled {
			return studio.Errorf(studio.Conflict, "only a job that failed or was cancelled can be tried again", "再試行できるのは、失敗またはキャンセルされたジョブだけです。")
		}
		if err := c.learnAgain(j); err != nil {
			return err
		}
		if err := c.runnable(j); err != nil {
			return err
		}
		if err := c.Enqueue(&j); err != nil {
			return err
		}
		return c.note(Changed, "job.retry", id, nil)
	})
	return j, err
}

// learnAgain brings a failed concept back to learning.
func (c *call) learnAgain(j studio.Job) error {
	if j.Kind != studio.JobPersonalize {
		return nil
	}
	refs, err := refsOf(j)
	if err != nil {
		return err
	}
	v, err := c.Tx.Concept(c.project.ID, refs.ConceptID)
	if err != nil {
		return err
	}
	if v.State == studio.ConceptWithdrawn {
		return c.usable(v.ID)
	}
	v.State, v.Message = studio.ConceptLearning, studio.Words{}
	return c.UpdateConcept(&v)
}

// runnable returns nil where a job may run now: nothing that it needs was
// withdrawn, and no right has ended.
func (c *call) runnable(j studio.Job) error {
	refs, err := refsOf(j)
	if err != nil {
		return err
	}
	switch j.Kind {
	case studio.JobPersonalize:
		return c.learnable(refs)
	case studio.JobExport:
		return c.exportable(refs.PictureIDs)
	}
	return c.usable(refs.ConceptIDs...)
}

func (c *call) learnable(refs jobRefs) error {
	v, err := c.Tx.Concept(c.project.ID, refs.ConceptID)
	if err != nil {
		return err
	}
	if v.State != studio.ConceptLearning && v.State != studio.ConceptReady { // ready: a worker was stopped just before the end
		return c.usable(v.ID)
	}
	sources, err := c.sourcesOf(v.ID)
	if err != nil {
		return err
	}
	return c.usableSources(sources)
}

// DeleteJob removes a job that has ended, with its archive. Its pictures stay.
// One of a trial, whose report needs it, is a Conflict.
func (w *Workspace) DeleteJob(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayCreate, func(c *call) error {
		j, err := c.Tx.Job(project, id)
		if err != nil {
			return err
		}
		trials, err := c.trialsOf(id, studio.TrialFilter{})
		if err != nil {
			return err
		}
		if len(trials) > 0 {
			return studio.Errorf(studio.Conflict, "the job is part of the trial %q", "このジョブはトライアル「%s」で使用されています。", trials[0].Name)
		}
		if err := c.Tx.DeleteJob(project, id); err != nil {
			return err
		}
		return c.note(Deleted, "job.delete", id, fields{"kind": j.Kind, "state": j.State})
	})
}
