package pretrain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/engine/enginetest"
	"github.com/ichimai/ichimai/internal/golden"
	"github.com/ichimai/ichimai/internal/tinymodel"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/weights"
)

// Views are two squares of one colour on one ground, at other places.
func (d drawn) Views(ctx context.Context, index int, seed uint64) (seen, other dataset.Sample, err error) {
	if seen, err = d.At(ctx, index, seed); err != nil {
		return seen, other, err
	}
	other, err = d.At(ctx, index, seed+1)
	_, ground, _ := strings.Cut(other.Caption, " on ")
	other.Caption = dataset.SubjectWord + " on " + ground
	return seen, other, err
}

func tinyEncoder() EncoderSettings {
	s := DefaultEncoderSettings()
	s.Settings = tinySettings()
	s.Encoder = encoder.Sizes{Width: 8, Blocks: 1, Rank: 2, Basis: 3, FeatureTimesteps: []int{100, 600}, Bank: 4}
	s.CachedPairs, s.Prompts, s.SheetSteps = 24, []string{"a photo of {}"}, 1
	return s
}

// tinyBase writes a model folder with a CLIP and returns what opens it anew: two
// stages on one opened model would share their variables. Of the named files the
// first tensor is another than always.
func tinyBase(t *testing.T, others ...string) func(t *testing.T) *diffusion.Model {
	t.Helper()
	dir := t.TempDir()
	tinymodel.Write(t, dir)
	tinymodel.WriteVision(t, dir)
	for _, name := range others {
		doubleFirst(t, filepath.Join(dir, name))
	}
	return func(t *testing.T) *diffusion.Model {
		t.Helper()
		m, err := diffusion.Open(t.Context(), dir, enginetest.Go(t))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// doubleFirst doubles the first tensor of a file.
func doubleFirst(t *testing.T, path string) {
	t.Helper()
	src, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var list []weights.Tensor
	for i, name := range src.Names() {
		info, _ := src.Info(name)
		flat, err := src.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		for k := range flat {
			if i == 0 {
				flat[k] *= 2
			}
		}
		list = append(list, weights.FromFloat32(name, info.Shape, flat, weights.F32))
	}
	if err := weights.Write(path, list, nil); err != nil {
		t.Fatal(err)
	}
}

func newEncoderStage(t *testing.T, base *diffusion.Model, s EncoderSettings) *encoderStage {
	t.Helper()
	stage, err := NewEncoder(t.Context(), s, EncoderParts{Base: base}, data, unseen)
	if err != nil {
		t.Fatal(err)
	}
	return stage.(*encoderStage)
}

// An encoder is trained, stopped and resumed to the bit, and what is written opens
// with its base model and knows other subjects.
func TestEncoderStage(t *testing.T) {
	base, root := tinyBase(t), t.TempDir()
	at := func(name ...string) string { return filepath.Join(append([]string{root}, name...)...) }
	reported := 0
	make := func() (Stage, error) {
		parts := EncoderParts{Base: base(t), Features: at("features.safetensors"), Report: func(done, total int) {
			if reported = done; total != 24 {
				t.Errorf("%d of %d pairs are encoded", done, total)
			}
		}}
		return NewEncoder(t.Context(), tinyEncoder(), parts, data, unseen)
	}
	resumesAlike(t, make, at("whole"), at("cut"))
	if reported != 24 {
		t.Errorf("%d pairs were said to be encoded", reported)
	}
	if sheet, err := picture.Open(at("whole", "sheets", "encoder-0000003.png")); err != nil || sheet.Width < 2*128 {
		t.Errorf("the sheet is %v, %v", sheet, err)
	}
	log, err := os.ReadFile(at("whole", "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, figure := range []string{`"loss":`, `"contrastive":`, `"length":`, `"grad_norm":`, `"valid_own":`, `"valid_other":`} {
		if !bytes.Contains(log, []byte(figure)) {
			t.Errorf("the log has no %s:\n%s", figure, log)
		}
	}
	opensAndPredicts(t, base(t), at("whole", "model", encoder.Folder))
	t.Run("InitFrom", func(t *testing.T) { testEncoderInitFrom(t, base, at("whole", "model")) })
}

func opensAndPredicts(t *testing.T, base *diffusion.Model, dir string) {
	t.Helper()
	e, err := encoder.Open(t.Context(), base, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	bank, err := e.Bank()
	if err != nil || len(bank) != 4 {
		t.Fatalf("the bank has %d rows, %v", len(bank), err)
	}
	for i, row := range bank {
		if slices.Equal(row, make([]float32, len(row))) || i > 0 && slices.Equal(row, bank[0]) {
			t.Errorf("row %d of the bank is %v", i, row)
		}
	}
	sample, err := unseen.At(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := e.Predict(t.Context(), []*picture.Picture{sample.Pixels}, 1)
	if err != nil || len(subject.Token) != 8 || subject.Rank != 2 {
		t.Fatalf("it predicts %+v, %v", subject, err)
	}
	if !slices.ContainsFunc(subject.Pairs, func(v float32) bool { return v != 0 }) {
		t.Error("the pairs are 0")
	}
}

// A stage that starts from a folder has its weights and knows which they were; a
// folder of another network is refused by its keys.
func testEncoderInitFrom(t *testing.T, base func(*testing.T) *diffusion.Model, from string) {
	s := tinyEncoder()
	plain := newEncoderStage(t, base(t), s)
	s.InitFrom = from
	stage := newEncoderStage(t, base(t), s)
	_, folder, err := encoder.OpenModel(filepath.Join(from, encoder.Folder), model.NewStore(), "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []*nn.Weights{stage.weights, stage.trainer.averaged(encoder.Folder)} {
		sameWeights(t, w, folder, stage.model.Learned())
	}
	if a, b := stage.Fingerprint(), plain.Fingerprint(); !strings.HasPrefix(a, b) || len(a) < len(b)+64 {
		t.Errorf("the fingerprint is %q with init_from and %q without", a, b)
	}
	s.Encoder.Width = 12
	if _, err := NewEncoder(t.Context(), s, EncoderParts{Base: base(t)}, data, unseen); err == nil ||
		!strings.Contains(err.Error(), "init_from") || !strings.Contains(err.Error(), "width: the folder has 8, the settings 12") {
		t.Errorf("another width gave %v", err)
	}
	s.InitFrom = t.TempDir()
	if _, err := NewEncoder(t.Context(), s, EncoderParts{Base: base(t)}, data, unseen); err == nil || !strings.Contains(err.Error(), "init_from") {
		t.Errorf("an empty folder gave %v", err)
	}
}

// An encoder may start from one of another base model of the same shape, and is then
// its own base's.
func TestEncoderFromAnotherBase(t *testing.T) {
	one := tinyBase(t)(t)
	other := tinyBase(t, "unet/diffusion_pytorch_model.safetensors", "image_encoder/model.safetensors")
	s, dirs := tinyEncoder(), [2]string{t.TempDir(), t.TempDir()}
	if err := newEncoderStage(t, one, s).Export(t.Context(), dirs[0]); err != nil {
		t.Fatal(err)
	}
	opened := other(t)
	var refused *encoder.BaseError
	if _, err := encoder.Open(t.Context(), opened, encoder.In(dirs[0])); !errors.As(err, &refused) {
		t.Fatalf("the first base's encoder gave %v", err)
	}
	s.InitFrom = dirs[0]
	stage := newEncoderStage(t, opened, s)
	_, folder, err := encoder.OpenModel(encoder.In(dirs[0]), model.NewStore(), "x")
	if err != nil {
		t.Fatal(err)
	}
	sameWeights(t, stage.weights, folder, stage.model.Learned())
	run := &Run{Dir: dirs[1], Settings: &s.Settings}
	if err := run.Train(t.Context(), stage); err != nil {
		t.Fatal(err)
	}
	opensAndPredicts(t, other(t), filepath.Join(dirs[1], "model", encoder.Folder))
	written, err := encoder.ReadConfig(filepath.Join(dirs[1], "model", encoder.Folder))
	if err != nil {
		t.Fatal(err)
	}
	if hash, err := opened.BaseHash(t.Context()); err != nil || written.Base != hash || written.Vision != stage.config.Vision {
		t.Errorf("it is for base %s and CLIP %s, want %s and %s, %v", written.Base, written.Vision, hash, stage.config.Vision, err)
	}
	if before, err := encoder.ReadConfig(encoder.In(dirs[0])); err != nil || before.Base == written.Base || before.Vision == written.Vision {
		t.Errorf("the first was for base %s and CLIP %s, %v", before.Base, before.Vision, err)
	}
}

// A tower may be added to an encoder that has none; it changes nothing at first, and
// learns.
func TestEncoderGrowsATower(t *testing.T) {
	base := tinyBase(t)
	s, dir := tinyEncoder(), t.TempDir()
	plain := newEncoderStage(t, base(t), s)
	if err := plain.Export(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	s.InitFrom = dir
	again := firstLoss(t, newEncoderStage(t, base(t), s))
	s.Encoder.TowerWidth, s.Encoder.TowerBlocks = 4, 1
	stage := newEncoderStage(t, base(t), s)
	if first := firstLoss(t, stage); first != again {
		t.Errorf("the first loss is %g with a new tower, %g without", first, again)
	}
	for i := range 3 {
		if _, err := stage.Step(t.Context(), i+2); err != nil {
			t.Fatal(err)
		}
	}
	before := nn.NewWeights(model.NewStore(), "x")
	if err := before.Initialise(stage.model.Tower(), s.Seed); err != nil {
		t.Fatal(err)
	}
	for _, p := range stage.model.Tower() {
		if slices.Equal(weightsOf(t, before, p), weightsOf(t, stage.weights, p)) {
			t.Errorf("%s has not moved", p.Name)
		}
	}
	s.Encoder.Basis = 4
	if _, err := NewEncoder(t.Context(), s, EncoderParts{Base: base(t)}, data, unseen); err == nil || !strings.Contains(err.Error(), "basis") {
		t.Errorf("another basis gave %v", err)
	}
}

// Every weight of the encoder learns, none of the base model's, and what one batch
// says is learned. The average of the weights is written.
func TestEncoderLearns(t *testing.T) {
	s := tinyEncoder()
	s.WeightDecay, s.Steps, s.Schedule.Kind, s.Schedule.Base, s.Schedule.Warmup = 0, 40, "constant", 3e-3, 0
	base := tinyBase(t)(t)
	stage := newEncoderStage(t, base, s)
	before := map[string][]float32{}
	for _, p := range stage.model.Params {
		before[p.Name] = weightsOf(t, stage.weights, p)
	}
	frozen := [][]float32{weightsOf(t, base.TextWeights, base.Text.TokenTable()), weightsOf(t, base.UNetWeights, base.UNet.Params[0])}
	var first, last float64
	for i := range 40 {
		figures, err := stage.Step(t.Context(), 1) // the same pairs, noise and timesteps
		if err != nil {
			t.Fatal(err)
		}
		if last = figures[0].Value; i == 0 {
			first = last
		}
	}
	if !(last < 0.98*first) {
		t.Errorf("the loss goes from %g to %g", first, last)
	}
	for _, p := range stage.model.Params {
		if learns := p != stage.model.Bank(); slices.Equal(weightsOf(t, stage.weights, p), before[p.Name]) == learns {
			t.Errorf("%s learns: %t", p.Name, !learns)
		}
	}
	if !slices.Equal(frozen[0], weightsOf(t, base.TextWeights, base.Text.TokenTable())) || !slices.Equal(frozen[1], weightsOf(t, base.UNetWeights, base.UNet.Params[0])) {
		t.Error("the base model learns")
	}
	dir := t.TempDir()
	if err := stage.Export(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	_, written, err := encoder.OpenModel(encoder.In(dir), model.NewStore(), "x")
	if err != nil {
		t.Fatal(err)
	}
	start := stage.model.TokenStart()
	golden.Close(t, "the average", weightsOf(t, written, start), weightsOf(t, stage.trainer.averaged(encoder.Folder), start), 1e-3, true)
	if live := weightsOf(t, stage.weights, start); slices.Equal(live, weightsOf(t, stage.trainer.averaged(encoder.Folder), start)) {
		t.Error("the average is the last step's")
	}
}

// An untrained encoder predicts around the mean of the real words.
func TestEncoderStartsAmongWords(t *testing.T) {
	base := tinyBase(t)(t)
	stage := newEncoderStage(t, base, tinyEncoder())
	table, words := weightsOf(t, base.TextWeights, base.Text.TokenTable()), base.Tokenizer.Words()
	mean := make([]float32, 8)
	for _, id := range words {
		for i := range mean {
			mean[i] += table[8*id+i] / float32(len(words))
		}
	}
	golden.Close(t, "the token's start", weightsOf(t, stage.weights, stage.model.TokenStart()), mean, 1e-5, true)
	// The text encoder's table begins with a deviation of 0.02.
	if scale := weightsOf(t, stage.weights, stage.model.TokenScale())[0]; scale < 0.015 || scale > 0.025 {
		t.Errorf("the token's scale is %g, words deviate by 0.02", scale)
	}
}

func weightsOf(t *testing.T, w *nn.Weights, p *nn.Param) []float32 {
	t.Helper()
	flat, err := w.Float32(p)
	if err != nil {
		t.Fatal(err)
	}
	return flat
}

// Each choice makes another encoder, which trains, is looked at and opens.
func TestEncoderChoices(t *testing.T) {
	base := tinyBase(t)
	plain := newEncoderStage(t, base(t), tinyEncoder())
	loss := firstLoss(t, plain)
	for name, c := range map[string]struct {
		change func(s *EncoderSettings)
		has    func(c encoder.Config) bool
		alike  bool // the first loss is that of the plain one
	}{
		"single view": {func(s *EncoderSettings) { s.CrossView = false }, func(c encoder.Config) bool { return c.Rank == 2 }, false},
		"no vision":   {func(s *EncoderSettings) { s.UseVision = false }, func(c encoder.Config) bool { return c.VisionWidth == 0 && c.Vision == "" && c.UNetWidth == 16 }, false},
		"no UNet": {func(s *EncoderSettings) { s.UseUNet = false }, func(c encoder.Config) bool {
			return c.UNetWidth == 0 && c.FeatureTimesteps == nil && c.VisionWidth == 6
		}, false},
		"rank 0":    {func(s *EncoderSettings) { s.Encoder.Rank = 0 }, func(c encoder.Config) bool { return c.Rank == 0 && len(c.Layers) == 0 }, true},
		"two paths": {func(s *EncoderSettings) { s.Alpha = 0.5 }, func(c encoder.Config) bool { return c.Alpha == 0.5 }, false},
		"tower": {func(s *EncoderSettings) { s.Encoder.TowerWidth, s.Encoder.TowerBlocks = 4, 1 }, func(c encoder.Config) bool {
			return c.TowerBlocks == 1 && c.Version == 2 && len(c.LatentsShape) == 3
		}, false},
		"no bank":    {func(s *EncoderSettings) { s.Encoder.Bank = 0 }, func(c encoder.Config) bool { return c.Bank == 0 }, true},
		"no average": {func(s *EncoderSettings) { s.EMADecay, s.Optimizer = 0, muon }, func(c encoder.Config) bool { return c.Bank == 4 }, true},
		"alone":      {func(s *EncoderSettings) { s.BatchSize = 1 }, func(c encoder.Config) bool { return c.Rank == 2 }, false},
		"weighed":    {func(s *EncoderSettings) { s.MinSNRGamma = 1e-3 }, func(c encoder.Config) bool { return c.Alpha == 1 }, false},
		"no regularisers": {func(s *EncoderSettings) { s.ContrastiveWeight, s.LengthWeight = 0, 0 },
			func(c encoder.Config) bool { return c.Alpha == 1 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := tinyEncoder()
			c.change(&s)
			opened := base(t)
			stage := newEncoderStage(t, opened, s)
			if got := firstLoss(t, stage); (got == loss) != c.alike {
				t.Errorf("the first loss is %g, the plain encoder's %g", got, loss)
			}
			figures, err := stage.Probe(t.Context())
			if err != nil || len(figures) != 2 || !(figures[0].Value > 0 && figures[1].Value > 0) || figures[0].Value == figures[1].Value {
				t.Errorf("it is found to have %v, %v", figures, err)
			}
			dir := t.TempDir()
			if err := stage.Sheet(t.Context(), filepath.Join(dir, "sheet.png")); err != nil {
				t.Error(err)
			}
			if err := stage.Export(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			e, err := encoder.Open(t.Context(), opened, encoder.In(dir))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if !c.has(e.Model.Config) {
				t.Errorf("the config is %+v", e.Model.Config)
			}
		})
	}
}

func firstLoss(t *testing.T, s *encoderStage) float64 {
	t.Helper()
	figures, err := s.Step(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return figures[0].Value
}

// What a model does not have is said by the settings' key.
func TestNewEncoderRefuses(t *testing.T) {
	base := tinymodel.Open(t, enginetest.Go(t), false)
	_, err := NewEncoder(t.Context(), tinyEncoder(), EncoderParts{Base: base}, data, unseen)
	var none *encoder.NoVisionError
	if !errors.As(err, &none) || !strings.Contains(err.Error(), "use_vision") {
		t.Errorf("a model without CLIP gave %v", err)
	}
	s := tinyEncoder()
	s.UseVision, s.Neighbours = false, 1<<20
	if _, err := NewEncoder(t.Context(), s, EncoderParts{Base: base}, data, unseen); err == nil || !strings.Contains(err.Error(), "contrastive_neighbours") {
		t.Errorf("more neighbours than words gave %v", err)
	}
	s.Neighbours, s.Alpha = 1, 0
	if _, err := NewEncoder(t.Context(), s, EncoderParts{Base: base}, data, unseen); err == nil || !strings.Contains(err.Error(), "alpha") {
		t.Errorf("alpha 0 gave %v", err)
	}
}

// Values out of range are refused by their key.
func TestEncoderSettingsRefuse(t *testing.T) {
	for key, change := range map[string]func(s *EncoderSettings){
		"use_vision and use_unet":            func(s *EncoderSettings) { s.UseVision, s.UseUNet = false, false },
		"encoder: feature_timesteps":         func(s *EncoderSettings) { s.Encoder.FeatureTimesteps = nil },
		"contrastive_weight":                 func(s *EncoderSettings) { s.ContrastiveWeight = -1 },
		"length_weight":                      func(s *EncoderSettings) { s.LengthWeight = -1 },
		"contrastive_neighbours":             func(s *EncoderSettings) { s.Neighbours = 0 },
		"contrastive_temperature":            func(s *EncoderSettings) { s.Temperature = 0 },
		"alpha: 0 ":                          func(s *EncoderSettings) { s.Alpha = 0 },
		"alpha: 1.5 ":                        func(s *EncoderSettings) { s.Alpha = 1.5 },
		"cached_pairs":                       func(s *EncoderSettings) { s.CachedPairs = s.BatchSize - 1 },
		"timestep_shift":                     func(s *EncoderSettings) { s.TimestepShift = 0 },
		"min_snr_gamma":                      func(s *EncoderSettings) { s.MinSNRGamma = -1 },
		"sheet_steps":                        func(s *EncoderSettings) { s.SheetSteps = 0 },
		"encoder: width":                     func(s *EncoderSettings) { s.Encoder.Width = 0 },
		"encoder: basis":                     func(s *EncoderSettings) { s.Encoder.Basis = 1 },
		"encoder: feature_timesteps: -3 is ": func(s *EncoderSettings) { s.Encoder.FeatureTimesteps = []int{-3} },
		"batch_size":                         func(s *EncoderSettings) { s.BatchSize = 0 },
		"ema_decay":                          func(s *EncoderSettings) { s.EMADecay = 1 },
	} {
		s := DefaultEncoderSettings()
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s gave %v", key, err)
		}
	}
	s := DefaultEncoderSettings()
	if err := s.Validate(); err != nil {
		t.Errorf("the default settings: %v", err)
	}
	s.UseUNet, s.Encoder.FeatureTimesteps, s.Prompts, s.SheetSteps = false, nil, nil, 0
	if err := s.Validate(); err != nil {
		t.Errorf("without UNet and sheets: %v", err)
	}
}

func TestReadEncoderSettings(t *testing.T) {
	s := DefaultEncoderSettings()
	text := "steps: 7\nencoder: {width: 64, feature_timesteps: [1, 2]}\nuse_vision: false\nalpha: 0.5\ncross_view: false\ncached_pairs: 99\nprompts: [\"{} on grass\"]\n"
	if err := ReadSettings(yamlFile(t, text), &s); err != nil {
		t.Fatal(err)
	}
	want := DefaultEncoderSettings()
	want.Steps, want.Encoder.Width, want.Encoder.FeatureTimesteps, want.UseVision, want.Alpha = 7, 64, []int{1, 2}, false, 0.5
	want.CrossView, want.CachedPairs, want.Prompts = false, 99, []string{"{} on grass"}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
}
