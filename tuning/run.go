package tuning

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// plan is what of a model learns, and from what.
type plan struct {
	token bool // the placeholder's vectors
	lora  bool // low-rank offsets
	prior bool // class pictures beside the subject's
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
	feed    *feed

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
	if r.done.step < job.Settings.Steps {
		if err := r.prepare(ctx); err != nil {
			return nil, err
		}
		if err := r.steps(ctx); err != nil {
			return nil, err
		}
	}
	return r.finish()
}

// open makes the variables, from the folder's state where there is one.
func (r *run) open(ctx context.Context) error {
	var err error
	if r.base, err = newBase(r.job.Model); err != nil {
		return err
	}
	if r.baseHash, err = r.job.Model.BaseHash(ctx); err != nil {
		return err
	}
	if r.fingerprint, err = newFingerprint(r.method.Name(), &r.job, r.baseHash); err != nil {
		return err
	}
	if err := r.makeDir(); err != nil {
		return err
	}
	state, err := r.openState()
	if err != nil {
		return err
	}
	if state == nil {
		return r.begin(ctx)
	}
	defer state.Close()
	err = r.exclusive(func() error {
		if err := r.variables(nil); err != nil {
			return err
		}
		if err := r.openTrainer(); err != nil {
			return err
		}
		return r.load(state)
	})
	if err != nil {
		return err
	}
	r.saved = r.done.step
	if r.done.step < r.job.Settings.Steps {
		r.report(Progress{Event: EventResumed, Path: r.statePath()})
	}
	return nil
}

func (r *run) makeDir() error {
	if r.job.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(r.job.Dir, 0o755); err != nil {
		return fmt.Errorf("make run folder: %w", err)
	}
	return nil
}

// begin starts the variables of a new run.
func (r *run) begin(ctx context.Context) error {
	r.done.created = r.job.Created
	if r.done.created.IsZero() {
		r.done.created = time.Now()
	}
	r.done.created = r.done.created.UTC()
	var rows []float32
	if r.plan.token {
		var err error
		if rows, err = r.startRows(ctx); err != nil {
			return err
		}
	}
	return r.exclusive(func() error {
		if err := r.variables(rows); err != nil {
			return err
		}
		for _, l := range r.loras {
			if err := l.start(r.job.Settings.Seed); err != nil {
				return err
			}
		}
		return r.openTrainer() // its averages begin at these values
	})
}

// exclusive runs f while nobody else uses the model's store.
func (r *run) exclusive(f func() error) error { return r.job.Model.Exclusive(f) }

// variables makes everything that learns. rows are the token's vectors, nil for
// zeros.
func (r *run) variables(rows []float32) error {
	r.vars = newVariables(r.base.store)
	s := &r.job.Settings
	if r.plan.token {
		ids, err := r.base.tokens.AddPlaceholder(r.job.Placeholder, s.Vectors)
		if err != nil {
			return err
		}
		width := r.base.text.Config.HiddenSize
		if rows == nil {
			rows = make([]float32, len(ids)*width)
		}
		if r.token, err = newToken(r.vars, ids, width, rows); err != nil {
			return err
		}
	}
	if r.plan.lora {
		return r.lowRanks()
	}
	return nil
}

// lowRanks makes the pairs of the UNet and of the text encoder.
func (r *run) lowRanks() error {
	s := &r.job.Settings
	sets := map[string][]*nn.Param{weights.UNet: unetLayers(r.base.unet.Params, s.Targets)}
	if s.TrainTextEncoder {
		sets[weights.TextEncoder] = layersOf(r.base.text.Params, textLayers)
	}
	for _, component := range []string{weights.UNet, weights.TextEncoder} {
		if len(sets[component]) == 0 {
			continue
		}
		l, err := newLowRank(r.vars, component, sets[component], s.Rank, s.Alpha)
		if err != nil {
			return err
		}
		r.loras = append(r.loras, l)
	}
	if len(r.loras) == 0 {
		return fmt.Errorf("lora_targets: the model has no layer of %q", s.Targets)
	}
	return nil
}

// openTrainer makes the optimiser and the graph of a step.
func (r *run) openTrainer() error {
	s := &r.job.Settings
	diffusion := loss.Diffusion{AlphasCumprod: r.base.alphas, Prediction: r.base.prediction, MinSNRGamma: s.MinSNRGamma}
	if err := diffusion.Validate(); err != nil {
		return err
	}
	o := &objective{base: r.base, diffusion: diffusion, token: r.token, loras: r.loras,
		options: nn.Options{Checkpoint: s.Checkpointing, DType: r.dtype()}}
	if r.plan.prior {
		o.prior = s.PriorLossWeight
	}
	r.trainer = &trainer{store: r.base.store, groups: r.groups(), adamw: s.adamw(), maxNorm: s.MaxGradNorm,
		ema: s.EMADecay, parts: s.Accumulation, loss: o.loss}
	return r.trainer.open(r.base.backend)
}

func (r *run) dtype() dtypes.DType {
	switch r.job.Settings.Precision {
	case "float32":
		return dtypes.Float32
	case "bfloat16":
		return dtypes.BFloat16
	}
	return r.job.Model.DType
}

// groups are what learns with its rates.
func (r *run) groups() []group {
	s := &r.job.Settings
	var groups []group
	if r.token != nil {
		groups = append(groups, r.token.group(s.rate(s.TokenLearningRate)))
	}
	for _, l := range r.loras {
		rate := s.LearningRate
		if l.component == weights.TextEncoder {
			rate = s.TextLearningRate
		}
		groups = append(groups, l.group(s.rate(rate)))
	}
	return groups
}

// prepare encodes the pictures and the prompts.
func (r *run) prepare(ctx context.Context) error {
	subject, class, err := r.encode(ctx)
	if err != nil {
		return err
	}
	s := &r.job.Settings
	r.feed = &feed{settings: s, subject: subject, class: class, timesteps: len(r.base.alphas)}
	for _, t := range promptTemplates(s.Template, s.Language) {
		tokens := r.base.tokens.Batch(fill(t, r.job.subject(r.plan.token)))
		r.feed.prompts = append(r.feed.prompts, tokens.IDs)
	}
	if class != nil {
		r.feed.classIDs = r.base.tokens.Batch(r.classPrompt()).IDs
	}
	if r.saved < 0 {
		if err := r.save(); err != nil {
			return err
		}
	}
	r.report(Progress{Event: EventPrepared})
	if r.done.step == 0 {
		return r.preview(ctx)
	}
	return nil
}

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
	var value, norm float64
	err := r.exclusive(func() (err error) {
		value, norm, err = r.trainer.run(next, r.feed.step(next))
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
func (r *run) finish() (*concept.Concept, error) {
	c, err := r.concept()
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
	p.Method, p.Steps = r.method.Name(), r.job.Settings.Steps
	if p.Event != EventClass {
		p.Step = r.done.step
	}
	r.job.Report(p)
}

// close frees the graphs and takes the run's variables out of the store.
func (r *run) close() error {
	if r.vars == nil {
		return nil
	}
	return r.exclusive(func() error {
		if r.trainer != nil {
			r.trainer.close()
		}
		return r.vars.remove()
	})
}

func notFinite(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// DivergedError says that the loss stopped being a number. The state file is
// that of an earlier step.
type DivergedError struct {
	Step           int
	Loss, GradNorm float64
	Saved          int // the step of the state file, -1 without one
}

func (e *DivergedError) Error() string {
	advice := "start again with a lower learning_rate and token_learning_rate"
	if e.Saved > 0 {
		advice += fmt.Sprintf(" in another folder; this one keeps the state after step %d", e.Saved)
	}
	return fmt.Sprintf("the loss became %g (gradient norm %g) at step %d: %s", e.Loss, e.GradNorm, e.Step, advice)
}
