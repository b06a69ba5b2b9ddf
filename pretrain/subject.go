package pretrain

import (
	"context"
	"fmt"
	"hash/fnv"
	"image"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/dino"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
)

// SubjectSettings are the settings file of `train subject`.
type SubjectSettings struct {
	Settings `yaml:",inline"`
	Tower    SubjectTower `yaml:"tower" json:"tower"`
	// Temperature divides the cosines of pictures; small values tell apart what is
	// alike.
	Temperature float64 `yaml:"temperature" json:"temperature"`
}

// SubjectTower is the size of a vision transformer.
type SubjectTower struct {
	ImageSize int `yaml:"image_size" json:"image_size"`
	PatchSize int `yaml:"patch_size" json:"patch_size"`
	Width     int `yaml:"width" json:"width"`
	Layers    int `yaml:"layers" json:"layers"`
	Heads     int `yaml:"heads" json:"heads"`
}

// DefaultSubjectSettings are a sound start.
func DefaultSubjectSettings() SubjectSettings {
	return SubjectSettings{Settings: DefaultSettings(), Tower: SubjectTower{128, 16, 160, 4, 4}, Temperature: 0.1}
}

const subjectComponent = "subject"

type subjectStage struct {
	settings SubjectSettings
	model    *dino.Model
	feed     *feed
	ahead    ahead
	valid    dataset.Dataset
	trainer  *trainer
	look     *model.Exec // cosines of every first with every second picture
	raw      string
}

// Validate reports what is wrong, by the key that a user sets. The tower's sizes
// are checked when it is built.
func (s *SubjectSettings) Validate() error {
	if !(s.Temperature > 0 && s.Temperature <= 1) {
		return fmt.Errorf("temperature: %g is not above 0 and at most 1", s.Temperature)
	}
	return s.Settings.Validate()
}

// NewSubject prepares the training of a picture tower whose class token says which
// subject a picture shows, wherever it stands: two pictures of one subject are to
// be nearer to each other than to the others of the batch (NT-Xent of Chen et al.,
// arXiv 2002.05709, equation 1, between first and second pictures). It reads no
// text. What it learns is written as a ViT that package dino opens.
func NewSubject(backend compute.Backend, s SubjectSettings, data, valid dataset.Views) (Stage, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	raw, err := describe(s, s.startFolders(subjectComponent)...)
	if err != nil {
		return nil, err
	}
	st := &subjectStage{settings: s, valid: stacked{valid}, raw: raw, feed: newFeed(stacked{data}, s.Seed, s.BatchSize)}
	st.ahead.prepare = st.arguments
	return st, st.build(backend)
}

// start declares the tower and gives its weights the values to begin with.
func (s *SubjectSettings) start() (*dino.Model, *nn.Weights, error) {
	store := model.NewStore()
	if s.InitFrom == "" {
		m, err := dino.New(s.config())
		if err != nil {
			return nil, nil, err
		}
		w := nn.NewWeights(store, subjectComponent)
		return m, w, w.Initialise(m.Params, s.Seed)
	}
	dir := filepath.Join(s.InitFrom, subjectComponent)
	m, w, err := dino.Open(dir, store, subjectComponent)
	if err != nil {
		return nil, nil, fmt.Errorf("settings key init_from: %w", err)
	}
	return m, w, sameConfig(dir, m.Config, s.config())
}

func (s *SubjectSettings) config() dino.Config {
	c, t := dino.DefaultConfig(dino.TypeViT), s.Tower
	c.ImageSize, c.PatchSize, c.HiddenSize = t.ImageSize, t.PatchSize, t.Width
	c.IntermediateSize, c.NumHiddenLayers, c.NumAttentionHeads = 4*t.Width, t.Layers, t.Heads
	return c
}

func (s *subjectStage) build(backend compute.Backend) error {
	m, w, err := s.settings.start()
	if err != nil {
		return err
	}
	s.model = m
	s.trainer, err = newTrainer(backend, &s.settings.Settings, []learned{{w, m.Params}}, func(in []*Node) []*Node {
		cosines := s.cosines(nn.NewPass(w, nn.Options{Gradients: nn.AllGradients}), in[0])
		return s.objective(cosines, in[1])
	})
	if err != nil {
		return err
	}
	averaged := s.trainer.averaged(subjectComponent)
	s.look, err = model.NewExec(backend, s.trainer.store, func(_ *model.Scope, pictures *Node) *Node {
		return s.cosines(nn.NewPass(averaged, nn.Options{}), pictures)
	})
	if err != nil {
		return fmt.Errorf("prepare retrieval: %w", err)
	}
	return nil
}

// cosines compares first pictures with second ones, which stand below them:
// [batch, 2*side, side, 3] to [batch, batch].
func (s *subjectStage) cosines(p *nn.Pass, pictures *Node) *Node {
	n, height := pictures.Shape().Dim(0), pictures.Shape().Dim(1)
	first := SliceAxis(pictures, 1, AxisRange(0, height/2))
	second := SliceAxis(pictures, 1, AxisRange(height/2, height))
	class := clip.Normalize(s.model.Forward(p, Concatenate([]*Node{first, second}, 0)).CLS)
	return Dot(SliceAxis(class, 0, AxisRange(0, n)), Transpose(SliceAxis(class, 0, AxisRange(n, 2*n)), 0, 1)).Product()
}

// objective is the symmetric cross-entropy of [NewSubject]: [loss, accuracy].
// subjects [batch] are numbers of the subjects; one that is in a batch twice is no
// counter-example of itself.
func (s *subjectStage) objective(cosines, subjects *Node) []*Node {
	n := cosines.Shape().Dim(0)
	g := cosines.Graph()
	own := Diagonal(g, n)
	same := Equal(InsertAxes(subjects, 0), InsertAxes(subjects, 1))
	twice := LogicalAnd(same, LogicalNot(ConvertDType(own, dtypes.Bool)))
	logits := Where(twice, BroadcastToShape(Scalar(g, dtypes.Float32, -1e4), cosines.Shape()), MulScalar(cosines, 1/s.settings.Temperature))
	return contrastLogits(logits, Transpose(logits, 0, 1))
}

func (s *subjectStage) Name() string             { return subjectComponent }
func (s *subjectStage) Fingerprint() string      { return s.raw }
func (s *subjectStage) SetSteps(n int)           { s.trainer.setSteps(n) }
func (s *subjectStage) State() []*model.Variable { return s.trainer.state() }
func (s *subjectStage) Work() Work               { return s.trainer.work }

// arguments are a step's pictures and the numbers of their subjects.
func (s *subjectStage) arguments(ctx context.Context, step int) ([]*tensors.Tensor, error) {
	samples, err := s.feed.batch(ctx, step)
	if err != nil {
		return nil, err
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		return nil, err
	}
	numbers := make([]int32, len(samples))
	for i, sample := range samples {
		h := fnv.New32a()
		h.Write([]byte(sample.Key))
		numbers[i] = int32(h.Sum32())
	}
	return []*tensors.Tensor{pictures, tensors.FromFlatDataAndDimensions(numbers, len(numbers))}, nil
}

func (s *subjectStage) Step(ctx context.Context, step int) (Figures, error) {
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

// Sheet shows unseen subjects, each first picture above the nearest of the second.
func (s *subjectStage) Sheet(ctx context.Context, path string) error {
	const n = 32
	samples, err := draw(ctx, s.valid, n)
	if err != nil {
		return err
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		return err
	}
	results, err := s.look.Call(pictures)
	if err != nil {
		return fmt.Errorf("compare pictures: %w", err)
	}
	cosines := tensors.MustCopyFlatData[float32](results[0])
	sheet := picture.Sheet{Title: "Subjects: unseen pictures, each above the one that is found nearest", Wrap: 8}
	var cells []picture.Cell
	right := 0
	for i, sample := range samples {
		best := largest(cosines[i*n : (i+1)*n])
		if samples[best].Key == sample.Key {
			right++
		}
		half := sample.Pixels.Width
		pair := picture.New(half, 2*half)
		pair.Paste(sample.Pixels.Crop(image.Rect(0, 0, half, half)), 0, 0)
		pair.Paste(samples[best].Pixels.Crop(image.Rect(0, half, half, 2*half)), 0, half)
		cells = append(cells, picture.Cell{Picture: pair, Caption: fmt.Sprintf("%.2f", cosines[i*n+best])})
	}
	sheet.Note = fmt.Sprintf("%d of %d right", right, n)
	sheet.Rows = []picture.Row{{Cells: cells}}
	drawn, err := sheet.Draw()
	if err != nil {
		return fmt.Errorf("draw sheet: %w", err)
	}
	return picture.WriteFile(path, drawn, nil)
}

// Export writes subject/, a ViTModel without its pooler.
func (s *subjectStage) Export(_ context.Context, dir string) error {
	dir = filepath.Join(dir, subjectComponent)
	w := s.trainer.averaged(subjectComponent)
	if err := exportComponent(dir, transformersFile, s.model.Config.File(), w, s.model.Params); err != nil {
		return err
	}
	return exportPreprocess(dir, s.settings.Tower.ImageSize)
}

// stacked is a data set of pairs: the first picture above the second.
type stacked struct{ dataset.Views }

func (d stacked) At(ctx context.Context, index int, seed uint64) (dataset.Sample, error) {
	seen, drawn, err := d.Views.Views(ctx, index, seed)
	if err != nil {
		return dataset.Sample{}, err
	}
	side := seen.Pixels.Height
	if drawn.Pixels.Height != side || drawn.Pixels.Width != seen.Pixels.Width {
		return dataset.Sample{}, fmt.Errorf("the two pictures of %s have different sizes", seen.Key)
	}
	pair := picture.New(seen.Pixels.Width, 2*side)
	pair.Paste(seen.Pixels, 0, 0)
	pair.Paste(drawn.Pixels, 0, side)
	return dataset.Sample{Key: seen.Key, Pixels: pair, Meta: seen.Meta}, nil
}
