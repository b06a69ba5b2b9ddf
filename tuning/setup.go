package tuning

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gomlx/compute/dtypes"

	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/weights"
)

// open makes the variables, from the folder's state where there is one.
func (r *run) open(ctx context.Context) error {
	var err error
	if r.base, err = newBase(r.job.Model); err != nil {
		return err
	}
	if r.baseHash, err = r.job.Model.BaseHash(ctx); err != nil {
		return err
	}
	if err := r.openEncoder(ctx); err != nil {
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
		if err := r.begin(ctx); err != nil {
			return err
		}
		return r.keepCandidate()
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
	rows, pairs, err := r.startValues(ctx)
	if err != nil {
		return err
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
		if pairs != nil {
			if err := r.loras[0].predicted(pairs); err != nil {
				return err
			}
		}
		return r.openTrainer() // its averages begin at these values
	})
}

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
		options: nn.Options{Checkpoint: s.Checkpointing, DType: r.dtype(), Gradients: nn.InputGradients}}
	if r.plan.prior {
		o.prior = s.PriorLossWeight
	}
	if r.plan.encoder {
		o.regular = newRegulariser(r.base, s, r.bank)
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

// checkRoom tells the job's owner how much memory a step takes.
func (r *run) checkRoom() error {
	if r.job.Room == nil {
		return nil
	}
	var working int64
	err := r.exclusive(func() (err error) {
		working, err = r.trainer.working(r.base.backend, r.feed.batch(0))
		return err
	})
	if err != nil {
		return err
	}
	return r.job.Room(working)
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
		tokens := r.base.tokens.Batch(fill(t, r.job.subject(r.plan)))
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
	if err := r.checkRoom(); err != nil {
		return err
	}
	r.report(Progress{Event: EventPrepared})
	if r.done.step == 0 {
		return r.preview(ctx)
	}
	return nil
}
