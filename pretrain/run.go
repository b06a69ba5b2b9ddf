package pretrain

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/engine"
)

// Figures are the numbers of a step, in the order in which they are shown.
type Figures []Figure

// Figure is one named number.
type Figure struct {
	Name  string
	Value float64
}

// Stage is one model in training.
type Stage interface {
	// Name is the stage's name in messages and files: vae, clip, unet.
	Name() string
	// Step trains on the batch of a step, counted from 1.
	Step(ctx context.Context, step int) (Figures, error)
	// State lists the variables that make up the training's state.
	State() []*model.Variable
	// Sheet draws how the model does so far into a PNG file.
	Sheet(ctx context.Context, path string) error
	// Export writes the trained model into a folder in diffusers' layout.
	Export(ctx context.Context, dir string) error
	// Fingerprint is a text of everything that must not change between a run
	// and its continuation.
	Fingerprint() string
}

// Progress is what a run reports after a step.
type Progress struct {
	Stage       string
	Step, Steps int
	Pictures    int     // seen since the run began, resumed or not
	Rate        float64 // pictures a second, over the last steps
	Share       float64 // of the device's peak in matrix products, at that rate; 0 where it is not known
	Left        time.Duration
	Figures     Figures // mean since the last report
	Event       string  // "", "resumed", "saved", "sheet", "probed"
	Path        string  // of what was saved
}

// Run trains a stage in a folder: state.safetensors is where it stands,
// log.jsonl its history, sheets/ its pictures, and model/ the result.
type Run struct {
	Dir      string
	Settings *Settings
	Report   func(Progress) // may be nil
	// Every is the number of steps between two reports.
	Every int
	// Peak tells how many operations of matrix products in a precision the device
	// does in a second, such as [engine.Engine.MatMulRate]: with it, progress of a
	// stage that is [Worked] says what share of that is used. May be nil.
	Peak func(dtypes.DType) (float64, error)
	// Until, if set, is when training should end: how many steps that makes is
	// found out on the way and replaces the settings'; a run that goes on begins
	// with what it had. The stage must be [Paced] and the schedule constant or
	// warmup_stable_decay.
	Until time.Time

	within within
}

// Train runs the stage to the end, or until ctx ends, when it saves what was
// done, writes the model as it stands and returns ctx's error.
func (r *Run) Train(ctx context.Context, stage Stage) error {
	if err := r.Settings.Validate(); err != nil {
		return err
	}
	if err := r.checkUntil(stage); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.Dir, "sheets"), 0o755); err != nil {
		return fmt.Errorf("make run folder: %w", err)
	}
	if err := r.adopt(stage); err != nil {
		return err
	}
	done, err := loadState(r.statePath(), stage.State(), r.Settings.Schedule, stage.Fingerprint())
	if err != nil {
		return err
	}
	if err := trimLog(r.logPath(), done); err != nil {
		return err
	}
	if done > 0 {
		r.report(Progress{Stage: stage.Name(), Step: done, Steps: r.Settings.Steps, Event: "resumed", Path: r.statePath()})
	}
	if err := r.steps(ctx, stage, done); err != nil {
		return err
	}
	return r.export(ctx, stage)
}

// export writes the model as it stands.
func (r *Run) export(ctx context.Context, stage Stage) error {
	return engine.Try(func() error { return stage.Export(ctx, filepath.Join(r.Dir, "model")) })
}

func (r *Run) statePath() string { return filepath.Join(r.Dir, "state.safetensors") }

func (r *Run) logPath() string { return filepath.Join(r.Dir, "log.jsonl") }

func (r *Run) steps(ctx context.Context, stage Stage, done int) error {
	meter := newMeter(r.Settings)
	r.extend(stage, done)
	for step := done + 1; step <= r.Settings.Steps; step++ {
		if ctx.Err() != nil {
			return r.stop(ctx, stage, step-1)
		}
		figures, err := r.step(ctx, stage, step)
		if ctx.Err() != nil && err != nil {
			return r.stop(ctx, stage, step-1)
		}
		if err != nil {
			return err
		}
		meter.add(figures)
		if step == done+1 {
			meter.untimed(func() { meter.atPeak = r.atPeak(stage) })
		}
		if steps, ok := r.within.fit(step, done, r.Settings); ok {
			r.setSteps(stage, steps)
		}
		if err := r.afterStep(ctx, stage, step, meter); err != nil {
			return err
		}
	}
	return nil
}

// atPeak is how long the work of a step that was made would take at the device's
// peak, in seconds; 0 where that is not known.
func (r *Run) atPeak(stage Stage) float64 {
	if w, ok := stage.(Worked); ok && r.Peak != nil {
		return w.Work().seconds(r.Peak)
	}
	return 0
}

// step refuses to go on from a loss that is not a number: the weights are lost
// by then, but the last saved state is not.
func (r *Run) step(ctx context.Context, stage Stage, step int) (figures Figures, err error) {
	err = engine.Try(func() error {
		figures, err = stage.Step(ctx, step)
		return err
	})
	for _, f := range figures {
		if math.IsNaN(f.Value) || math.IsInf(f.Value, 0) {
			return nil, fmt.Errorf("%s: %s became %g at step %d; lower learning_rate and resume from %s", stage.Name(), f.Name, f.Value, step, r.statePath())
		}
	}
	return figures, err
}

func (r *Run) afterStep(ctx context.Context, stage Stage, step int, meter *meter) error {
	last := step == r.Settings.Steps
	if every(step, max(r.Every, 1)) || last {
		p := meter.progress(stage.Name(), step)
		r.report(p)
		if err := appendLog(r.logPath(), p); err != nil {
			return err
		}
	}
	if every(step, r.Settings.SampleEvery) || last {
		path := filepath.Join(r.Dir, "sheets", fmt.Sprintf("%s-%07d.png", stage.Name(), step))
		if err := engine.Try(func() error { return stage.Sheet(ctx, path) }); err != nil && ctx.Err() == nil {
			return err
		}
		r.report(Progress{Stage: stage.Name(), Step: step, Steps: r.Settings.Steps, Event: "sheet", Path: path})
	}
	if p, ok := stage.(Prober); ok && (every(step, r.Settings.SampleEvery) || last) {
		if err := r.probe(ctx, p, stage.Name(), step); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if every(step, r.Settings.SaveEvery) || last {
		return r.save(stage, step)
	}
	return nil
}

// probe reports and logs what a stage finds out about itself.
func (r *Run) probe(ctx context.Context, p Prober, name string, step int) (err error) {
	found := Progress{Stage: name, Step: step, Steps: r.Settings.Steps, Event: "probed", Path: r.logPath()}
	err = engine.Try(func() error {
		found.Figures, err = p.Probe(ctx)
		return err
	})
	if err != nil {
		return err
	}
	r.report(found)
	return appendLog(r.logPath(), found)
}

func (r *Run) save(stage Stage, step int) error {
	if err := saveState(r.statePath(), stage.State(), step, r.Settings.Steps, stage.Fingerprint()); err != nil {
		return err
	}
	r.report(Progress{Stage: stage.Name(), Step: step, Steps: r.Settings.Steps, Event: "saved", Path: r.statePath()})
	return nil
}

// stop keeps what was done, also as a model to try, and returns why it stopped.
func (r *Run) stop(ctx context.Context, stage Stage, step int) error {
	if step > 0 {
		if err := r.save(stage, step); err != nil {
			return err
		}
		if err := r.export(context.WithoutCancel(ctx), stage); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s stopped after step %d of %d: %w", stage.Name(), step, r.Settings.Steps, ctx.Err())
}

func (r *Run) report(p Progress) {
	if r.Report != nil {
		r.Report(p)
	}
}

func every(step, n int) bool { return n > 0 && step%n == 0 }
