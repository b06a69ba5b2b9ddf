package pretrain

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
	"github.com/ichimai/ichimai/vae"
)

// UNetSettings are the settings file of `train unet`.
type UNetSettings struct {
	Settings `yaml:",inline"`
	Model    ModelConfig `yaml:"model" json:"model"`
	// Scheduler is the scheduler_config.json to train with and to ship.
	Scheduler ModelConfig `yaml:"scheduler" json:"scheduler"`
	// MinSNRGamma limits the weight of easy timesteps; 0 weighs all alike.
	MinSNRGamma float64 `yaml:"min_snr_gamma" json:"min_snr_gamma"`
	// TrainText lets the text encoder learn with the denoiser, from what
	// [UNetParts] gives; the finished model holds what became of it.
	TrainText bool `yaml:"train_text_encoder" json:"train_text_encoder"`
	// TimestepShift above 1 has more of the timesteps drawn where noise is strong
	// and what is drawn is decided: u in [0, 1] becomes s u / (1 + (s-1) u)
	// (Esser et al., arXiv 2403.03206, equation 23). 1 draws all alike.
	TimestepShift float64 `yaml:"timestep_shift" json:"timestep_shift"`
	// CaptionDropout is the share of captions replaced by the empty one.
	CaptionDropout float64 `yaml:"caption_dropout" json:"caption_dropout"`
	// CachedPictures is how many pictures are composed and encoded before
	// training begins; passes over them are shuffled anew.
	CachedPictures int `yaml:"cached_pictures" json:"cached_pictures"`
	// Prompts are drawn on the sheets.
	Prompts []string `yaml:"prompts" json:"-"`
	// SheetGuidance and SheetSteps are the sheets' sampler settings.
	SheetGuidance float64 `yaml:"sheet_guidance" json:"-"`
	SheetSteps    int     `yaml:"sheet_steps" json:"-"`
}

// DefaultUNetSettings are a sound start.
func DefaultUNetSettings() UNetSettings {
	return UNetSettings{
		Settings: DefaultSettings(), MinSNRGamma: 5, TimestepShift: 1, CaptionDropout: 0.1, CachedPictures: 50000,
		SheetGuidance: 4, SheetSteps: 20,
	}
}

const (
	unetComponent   = "unet"
	textComponent   = "text_encoder"
	tokenizerFolder = "tokenizer"
)

type unetStage struct {
	settings  UNetSettings
	parts     UNetParts
	model     *unet.Model
	weights   *nn.Weights
	text      *clip.TextModel
	textW     *nn.Weights
	vae       *vae.Model
	vaeW      *nn.Weights
	tokenizer *tokenizer.Tokenizer
	scheduler sampler.Config
	objective loss.Diffusion
	cache     *latentCache
	ahead     ahead
	trainer   *trainer
	predict   *model.Exec // with the averaged weights
	decode    *model.Exec
	probe     *model.Exec // nil before the first Probe
	backend   compute.Backend
	raw       string
}

// UNetParts are the trained parts that a UNet is trained with, in folders of
// diffusers' layout, and where the run keeps its latents.
type UNetParts struct {
	Text    string // holds text_encoder/ and tokenizer/
	VAE     string // holds vae/
	Latents string // file that the encoded pictures are kept in
	// Report is told how many pictures are encoded; may be nil.
	Report func(done, total int)
}

// Validate reports what is wrong, by the key that a user sets.
func (s *UNetSettings) Validate() error {
	switch {
	case !(s.CaptionDropout >= 0 && s.CaptionDropout <= 1):
		return fmt.Errorf("caption_dropout: %g is not in [0, 1]", s.CaptionDropout)
	case s.CachedPictures < 1:
		return fmt.Errorf("cached_pictures: %d is not positive", s.CachedPictures)
	case !(s.TimestepShift > 0 && s.TimestepShift <= 100):
		return fmt.Errorf("timestep_shift: %g is not above 0 and at most 100", s.TimestepShift)
	case !(s.MinSNRGamma >= 0):
		return fmt.Errorf("min_snr_gamma: %g is negative", s.MinSNRGamma)
	case len(s.Prompts) > 0 && s.SheetSteps < 1:
		return fmt.Errorf("sheet_steps: %d is not positive", s.SheetSteps)
	}
	return s.Settings.Validate()
}

// NewUNet prepares the training of a denoiser on data. The pictures are
// encoded first, unless an earlier run with the same parts did.
func NewUNet(ctx context.Context, backend compute.Backend, s UNetSettings, parts UNetParts, data dataset.Dataset) (Stage, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	st := &unetStage{settings: s, parts: parts}
	st.ahead.prepare = st.arguments
	var err error
	if st.raw, err = describe(s, append(st.folders(), s.startFolders(unetComponent)...)...); err != nil {
		return nil, err
	}
	if err := st.open(parts); err != nil {
		return nil, err
	}
	if err := st.encode(ctx, backend, parts, data); err != nil {
		return nil, err
	}
	return st, st.build(backend)
}

// folders are those of the parts that the UNet is trained with.
func (s *unetStage) folders() []string {
	return append([]string{filepath.Join(s.parts.Text, textComponent)}, s.latentFolders()...)
}

// latentFolders are those that the encoded pictures and captions depend on.
func (s *unetStage) latentFolders() []string {
	return []string{filepath.Join(s.parts.VAE, vaeComponent), filepath.Join(s.parts.Text, tokenizerFolder)}
}

// open reads the trained parts and the UNet's first weights into one store.
func (s *unetStage) open(parts UNetParts) error {
	store := model.NewStore()
	var err error
	if s.tokenizer, err = tokenizer.Open(filepath.Join(parts.Text, tokenizerFolder)); err != nil {
		return err
	}
	if s.text, s.textW, err = clip.OpenText(filepath.Join(parts.Text, textComponent), store, textComponent); err != nil {
		return err
	}
	if s.vae, s.vaeW, err = vae.Open(filepath.Join(parts.VAE, vaeComponent), store, vaeComponent); err != nil {
		return err
	}
	if s.model, s.weights, err = s.settings.start(store); err != nil {
		return err
	}
	if n := s.model.Config.InChannels; n != s.vae.Config.LatentChannels {
		return fmt.Errorf("settings key model: in_channels is %d, but the VAE's latents have %d channels", n, s.vae.Config.LatentChannels)
	}
	return s.openScheduler()
}

// start declares the model and gives its weights the values to begin with.
func (s *UNetSettings) start(store *model.Store) (*unet.Model, *nn.Weights, error) {
	config := unet.DefaultConfig()
	if err := s.Model.Into(&config); err != nil {
		return nil, nil, err
	}
	if s.InitFrom == "" {
		m, err := unet.New(config)
		if err != nil {
			return nil, nil, err
		}
		w := nn.NewWeights(store, unetComponent)
		return m, w, initialiseUNet(m, w, s.Seed)
	}
	dir := filepath.Join(s.InitFrom, unetComponent)
	m, w, err := unet.Open(dir, store, unetComponent)
	if err != nil {
		return nil, nil, fmt.Errorf("settings key init_from: %w", err)
	}
	return m, w, sameConfig(dir, m.Config, config)
}

func (s *unetStage) openScheduler() error {
	data, err := json.Marshal(s.settings.Scheduler)
	if err != nil {
		return fmt.Errorf("settings key scheduler: %w", err)
	}
	if s.scheduler, err = sampler.ParseConfig(data, "settings key scheduler"); err != nil {
		return err
	}
	schedule, err := sampler.NewSchedule(s.scheduler)
	if err != nil {
		return err
	}
	s.objective = loss.Diffusion{
		AlphasCumprod: schedule.AlphasCumprod, Prediction: s.scheduler.PredictionType, MinSNRGamma: s.settings.MinSNRGamma,
	}
	return s.objective.Validate()
}

// encode fills the cache. What it depends on is not the training's settings
// but the parts' own, so that a longer run need not encode anew.
func (s *unetStage) encode(ctx context.Context, backend compute.Backend, parts UNetParts, data dataset.Dataset) error {
	e, err := newLatentEncoder(backend, s.vae, s.vaeW)
	if err != nil {
		return err
	}
	fingerprint, err := describe(map[string]any{
		"seed": s.settings.Seed, "cached_pictures": s.settings.CachedPictures, "of": data.Len(), "scenes": s.settings.Scenes,
	}, s.latentFolders()...)
	if err != nil {
		return err
	}
	report := func(done int) {
		if parts.Report != nil {
			parts.Report(done, s.settings.CachedPictures)
		}
	}
	s.cache, err = e.fill(ctx, parts.Latents, data, s.tokenizer, s.settings.Seed, s.settings.CachedPictures, fingerprint, report)
	return err
}

func (s *unetStage) build(backend compute.Backend) error {
	w, store := s.weights, s.weights.Store()
	s.backend = backend
	var err error
	s.trainer, err = newTrainer(backend, &s.settings.Settings, s.learned(), func(in []*Node) []*Node {
		states := s.states(s.textW, in[3])
		if !s.settings.TrainText {
			states = StopGradient(states)
		}
		return []*Node{s.loss(w, in[0], in[1], in[2], states)}
	})
	if err != nil {
		return err
	}
	averaged := s.trainer.averaged(unetComponent)
	s.predict, err = model.NewExec(backend, store, func(_ *model.Scope, x, t, ids *Node) *Node {
		return s.model.Forward(nn.NewPass(averaged, nn.Options{}), x, t, s.states(s.averagedText(), ids)).Sample
	})
	if err != nil {
		return fmt.Errorf("prepare sampling: %w", err)
	}
	s.decode, err = model.NewExec(backend, store, func(_ *model.Scope, z *Node) *Node {
		return s.vae.Decode(nn.NewPass(s.vaeW, nn.Options{}), s.vae.Config.Unscale(z))
	})
	if err != nil {
		return fmt.Errorf("prepare decoding: %w", err)
	}
	return nil
}

// loss is that of the denoiser with some weights on noised latents.
func (s *unetStage) loss(w *nn.Weights, latents, noise, timesteps, states *Node) *Node {
	noisy := s.objective.Noisy(latents, noise, timesteps)
	prediction := s.model.Forward(nn.NewPass(w, nn.Options{Gradients: nn.AllGradients}), noisy, timesteps, states).Sample
	return s.objective.Loss(prediction, latents, noise, timesteps)
}

// learned are the parts that training moves.
func (s *unetStage) learned() []learned {
	parts := []learned{{s.weights, s.model.Params}}
	if s.settings.TrainText {
		parts = append(parts, learned{s.textW, s.text.Params})
	}
	return parts
}

// averagedText are the text encoder's weights to look at and to export.
func (s *unetStage) averagedText() *nn.Weights {
	if !s.settings.TrainText {
		return s.textW
	}
	return s.trainer.averaged(textComponent)
}

// states are the text states of ids through the text tower of weights.
func (s *unetStage) states(weights *nn.Weights, ids *Node) *Node {
	return s.text.Forward(nn.NewPass(weights, nn.Options{}), ids, clip.TextOptions{}).Last
}

func (s *unetStage) Name() string             { return "unet" }
func (s *unetStage) Fingerprint() string      { return s.raw }
func (s *unetStage) SetSteps(n int)           { s.trainer.setSteps(n) }
func (s *unetStage) State() []*model.Variable { return s.trainer.state() }
func (s *unetStage) Work() Work               { return s.trainer.work }

// arguments are a step's latents, noise, timesteps and ids.
func (s *unetStage) arguments(ctx context.Context, step int) ([]*tensors.Tensor, error) {
	size := s.settings.BatchSize
	latents, ids := s.cache.batch(s.settings.Seed, step, size, s.settings.CaptionDropout, s.tokenizer.Batch("").IDs)
	noise := normalTensor(s.settings.Seed, step, latents.Shape().Dimensions...)
	timesteps := spreadTimesteps(s.settings.Seed, step, size, len(s.objective.AlphasCumprod), s.settings.TimestepShift)
	return []*tensors.Tensor{latents, noise, timesteps, ids}, ctx.Err()
}

func (s *unetStage) Step(ctx context.Context, step int) (Figures, error) {
	args, err := s.ahead.take(ctx, step)
	if err != nil {
		return nil, err
	}
	f, err := s.trainer.step(step, args...)
	if err != nil {
		return nil, err
	}
	return Figures{{"loss", f[1]}, {"grad_norm", f[0]}}, nil
}

// Export writes the whole model folder: the UNet, and the text encoder where it
// learned too, beside the parts that they were trained with.
func (s *unetStage) Export(_ context.Context, dir string) error {
	if err := s.assemble(dir); err != nil {
		return err
	}
	if s.settings.TrainText {
		if err := exportComponent(filepath.Join(dir, textComponent), transformersFile, s.text.Config.File(), s.averagedText(), s.text.Params); err != nil {
			return err
		}
	}
	config := struct {
		ClassName string `json:"_class_name"`
		unet.Config
	}{"UNet2DConditionModel", s.model.Config}
	if err := exportComponent(filepath.Join(dir, unetComponent), diffusersFile, config, s.trainer.averaged(unetComponent), s.model.Params); err != nil {
		return err
	}
	return writeScheduler(filepath.Join(dir, "scheduler"), s.settings.Scheduler)
}
