package pretrain

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/vae"
)

// VAESettings are the settings file of `train vae`.
type VAESettings struct {
	Settings `yaml:",inline"`
	Model    ModelConfig `yaml:"model" json:"model"`
	// GradientWeight weighs the error of differences between neighbouring
	// pixels, at three scales, against the error of pixels: it keeps edges.
	GradientWeight float64 `yaml:"gradient_weight" json:"gradient_weight"`
	// KLWeight weighs the latents' divergence from a unit normal, a value.
	KLWeight float64 `yaml:"kl_weight" json:"kl_weight"`
}

// DefaultVAESettings are a sound start.
func DefaultVAESettings() VAESettings {
	return VAESettings{Settings: DefaultSettings(), GradientWeight: 1, KLWeight: 1e-4}
}

// vaeComponent is the path element of the autoencoder's variables.
const vaeComponent = "vae"

type vaeStage struct {
	settings VAESettings
	model    *vae.Model
	feed     *feed
	ahead    ahead
	backend  compute.Backend
	trainer  *trainer
	look     *model.Exec // reconstructs with the averaged weights
	valid    dataset.Dataset
	raw      string // fingerprint
}

// Validate reports what is wrong, by the key that a user sets.
func (s *VAESettings) Validate() error {
	if !(s.GradientWeight >= 0 && s.KLWeight >= 0) {
		return fmt.Errorf("gradient_weight and kl_weight must not be negative, found %g and %g", s.GradientWeight, s.KLWeight)
	}
	return s.Settings.Validate()
}

// NewVAE prepares the training of an autoencoder on the pictures of data, each
// of the same size; valid is looked at but never trained on.
func NewVAE(backend compute.Backend, s VAESettings, data, valid dataset.Dataset) (Stage, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	raw, err := describe(s, s.startFolders(vaeComponent)...)
	if err != nil {
		return nil, err
	}
	m, w, err := s.start()
	if err != nil {
		return nil, err
	}
	st := &vaeStage{settings: s, model: m, backend: backend, valid: valid, raw: raw}
	st.feed = newFeed(data, s.Seed, s.BatchSize)
	st.ahead.prepare = st.arguments
	st.trainer, err = newTrainer(backend, &st.settings.Settings, []learned{{w, m.Params}}, func(in []*Node) []*Node {
		return st.objective(nn.NewPass(w, nn.Options{Gradients: nn.AllGradients}), in[0], in[1])
	})
	if err != nil {
		return nil, err
	}
	st.look, err = st.newLook()
	return st, err
}

// start declares the model and gives its weights the values to begin with.
func (s *VAESettings) start() (*vae.Model, *nn.Weights, error) {
	config := vae.DefaultConfig()
	if err := s.Model.Into(&config); err != nil {
		return nil, nil, err
	}
	store := model.NewStore()
	if s.InitFrom == "" {
		m, err := vae.New(config)
		if err != nil {
			return nil, nil, err
		}
		w := nn.NewWeights(store, vaeComponent)
		return m, w, initialise(m, w, s.Seed)
	}
	dir := filepath.Join(s.InitFrom, vaeComponent)
	m, w, err := vae.Open(dir, store, vaeComponent)
	if err != nil {
		return nil, nil, fmt.Errorf("settings key init_from: %w", err)
	}
	config.ScalingFactor = m.Config.ScalingFactor // measured anew when training ends
	return m, w, sameConfig(dir, m.Config, config)
}

// objective is |x - x'| + g |dx - dx'| + k KL: [loss, l1, kl] scalars.
func (s *vaeStage) objective(p *nn.Pass, pictures, noise *Node) []*Node {
	q := s.model.Encode(p, pictures)
	decoded := s.model.Decode(p, q.Sample(noise))
	l1 := ReduceAllMean(Abs(Sub(decoded, pictures)))
	kl := MulScalar(ReduceAllMean(q.KL()), 1/float64(q.Mean.Shape().Size()/q.Mean.Shape().Dim(0)))
	total := Add(l1, MulScalar(gradientError(decoded, pictures, 3), s.settings.GradientWeight))
	return []*Node{Add(total, MulScalar(kl, s.settings.KLWeight)), l1, kl}
}

// gradientError is the mean absolute error of differences between neighbouring
// pixels, at this scale and at halved ones, as many as the size allows.
func gradientError(a, b *Node, scales int) *Node {
	var sum *Node
	diff := Sub(a, b)
	for range scales {
		h, w := diff.Shape().Dim(1), diff.Shape().Dim(2)
		dy := Sub(SliceAxis(diff, 1, AxisRange(1, h)), SliceAxis(diff, 1, AxisRange(0, h-1)))
		dx := Sub(SliceAxis(diff, 2, AxisRange(1, w)), SliceAxis(diff, 2, AxisRange(0, w-1)))
		e := Add(ReduceAllMean(Abs(dy)), ReduceAllMean(Abs(dx)))
		if sum == nil {
			sum = e
		} else {
			sum = Add(sum, e)
		}
		if h%2 != 0 || w%2 != 0 || min(h, w) < 4 {
			break
		}
		diff = halve(diff)
	}
	return sum
}

// halve averages 2x2 pixels.
func halve(x *Node) *Node {
	d := x.Shape().Dimensions
	return ReduceMean(Reshape(x, d[0], d[1]/2, 2, d[2]/2, 2, d[3]), 2, 4)
}

// newLook returns reconstructions and latents of pictures.
func (s *vaeStage) newLook() (*model.Exec, error) {
	w := s.trainer.averaged(vaeComponent)
	exec, err := model.NewExec(s.backend, s.trainer.store, func(_ *model.Scope, pictures *Node) (*Node, *Node) {
		p := nn.NewPass(w, nn.Options{})
		mean := s.model.Encode(p, pictures).Mean
		return s.model.Decode(p, mean), mean
	})
	if err != nil {
		return nil, fmt.Errorf("prepare reconstruction: %w", err)
	}
	return exec, nil
}

func (s *vaeStage) Name() string             { return "vae" }
func (s *vaeStage) Fingerprint() string      { return s.raw }
func (s *vaeStage) SetSteps(n int)           { s.trainer.setSteps(n) }
func (s *vaeStage) State() []*model.Variable { return s.trainer.state() }
func (s *vaeStage) Work() Work               { return s.trainer.work }

// arguments are a step's pictures and noise.
func (s *vaeStage) arguments(ctx context.Context, step int) ([]*tensors.Tensor, error) {
	samples, err := s.feed.batch(ctx, step)
	if err != nil {
		return nil, err
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		return nil, err
	}
	return []*tensors.Tensor{pictures, normalTensor(s.settings.Seed, step, s.latentShape(pictures)...)}, nil
}

func (s *vaeStage) Step(ctx context.Context, step int) (Figures, error) {
	args, err := s.ahead.take(ctx, step)
	if err != nil {
		return nil, err
	}
	f, err := s.trainer.step(step, args...)
	if err != nil {
		return nil, err
	}
	return Figures{{"loss", f[1]}, {"l1", f[2]}, {"kl", f[3]}, {"grad_norm", f[0]}}, nil
}

func (s *vaeStage) latentShape(pictures *tensors.Tensor) []int {
	d, f := pictures.Shape().Dimensions, s.model.Config.Factor()
	return []int{d[0], d[1] / f, d[2] / f, s.model.Config.LatentChannels}
}

// normalTensor draws unit normal noise that depends on seed and step alone.
func normalTensor(seed uint64, step int, shape ...int) *tensors.Tensor {
	r := rand.New(rand.NewPCG(seed, uint64(step)<<8|0x5e))
	n := 1
	for _, d := range shape {
		n *= d
	}
	flat := make([]float32, n)
	for i := range flat {
		flat[i] = float32(r.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(flat, shape...)
}

// psnr is the peak signal-to-noise ratio in dB of values in [-1, 1].
func psnr(got, want []float32) float64 {
	var sum float64
	for i := range want {
		d := (math.Min(math.Max(float64(got[i]), -1), 1) - float64(want[i])) / 2
		sum += d * d
	}
	return -10 * math.Log10(sum/float64(len(want)))
}

// Sheet shows unseen pictures above their reconstructions.
func (s *vaeStage) Sheet(ctx context.Context, path string) error {
	const columns = 8
	shown, want, got, err := s.reconstruct(ctx, columns*2)
	if err != nil {
		return err
	}
	var cells []*picture.Picture
	for row := range 2 {
		for _, values := range [][]float32{want, got} {
			for i := range columns {
				p, err := pictureAt(values, row*columns+i, shown)
				if err != nil {
					return err
				}
				cells = append(cells, p)
			}
		}
	}
	return picture.WriteFile(path, picture.Grid(cells, columns, 2), map[string]string{
		"ichimai": fmt.Sprintf("rows of unseen pictures above their reconstructions; %.2f dB PSNR", psnr(got, want)),
	})
}

// reconstruct runs n unseen pictures through the averaged model and returns
// their size, their values and the reconstructions'.
func (s *vaeStage) reconstruct(ctx context.Context, n int) (size [2]int, want, got []float32, err error) {
	samples, err := draw(ctx, s.valid, n)
	if err != nil {
		return size, nil, nil, err
	}
	pictures, err := pictureTensor(samples)
	if err != nil {
		return size, nil, nil, err
	}
	want = tensors.MustCopyFlatData[float32](pictures)
	results, err := s.look.Call(pictures)
	if err != nil {
		return size, nil, nil, fmt.Errorf("reconstruct pictures: %w", err)
	}
	got = tensors.MustCopyFlatData[float32](results[0])
	return [2]int{samples[0].Pixels.Width, samples[0].Pixels.Height}, want, got, nil
}

// Export writes the autoencoder with the scaling factor that gives the latents
// of the training pictures unit deviation (Rombach et al., section G.1).
func (s *vaeStage) Export(ctx context.Context, dir string) error {
	factor, err := s.scalingFactor(ctx)
	if err != nil {
		return err
	}
	config := s.model.Config
	config.ScalingFactor = factor
	return exportComponent(filepath.Join(dir, vaeComponent), diffusersFile, config, s.trainer.averaged(vaeComponent), s.model.Params)
}

func (s *vaeStage) scalingFactor(ctx context.Context) (float64, error) {
	var sum, squares, n float64
	for part := range 8 {
		samples, err := drawFrom(ctx, s.feed.data, part*32, 32)
		if err != nil {
			return 0, err
		}
		pictures, err := pictureTensor(samples)
		if err != nil {
			return 0, err
		}
		results, err := s.look.Call(pictures)
		if err != nil {
			return 0, fmt.Errorf("measure latents: %w", err)
		}
		for _, v := range tensors.MustCopyFlatData[float32](results[1]) {
			sum, squares, n = sum+float64(v), squares+float64(v)*float64(v), n+1
		}
	}
	return 1 / math.Sqrt(squares/n-(sum/n)*(sum/n)), nil
}

// draw takes the first n samples of a data set, again from the front if it has
// fewer.
func draw(ctx context.Context, data dataset.Dataset, n int) ([]dataset.Sample, error) {
	return drawFrom(ctx, data, 0, n)
}

func drawFrom(ctx context.Context, data dataset.Dataset, from, n int) ([]dataset.Sample, error) {
	samples := make([]dataset.Sample, n)
	for i := range samples {
		s, err := data.At(ctx, (from+i)%data.Len(), 0)
		if err != nil {
			return nil, fmt.Errorf("draw samples: %w", err)
		}
		samples[i] = s
	}
	return samples, nil
}

// pictureAt cuts picture i out of a batch of values in [-1, 1].
func pictureAt(values []float32, i int, size [2]int) (*picture.Picture, error) {
	n := size[0] * size[1] * 3
	return picture.FromFloat32(size[0], size[1], values[i*n:(i+1)*n], -1, 1)
}
