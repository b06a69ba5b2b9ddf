package draw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/studio/jobs"
	"github.com/ichimai/ichimai/tuning"
)

// Options say which model computes, and where.
type Options struct {
	Model     string         // folder in diffusers' layout; "" is the demo model
	Cache     string         // folder below which the demo model is unpacked
	Device    engine.Config  // what computes; nothing is installed unless it says so
	Engine    *engine.Engine // an opened device in place of Device, which stays its owner's
	Precision diffusion.Precision
	Tiling    bool   // decode large pictures in tiles
	Judge     string // folder of what checks submitted pictures (see gate.OpenJudge); "" is the demo's for the demo model and none else
	Gate      string // file of its thresholds; "" is gate.json in the judge's folder
	Scratch   string // folder for files that live as long as a call; "" is the system's
	Log       *slog.Logger
}

// Runner is the jobs.Runner of a model. It may be used by many goroutines at once.
type Runner struct {
	options Options
	log     *slog.Logger
	device  chan struct{} // holds a token while somebody computes

	mu     sync.Mutex
	opened *opened // nil before the first job

	lent sync.RWMutex // held for reading while somebody uses what is opened without the device
}

var _ jobs.Runner = (*Runner)(nil)

// New returns a runner. It opens nothing yet.
func New(o Options) *Runner {
	r := &Runner{options: o, log: o.Log, device: make(chan struct{}, 1)}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// opened is a model with what stays with it.
type opened struct {
	model    *diffusion.Model
	pipeline *diffusion.Pipeline
	critic   *critic
	judge    *judge
	concepts *shelf
	small    bool
	engine   *engine.Engine // nil where it is the caller's
}

// Warm opens the model, compiles what drawing takes, and returns when the next
// job can begin at once.
func (r *Runner) Warm(ctx context.Context) error {
	return r.exclusive(ctx, func(o *opened) error {
		_, err := o.pipeline.Generate(ctx, diffusion.Request{Prompt: "a photo", Steps: 1, GuidanceScale: o.guidance()})
		if err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		if err := o.critic.warm(ctx); err != nil {
			return err
		}
		return o.judge.warm(ctx)
	})
}

// Close waits for what computes and gives the device's memory back. The runner
// can be used again, and then opens the model anew.
func (r *Runner) Close() error {
	r.device <- struct{}{}
	defer func() { <-r.device }()
	r.mu.Lock()
	o := r.opened
	r.opened = nil
	r.mu.Unlock()
	if o == nil {
		return nil
	}
	r.lent.Lock()
	defer r.lent.Unlock()
	return o.close()
}

func (o *opened) close() error {
	err := errors.Join(o.critic.close(), o.judge.close())
	if o.engine != nil {
		o.engine.Close()
	}
	return err
}

// exclusive runs f with the opened model while nobody else does.
func (r *Runner) exclusive(ctx context.Context, f func(*opened) error) error {
	select {
	case r.device <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for the device: %w", ctx.Err())
	}
	defer func() { <-r.device }()
	o := r.current()
	if o == nil {
		var err error
		if o, err = r.open(ctx); err != nil {
			return fmt.Errorf("open the model: %w", err)
		}
		r.mu.Lock()
		r.opened = o
		r.mu.Unlock()
	}
	return f(o)
}

func (r *Runner) current() *opened {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.opened
}

// open opens the device, the model and its CLIP, if it has one.
func (r *Runner) open(ctx context.Context) (o *opened, err error) {
	dir, err := r.folder(ctx)
	if err != nil {
		return nil, err
	}
	o = &opened{}
	device := r.options.Engine
	if device == nil {
		if device, err = engine.Open(ctx, r.options.Device); err != nil {
			return nil, err
		}
		o.engine = device
		defer func() {
			if err != nil {
				device.Close()
			}
		}()
	}
	o.model, err = diffusion.OpenWith(ctx, dir, device, diffusion.Options{Precision: r.options.Precision, Tiling: r.options.Tiling})
	if err != nil {
		return nil, err
	}
	if o.critic, err = newCritic(o.model); err != nil {
		return nil, err
	}
	o.pipeline, o.small = diffusion.NewPipeline(o.model), tuning.IsSmall(o.model)
	o.concepts, o.judge = newShelf(r.options.Scratch), r.newJudge(ctx, o.model)
	if err := ctx.Err(); err != nil { // the judge may be half open
		return nil, errors.Join(fmt.Errorf("open the model: %w", err), o.critic.close(), o.judge.close())
	}
	r.log.Info("model opened", "model", o.model.Name, "device", device.Device(), "clip", o.critic.sees(), "gate", o.judge.gate != nil)
	return o, nil
}

// folder is the model's; the demo model is unpacked when it is needed.
func (r *Runner) folder(ctx context.Context) (string, error) {
	if r.options.Model != "" {
		return r.options.Model, nil
	}
	if r.options.Cache == "" {
		return "", errors.New("there is neither a model's folder nor one to unpack the demo model in")
	}
	return demo.Model(ctx, r.options.Cache)
}

// guidance is what suits the model: small ones overshoot beyond it.
func (o *opened) guidance() float64 {
	if o.small {
		return 4
	}
	return diffusion.DefaultGuidanceScale
}

// steps are the sampler's for a picture that is kept.
func (o *opened) steps() int {
	if o.small {
		return 20
	}
	return diffusion.DefaultSteps
}
