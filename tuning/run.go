package tuning

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/encoder"
)

// plan is what of a model learns, and from what.
type plan struct {
	token bool // the placeholder's vectors
	lora  bool // low-rank offsets
	prior bool // class pictures beside the subject's
	// encoder starts from what an encoder predicts, where there is one.
	encoder bool
}

// run is a job under way.
type run struct {
	method Method
	job    Job
	plan   plan
	base   *base
	vars   *variables

	token   *token
	loras   []*lowRank
	trainer *trainer
	encoder *encoder.Encoder // nil without one, and when it has predicted
	bank    [][]float32      // predictions for other pictures

	candidates map[int]*concept.Concept // by step: see the setting choose
	feed       *feed

	baseHash    string
	fingerprint fingerprint
	done        progress
	saved       int // the step of the state file, -1 without one
	meter       meter
}

// runJob learns what a plan says.
func runJob(ctx context.Context, m Method, job Job, p plan) (c *concept.Concept, err error) {
	r := &run{method: m, job: job, plan: p, saved: -1}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	if r.done.step < r.job.Settings.Steps {
		if err := r.prepare(ctx); err != nil {
			return nil, err
		}
		if err := r.steps(ctx); err != nil {
			return nil, err
		}
	}
	return r.finish(ctx)
}

// exclusive runs f while nobody else uses the model's store.
func (r *run) exclusive(f func() error) error { return r.job.Model.Exclusive(f) }

// steps learns until the last step or the end of ctx.
func (r *run) steps(ctx context.Context) error {
	s := &r.job.Settings
	for r.done.step < s.Steps {
		if ctx.Err() != nil {
			return r.stop(ctx)
		}
		if err := r.step(); err != nil {
			return err
		}
		if err := r.keepCandidate(); err != nil {
			return err
		}
		last := r.done.step == s.Steps
		if every(r.done.step, s.SaveEvery) || last {
			if err := r.save(); err != nil {
				return err
			}
		}
		if every(r.done.step, s.PreviewEvery) || last {
			if err := r.preview(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func every(step, n int) bool { return n > 0 && step%n == 0 }

// step makes one step and reports it.
func (r *run) step() error {
	next := r.done.step + 1
	batches := r.feed.step(next)
	var value, norm float64
	err := r.exclusive(func() (err error) {
		value, norm, err = r.trainer.run(next, batches)
		return err
	})
	if err != nil {
		return err
	}
	if notFinite(value) || notFinite(norm) {
		return &DivergedError{Step: next, Loss: value, GradNorm: norm, Saved: r.saved}
	}
	r.done.step = next
	rate, left := r.meter.add(time.Now(), r.job.Settings.Steps-next)
	r.report(Progress{Loss: value, GradNorm: norm, Rate: rate, Left: left})
	return nil
}

// stop keeps what was done and says why it ended.
func (r *run) stop(ctx context.Context) error {
	if r.done.step != r.saved {
		if err := r.save(); err != nil {
			return errors.Join(ctx.Err(), err)
		}
	}
	return fmt.Errorf("stopped after step %d of %d: %w", r.done.step, r.job.Settings.Steps, ctx.Err())
}

func (r *run) preview(ctx context.Context) error {
	if r.job.Preview == nil {
		return nil
	}
	c, err := r.concept()
	if err != nil {
		return err
	}
	r.meter.last = time.Time{} // the time that a preview takes is not a step's
	if err := r.job.Preview(ctx, r.done.step, c); err != nil {
		if ctx.Err() != nil {
			return r.stop(ctx)
		}
		return fmt.Errorf("preview after step %d: %w", r.done.step, err)
	}
	return nil
}

// finish gives the concept and writes it into the folder.
func (r *run) finish(ctx context.Context) (*concept.Concept, error) {
	c, err := r.chosen(ctx)
	if err != nil {
		return nil, err
	}
	path := ""
	if r.job.Dir != "" {
		path = filepath.Join(r.job.Dir, ConceptFile)
		if err := c.Write(path); err != nil {
			return nil, err
		}
	}
	r.report(Progress{Event: EventFinished, Path: path})
	return c, nil
}

// report completes and hands on.
func (r *run) report(p Progress) {
	if r.job.Report == nil {
		return
	}
	p.Method = r.method.Name()
	if p.Event != EventClass {
		p.Step, p.Steps = r.done.step, r.job.Settings.Steps
	}
	r.job.Report(p)
}

// close frees the graphs and takes the run's variables out of the store.
func (r *run) close() error {
	if r.vars == nil {
		return nil
	}
	if r.encoder != nil {
		r.encoder.Close()
	}
	return r.exclusive(func() error {
		if r.trainer != nil {
			r.trainer.close()
		}
		return r.vars.remove()
	})
}
