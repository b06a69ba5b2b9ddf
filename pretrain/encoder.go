package pretrain

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/weights"
)

// EncoderParts are what an encoder is trained for and where the run keeps the
// features that it reads.
type EncoderParts struct {
	Base     *diffusion.Model
	Features string // file; "" keeps none
	// Report is told how many pairs are encoded; may be nil.
	Report func(done, total int)
}

// encoderStage trains the tuning-encoder of one base model (Arar et al., arXiv
// 2307.06925). Only the encoder learns.
type encoderStage struct {
	settings  EncoderSettings
	base      *diffusion.Model
	vision    *encoder.Vision // nil where it is not read
	config    encoder.Config
	model     *encoder.Model
	weights   *nn.Weights
	tokens    *tokenizer.Tokenizer
	words     []int32 // ids of real words
	objective loss.Diffusion
	cache     *viewCache // what is learned from
	valid     *viewCache // what is only looked at
	seen      []*picture.Picture
	ahead     ahead
	trainer   *trainer
	probe     *model.Exec // nil before the first Probe
	predict   *model.Exec // nil before the first Sheet
	raw       string
}

// validPairs are looked at and not learned from, and sheetRows of them drawn.
const (
	validPairs = 64
	sheetRows  = 6
)

// NewEncoder prepares the training of an encoder for a base model on pairs of
// views. valid is only looked at. Features are computed first, unless an earlier
// run with the same parts did.
func NewEncoder(ctx context.Context, s EncoderSettings, parts EncoderParts, data, valid dataset.Views) (Stage, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	st := &encoderStage{settings: s, base: parts.Base}
	st.ahead.prepare = st.arguments
	if err := st.open(ctx); err != nil {
		return nil, err
	}
	if err := st.describe(); err != nil {
		return nil, err
	}
	if err := st.read(ctx, parts, data, valid); err != nil {
		return nil, err
	}
	return st, st.build()
}

// open finds what is read and makes the network's first weights.
func (s *encoderStage) open(ctx context.Context) (err error) {
	if s.settings.UseVision {
		if s.vision, err = encoder.OpenVision(s.base.Dir, nn.OnDevice(s.base.Engine.Backend())); err != nil {
			return err
		}
		if s.vision == nil {
			return fmt.Errorf("settings key use_vision: %w", &encoder.NoVisionError{Dir: s.base.Dir})
		}
	}
	if s.config, err = s.configure(ctx); err != nil {
		return err
	}
	if s.tokens, err = newPlaceholder(s.base.Tokenizer); err != nil {
		return err
	}
	for _, id := range s.base.Tokenizer.Words() {
		s.words = append(s.words, int32(id))
	}
	if len(s.words) <= s.settings.Neighbours {
		return fmt.Errorf("contrastive_neighbours: the vocabulary of %s has %d words", s.base.Name, len(s.words))
	}
	schedule, err := sampler.NewSchedule(s.base.Scheduler)
	if err != nil {
		return err
	}
	s.objective = loss.Diffusion{AlphasCumprod: schedule.AlphasCumprod, Prediction: s.base.Scheduler.PredictionType, MinSNRGamma: s.settings.MinSNRGamma}
	return errors.Join(s.objective.Validate(), s.base.Exclusive(s.start))
}

// configure is the encoder's config for the base model and the settings.
func (s *encoderStage) configure(ctx context.Context) (encoder.Config, error) {
	c := encoder.Config{
		Class: encoder.Class, Version: encoder.Version, Sizes: s.settings.Encoder,
		TokenWidth: s.base.Text.Config.HiddenSize, Alpha: s.settings.Alpha,
	}
	if c.Rank > 0 {
		c.Layers = encoder.LayersOf(encoder.Projections(s.base.UNet.Params))
	}
	if s.settings.UseUNet {
		c.UNetWidth = encoder.PoolWidth(s.base.UNet.Config)
	} else {
		c.FeatureTimesteps = nil
	}
	if c.TowerWidth > 0 {
		side := s.base.DefaultSize() / s.base.VAE.Factor()
		c.LatentsShape = []int{side, side, s.base.UNet.Config.InChannels}
	} else {
		c.Version = 1 // programs before this one read it
	}
	var err error
	if c.Base, err = s.base.BaseHash(ctx); err != nil {
		return c, err
	}
	if s.vision != nil {
		c.VisionLayers, c.VisionWidth = s.vision.EverySecond(), s.vision.Model.Config.HiddenSize
		if c.Vision, err = diffusion.HashFolder(ctx, s.vision.Dir); err != nil {
			return c, err
		}
	}
	return c, nil
}

// start gives the weights the values to begin with: random, around the mean of the
// words, or those of init_from, which may have been made for another base model of
// the same shape.
func (s *encoderStage) start() (err error) {
	if s.settings.InitFrom != "" {
		return s.startFrom(filepath.Join(s.settings.InitFrom, encoder.Folder))
	}
	if s.model, err = encoder.New(s.config); err != nil {
		return err
	}
	s.weights = nn.NewWeights(s.base.Store, encoder.Folder)
	if err := s.weights.Initialise(s.model.Params, s.settings.Seed); err != nil {
		return err
	}
	rows, err := s.wordRows()
	if err != nil {
		return err
	}
	return s.model.StartToken(s.weights, rows)
}

// startFrom takes the weights of a trained encoder, to which a tower may be added.
func (s *encoderStage) startFrom(dir string) (err error) {
	if s.model, s.weights, err = encoder.OpenModel(dir, s.base.Store, encoder.Folder); err != nil {
		return fmt.Errorf("settings key init_from: %w", err)
	}
	have, want := s.model.Config, s.config
	have.Base, have.Vision, have.Version = want.Base, want.Vision, want.Version
	grows := have.TowerWidth == 0 && want.TowerWidth > 0
	if grows {
		want.TowerWidth, want.TowerBlocks, want.LatentsShape = 0, 0, nil
	}
	if err := sameConfig(dir, have, want); err != nil {
		return err
	}
	if s.model, err = encoder.New(s.config); err != nil || !grows {
		return err
	}
	return s.weights.Initialise(s.model.Tower(), s.settings.Seed)
}

// wordRows are the vectors of the real words.
func (s *encoderStage) wordRows() ([]float32, error) {
	table, err := s.base.TextWeights.Float32(s.base.Text.TokenTable())
	if err != nil {
		return nil, err
	}
	width := s.config.TokenWidth
	var rows []float32
	for _, id := range s.words {
		rows = append(rows, table[int(id)*width:(int(id)+1)*width]...)
	}
	return rows, nil
}

func (s *encoderStage) describe() (err error) {
	s.raw, err = describe(map[string]any{"settings": s.settings, "base": s.config.Base, "vision": s.config.Vision}, s.settings.startFolders(encoder.Folder)...)
	return err
}

// read fills both caches.
func (s *encoderStage) read(ctx context.Context, parts EncoderParts, data, valid dataset.Views) error {
	reader, err := encoder.NewReader(ctx, s.base, s.vision, s.config, true)
	if err != nil {
		return err
	}
	defer reader.Close()
	e := &viewEncoder{base: s.base, reader: reader, tokens: s.tokens, crossView: s.settings.CrossView, seed: s.settings.Seed}
	fingerprint, err := s.describeFeatures(data)
	if err != nil {
		return err
	}
	report := func(done int) {
		if parts.Report != nil {
			parts.Report(done, s.settings.CachedPairs)
		}
	}
	if s.cache, err = e.fill(ctx, parts.Features, data, s.settings.CachedPairs, fingerprint, report); err != nil {
		return err
	}
	e.crossView = true // asked the same whatever the training does
	if s.valid, err = e.fill(ctx, "", valid, validPairs, "", func(int) {}); err != nil {
		return err
	}
	for batch := range e.pairs(ctx, valid, sheetRows) {
		if batch.err != nil {
			return batch.err
		}
		s.seen = append(s.seen, pixelsOf(batch.seen)...)
	}
	return ctx.Err()
}

// describeFeatures is the fingerprint of what a cache holds.
func (s *encoderStage) describeFeatures(data dataset.Views) (string, error) {
	about := map[string]any{
		"seed": s.settings.Seed, "cached_pairs": s.settings.CachedPairs, "cross_view": s.settings.CrossView, "of": data.Len(),
		"scenes": s.settings.Scenes, "base": s.config.Base, "vision": s.config.Vision,
		"feature_timesteps": s.config.FeatureTimesteps, "vision_layers": s.config.VisionLayers,
	}
	if s.config.TowerWidth > 0 {
		about["latents"] = s.config.LatentsShape
	}
	if p, ok := data.(interface{ Fingerprint() string }); ok { // pictures, of which the settings say nothing
		about["pictures"] = p.Fingerprint()
	}
	return describe(about)
}

func (s *encoderStage) build() (err error) {
	return s.base.Exclusive(func() error {
		s.trainer, err = newTrainer(s.base.Engine.Backend(), &s.settings.Settings, []learned{{s.weights, s.model.Learned()}},
			func(in []*Node) []*Node { return s.loss(s.weights, in, nn.AllGradients) })
		return err
	})
}

// features takes the features from the arguments of a graph.
func (s *encoderStage) features(in []*Node) (f encoder.Features, rest []*Node) {
	if s.config.VisionWidth > 0 {
		f.Vision, in = in[0], in[1:]
	}
	if s.config.UNetWidth > 0 {
		f.UNet, in = in[0], in[1:]
	}
	if s.config.TowerWidth > 0 {
		f.Latents, in = in[0], in[1:]
	}
	return f, in
}

// loss is the denoiser's with predictions of the encoder with weights w, and the
// regularisers: their weighted sum, then each. Arguments are features, latents and
// ids of some rows of a cache, noise and timesteps.
func (s *encoderStage) loss(w *nn.Weights, in []*Node, gradients nn.Gradients) []*Node {
	f, rest := s.features(in)
	latents, ids, noise, at := rest[0], rest[1], rest[2], rest[3]
	predicted := s.model.Forward(nn.NewPass(w, nn.Options{Gradients: gradients}), f)
	noisy := s.objective.Noisy(latents, noise, at)
	mse := s.objective.Loss(s.denoise(predicted, noisy, at, ids, gradients), latents, noise, at)
	contrast := s.settings.contrastive().Loss(predicted.Token, s.table(ids), nil)
	length := loss.SquaredLength(predicted.Token)
	total := Add(mse, Add(MulScalar(contrast, s.settings.ContrastiveWeight), MulScalar(length, s.settings.LengthWeight)))
	return []*Node{total, mse, contrast, length}
}

// table are the vectors of real words in a graph, [words, width].
func (s *encoderStage) table(g GraphProvider) *Node {
	return s.base.Text.TableRows(nn.NewPass(s.base.TextWeights, nn.Options{}), g, s.words)
}

// denoise runs the base model for prompts ids with predictions in the place of the
// placeholder, one a row.
func (s *encoderStage) denoise(predicted encoder.Prediction, noisy, at, ids *Node, gradients nn.Gradients) *Node {
	if gradients == nn.AllGradients {
		gradients = nn.InputGradients // the base is frozen
	}
	options := nn.Options{DType: s.base.DType, Gradients: gradients}
	if s.model.Config.Rank > 0 {
		options.Adapters = []nn.Adapter{s.model.Adapter(predicted)}
	}
	if s.settings.Alpha < 1 {
		table := s.table(ids)
		word := loss.Contrastive{Neighbours: 1, Temperature: 1}.Nearest(predicted.Token, table)
		options.Blend = &nn.Blend{
			Hard:  s.states(ids, StopGradient(Gather(table, InsertAxes(word, -1)))),
			Alpha: Const(ids.Graph(), float32(s.settings.Alpha)),
		}
	}
	states := s.states(ids, InsertAxes(predicted.Token, 1))
	return s.base.UNet.Forward(nn.NewPass(s.base.UNetWeights, options), noisy, at, states).Sample
}

// states are the text states of ids with rows [batch, 1, width] as the placeholder.
func (s *encoderStage) states(ids, rows *Node) *Node {
	p := nn.NewPass(s.base.TextWeights, nn.Options{Gradients: nn.InputGradients})
	return s.base.Text.Forward(p, ids, clip.TextOptions{Rows: rows}).Last
}

func (s *encoderStage) Name() string             { return "encoder" }
func (s *encoderStage) Fingerprint() string      { return s.raw }
func (s *encoderStage) SetSteps(n int)           { s.trainer.setSteps(n) }
func (s *encoderStage) State() []*model.Variable { return s.trainer.state() }
func (s *encoderStage) Work() Work               { return s.trainer.work }

// arguments are a step's rows of the cache, noise and timesteps.
func (s *encoderStage) arguments(ctx context.Context, step int) ([]*tensors.Tensor, error) {
	size := s.settings.BatchSize
	which := make([]int, size)
	for i := range which {
		at := (step-1)*size + i
		which[i] = permuted(s.settings.Seed, at/s.cache.n, at%s.cache.n, s.cache.n)
	}
	args := s.cache.rows(which)
	noise := normalTensor(s.settings.Seed, step, append([]int{size}, s.cache.shape...)...)
	timesteps := spreadTimesteps(s.settings.Seed, step, size, len(s.objective.AlphasCumprod), s.settings.TimestepShift)
	return append(args, noise, timesteps), ctx.Err()
}

func (s *encoderStage) Step(ctx context.Context, step int) (Figures, error) {
	args, err := s.ahead.take(ctx, step)
	if err != nil {
		return nil, err
	}
	var f []float64
	err = s.base.Exclusive(func() (err error) {
		f, err = s.trainer.step(step, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return Figures{{"loss", f[2]}, {"contrastive", f[3]}, {"length", f[4]}, {"grad_norm", f[0]}}, nil
}

// spreadTimesteps are spread over the schedule with one random offset, so that
// every batch sees every level of noise (Kingma et al., arXiv 2107.00630, section
// I.1), shifted towards strong noise as [UNetSettings] says.
func spreadTimesteps(seed uint64, step, size, total int, shift float64) *tensors.Tensor {
	r := rand.New(rand.NewPCG(seed^0x7e, uint64(step)))
	offset := r.Float64()
	flat := make([]int32, size)
	for i := range flat {
		u := (float64(i) + offset) / float64(size)
		flat[i] = int32(shift * u / (1 + (shift-1)*u) * float64(total))
	}
	return tensors.FromFlatDataAndDimensions(flat, size)
}

// Export writes encoder/ with the averaged weights and, for single predictions to
// be pushed from, what they predict for some of the pairs.
func (s *encoderStage) Export(_ context.Context, dir string) error {
	return s.base.Exclusive(func() error {
		averaged := s.trainer.averaged(encoder.Folder)
		list, err := averaged.Export(s.model.Learned(), weights.F16)
		if err != nil {
			return err
		}
		if p := s.model.Bank(); p != nil {
			bank, err := s.bank(averaged)
			if err != nil {
				return err
			}
			list = append(list, weights.FromFloat32(p.Name, p.Shape, bank, weights.F16))
		}
		return s.model.Write(filepath.Join(dir, encoder.Folder), list)
	})
}

// bank are the vectors that weights w predict for pairs of the cache, [bank, width]
// flat.
func (s *encoderStage) bank(w *nn.Weights) ([]float32, error) {
	which := make([]int, s.config.Bank)
	for i := range which {
		which[i] = i * s.cache.n / len(which)
	}
	args := s.cache.rows(which)
	exec, err := model.NewExec(s.base.Engine.Backend(), s.base.Store, func(_ *model.Scope, in []*Node) *Node {
		f, _ := s.features(in)
		return s.model.Forward(nn.NewPass(w, nn.Options{}), f).Token
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var all []any
	for _, a := range args[:len(args)-2] { // features alone
		all = append(all, a)
	}
	results, err := exec.Call(all...)
	if err != nil {
		return nil, fmt.Errorf("predict the bank: %w", err)
	}
	return tensors.CopyFlatData[float32](results[0])
}
