package pretrain

import (
	"context"
	"fmt"
	"iter"
	"math"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
)

// CLIPSettings are the settings file of `train clip`.
type CLIPSettings struct {
	Settings `yaml:",inline"`
	Towers   Towers `yaml:"towers" json:"towers"`
	// VocabSize is the number of tokens of the vocabulary that is learned from
	// VocabCaptions captions; MaxLength is the longest prompt in tokens.
	VocabSize     int `yaml:"vocab_size" json:"vocab_size"`
	VocabCaptions int `yaml:"vocab_captions" json:"vocab_captions"`
	MaxLength     int `yaml:"model_max_length" json:"model_max_length"`
}

// Towers are the sizes of the two transformers.
type Towers struct {
	ImageSize    int `yaml:"image_size" json:"image_size"`
	PatchSize    int `yaml:"patch_size" json:"patch_size"`
	VisionWidth  int `yaml:"vision_width" json:"vision_width"`
	VisionLayers int `yaml:"vision_layers" json:"vision_layers"`
	VisionHeads  int `yaml:"vision_heads" json:"vision_heads"`
	TextWidth    int `yaml:"text_width" json:"text_width"`
	TextLayers   int `yaml:"text_layers" json:"text_layers"`
	TextHeads    int `yaml:"text_heads" json:"text_heads"`
	Projection   int `yaml:"projection_dim" json:"projection_dim"`
}

// DefaultCLIPSettings are a sound start.
func DefaultCLIPSettings() CLIPSettings {
	return CLIPSettings{
		Settings: DefaultSettings(), VocabSize: 6000, VocabCaptions: 60000, MaxLength: 40,
		Towers: Towers{128, 16, 192, 4, 3, 192, 4, 3, 128},
	}
}

const clipComponent = "clip"

type clipStage struct {
	settings  CLIPSettings
	model     *clip.Model
	tokenizer *tokenizer.Tokenizer
	feed      *feed
	ahead     ahead
	valid     dataset.Dataset
	trainer   *trainer
	look      *model.Exec // cosines of pictures and texts
	raw       string
}

// Captioned is a data set that can tell what its captions look like.
type Captioned interface {
	dataset.Dataset
	Captions(seed uint64, n int) iter.Seq[string]
}

// Validate reports what is wrong, by the key that a user sets. Sizes of the
// towers are checked when they are built.
func (s *CLIPSettings) Validate() error {
	if s.VocabCaptions < 1 {
		return fmt.Errorf("vocab_captions: %d is not positive", s.VocabCaptions)
	}
	if s.MaxLength < 3 {
		return fmt.Errorf("model_max_length: %d has no room for a word between start and end", s.MaxLength)
	}
	return s.Settings.Validate()
}

// NewCLIP prepares the contrastive training (Radford et al., arXiv 2103.00020)
// of a text and a picture tower. Its vocabulary is learned from the data's own
// captions first, or is that of init_from.
func NewCLIP(ctx context.Context, backend compute.Backend, s CLIPSettings, data Captioned, valid dataset.Dataset) (Stage, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	raw, err := describe(s, s.startFolders(clipComponent, "tokenizer")...)
	if err != nil {
		return nil, err
	}
	st := &clipStage{settings: s, valid: valid, raw: raw, feed: newFeed(data, s.Seed, s.BatchSize)}
	st.ahead.prepare = st.arguments
	if st.tokenizer, err = s.vocabulary(ctx, data); err != nil {
		return nil, err
	}
	return st, st.build(backend)
}

// vocabulary is the tokenizer of init_from, to whose ids its weights belong, or
// one that is learned from captions.
func (s *CLIPSettings) vocabulary(ctx context.Context, data Captioned) (*tokenizer.Tokenizer, error) {
	if s.InitFrom != "" {
		t, err := tokenizer.Open(filepath.Join(s.InitFrom, tokenizerFolder))
		if err != nil {
			return nil, fmt.Errorf("settings key init_from: %w", err)
		}
		return t, nil
	}
	t, err := tokenizer.Train(ctx, data.Captions(s.Seed, s.VocabCaptions), tokenizer.TrainOptions{
		Size: s.VocabSize, MinCount: 4, MaxLength: s.MaxLength,
	})
	if err != nil {
		return nil, fmt.Errorf("learn the vocabulary: %w", err)
	}
	return t, nil
}

// start declares the model and gives its weights the values to begin with.
func (s *clipStage) start() (*clip.Model, *nn.Weights, error) {
	store := model.NewStore()
	if s.settings.InitFrom == "" {
		m, err := clip.New(s.config())
		if err != nil {
			return nil, nil, err
		}
		w := nn.NewWeights(store, clipComponent)
		return m, w, m.Initialise(w, s.settings.Seed)
	}
	dir := filepath.Join(s.settings.InitFrom, clipComponent)
	m, w, err := clip.Open(dir, store, clipComponent)
	if err != nil {
		return nil, nil, fmt.Errorf("settings key init_from: %w", err)
	}
	return m, w, sameConfig(dir, m.Config.File(), s.config().File())
}

func (s *clipStage) build(backend compute.Backend) error {
	m, w, err := s.start()
	if err != nil {
		return err
	}
	s.model = m
	s.trainer, err = newTrainer(backend, &s.settings.Settings, []learned{{w, m.Params}}, func(in []*Node) []*Node {
		return contrast(m.Forward(nn.NewPass(w, nn.Options{Gradients: nn.AllGradients}), in[1], in[0], clip.TextOptions{}))
	})
	if err != nil {
		return err
	}
	averaged := s.trainer.averaged(clipComponent)
	s.look, err = model.NewExec(backend, s.trainer.store, func(_ *model.Scope, pictures, ids *Node) *Node {
		return m.Forward(nn.NewPass(averaged, nn.Options{}), ids, pictures, clip.TextOptions{}).LogitsPerImage
	})
	if err != nil {
		return fmt.Errorf("prepare retrieval: %w", err)
	}
	return nil
}

// config fits the settings' towers to the vocabulary that was learned.
func (s *clipStage) config() clip.Config {
	c := clip.DefaultConfig()
	t := s.settings.Towers
	c.ProjectionDim, c.LogitScaleInit = t.Projection, math.Log(10)
	c.Text.VocabSize, c.Text.MaxPositionEmbeddings = s.tokenizer.VocabSize(), s.tokenizer.MaxLength()
	c.Text.EOSTokenID = c.Text.VocabSize - 1
	c.Text.HiddenSize, c.Text.IntermediateSize = t.TextWidth, 4*t.TextWidth
	c.Text.NumHiddenLayers, c.Text.NumAttentionHeads = t.TextLayers, t.TextHeads
	c.Vision.HiddenSize, c.Vision.IntermediateSize = t.VisionWidth, 4*t.VisionWidth
	c.Vision.NumHiddenLayers, c.Vision.NumAttentionHeads = t.VisionLayers, t.VisionHeads
	c.Vision.ImageSize, c.Vision.PatchSize = t.ImageSize, t.PatchSize
	c.Text.ProjectionDim, c.Vision.ProjectionDim = t.Projection, t.Projection
	return c
}

// contrast is the symmetric cross-entropy of matching pairs: [loss, accuracy].
func contrast(o clip.Output) []*Node { return contrastLogits(o.LogitsPerImage, o.LogitsPerText) }

// contrastLogits is the mean cross-entropy of rows [n, n] in which the diagonal is
// right, of both directions, and how often the diagonal of the first is largest.
func contrastLogits(rows, columns *Node) []*Node {
	n := rows.Shape().Dim(0)
	g := rows.Graph()
	own := ConvertDType(Diagonal(g, n), dtypes.Float32)
	entropy := func(logits *Node) *Node {
		return Neg(MulScalar(ReduceAllSum(Mul(own, LogSoftmax(logits, -1))), 1/float64(n)))
	}
	loss := MulScalar(Add(entropy(rows), entropy(columns)), 0.5)
	want := Iota(g, shapes.Make(dtypes.Int32, n), 0)
	hit := Equal(ArgMax(rows, -1, dtypes.Int32), want)
	return []*Node{loss, ReduceAllMean(ConvertDType(hit, dtypes.Float32))}
}

func (s *clipStage) Name() string             { return "clip" }
func (s *clipStage) Fingerprint() string      { return s.raw }
func (s *clipStage) SetSteps(n int)           { s.trainer.setSteps(n) }
func (s *clipStage) State() []*model.Variable { return s.trainer.state() }
func (s *clipStage) Work() Work               { return s.trainer.work }

// arguments are a step's pictures and the ids of their captions.
func (s *clipStage) arguments(ctx context.Context, step int) ([]*tensors.Tensor, error) {
	samples, err := s.feed.batch(ctx, step)
	if err != nil {
		return nil, err
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		return nil, err
	}
	return []*tensors.Tensor{pictures, idTensor(s.tokenizer, captionsOf(samples))}, nil
}

func (s *clipStage) Step(ctx context.Context, step int) (Figures, error) {
	args, err := s.ahead.take(ctx, step)
	if err != nil {
		return nil, err
	}
	f, err := s.trainer.step(step, args...)
	if err != nil {
		return nil, err
	}
	return Figures{{"loss", f[1]}, {"accuracy", f[2]}, {"grad_norm", f[0]}}, nil
}

func captionsOf(samples []dataset.Sample) []string {
	return dataset.Batch{Samples: samples}.Captions()
}

// idTensor encodes texts as [texts, MaxLength] int32.
func idTensor(t *tokenizer.Tokenizer, texts []string) *tensors.Tensor {
	var ids []int32
	for _, text := range texts {
		ids = append(ids, t.Batch(text).IDs...)
	}
	return tensors.FromFlatDataAndDimensions(ids, len(texts), t.MaxLength())
}

// Sheet shows unseen pictures, each with the nearest of their captions.
func (s *clipStage) Sheet(ctx context.Context, path string) error {
	const n = 32
	samples, err := draw(ctx, s.valid, n)
	if err != nil {
		return err
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		return err
	}
	texts := captionsOf(samples)
	results, err := s.look.Call(pictures, idTensor(s.tokenizer, texts))
	if err != nil {
		return fmt.Errorf("compare pictures and captions: %w", err)
	}
	logits := tensors.MustCopyFlatData[float32](results[0])
	sheet := picture.Sheet{Title: "CLIP: unseen pictures and the nearest of their captions", Wrap: 8}
	var cells []picture.Cell
	right := 0
	for i, sample := range samples {
		best := largest(logits[i*n : (i+1)*n])
		if texts[best] == texts[i] {
			right++
		}
		cells = append(cells, picture.Cell{Picture: sample.Pixels, Caption: texts[best]})
	}
	sheet.Note = fmt.Sprintf("%d of %d right", right, n)
	sheet.Rows = []picture.Row{{Cells: cells}}
	drawn, err := sheet.Draw()
	if err != nil {
		return fmt.Errorf("draw sheet: %w", err)
	}
	return picture.WriteFile(path, drawn, nil)
}

func largest(values []float32) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// Export writes clip/ (both towers, for scores), text_encoder/ (the text tower
// alone, for the diffusion model) and tokenizer/.
func (s *clipStage) Export(_ context.Context, dir string) error {
	w := s.trainer.averaged(clipComponent)
	if err := exportComponent(filepath.Join(dir, clipComponent), transformersFile, s.model.Config.File(), w, s.model.Params); err != nil {
		return err
	}
	if err := exportPreprocess(filepath.Join(dir, clipComponent), s.settings.Towers.ImageSize); err != nil {
		return err
	}
	// Stable Diffusion reads the states, not the pooled and projected text.
	text := s.model.Config.Text
	text.Projection = false
	var tower []*nn.Param
	for _, p := range s.model.Text.Params {
		if p.Name != "text_projection.weight" {
			tower = append(tower, p)
		}
	}
	if err := exportComponent(filepath.Join(dir, textComponent), transformersFile, text.File(), w, tower); err != nil {
		return err
	}
	return s.tokenizer.Save(filepath.Join(dir, tokenizerFolder))
}
