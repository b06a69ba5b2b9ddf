package diffusion

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
)

// Model is an opened Stable Diffusion folder: its parts in one store, under the
// path elements "text_encoder", "unet" and "vae". It is safe for concurrent use;
// whoever builds graphs on its store or changes variables does so inside
// [Model.Exclusive].
type Model struct {
	Dir  string // as given to Open
	Name string // the folder's name, for people

	Store  *model.Store
	Engine *engine.Engine

	Tokenizer   *tokenizer.Tokenizer // without placeholders: clone it to add some
	Text        *clip.TextModel
	TextWeights *nn.Weights
	UNet        *unet.Model
	UNetWeights *nn.Weights
	VAE         Autoencoder
	Scheduler   sampler.Config

	// DType is the precision of the UNet's products, as the options say after
	// Open. Change it before the first picture.
	DType dtypes.DType

	// mu is held while graphs are built or run: GoMLX's store may not change
	// while a graph is built, and two graphs at once share one device anyway.
	mu       sync.Mutex
	options  Options
	programs programs
	colours  fittedColours
	hash     baseHash
}

// maxModelPrograms bounds the compiled graphs for encoding and decoding.
const maxModelPrograms = 12

// Options are choices about a model that is opened.
type Options struct {
	// Precision is what weights are kept and multiplied in; "" is what
	// [PreferredPrecision] says.
	Precision Precision
	// Tiling decodes latents of more than 64 a side (512 pixels with Stable
	// Diffusion's autoencoders) in overlapping tiles: the memory of one tile, at
	// the cost of slight differences in colour between them.
	Tiling bool
}

// Open reads a model folder in diffusers' layout: model_index.json of a
// StableDiffusionPipeline and the folders it names. Weights may be float32 or
// float16, in one file or shards. Each component goes to the device before the
// next is read. Errors name the file and key and what to do.
func Open(ctx context.Context, dir string, e *engine.Engine) (*Model, error) {
	return OpenWith(ctx, dir, e, Options{})
}

// OpenWith is Open with other choices than the usual ones.
func OpenWith(ctx context.Context, dir string, e *engine.Engine, o Options) (*Model, error) {
	if e == nil {
		return nil, fmt.Errorf("open model %s: there is no engine", dir)
	}
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	if o.Precision == "" {
		o.Precision = precisionFor(e, dir)
	}
	if err := o.Precision.Validate(); err != nil {
		return nil, err
	}
	m := &Model{options: o, Dir: dir, Name: folderName(dir), Store: model.NewStore(), Engine: e, DType: o.Precision.dtype()}
	m.programs.limit = maxModelPrograms
	for _, load := range []func(dir string) error{m.openScheduler, m.openTokenizer, m.openText, m.openUNet, m.openVAE} {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("open model %s: %w", dir, err)
		}
		if err := engine.Try(func() error { return load(dir) }); err != nil {
			return nil, fmt.Errorf("open model %s: %w", dir, err)
		}
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("model folder %s: %w", dir, err)
	}
	return m, nil
}

// folderName is the last element of a path, whichever way it was written.
func folderName(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}

func (m *Model) openScheduler(dir string) (err error) {
	if m.Scheduler, err = sampler.ReadConfig(filepath.Join(dir, partScheduler)); err != nil {
		return err
	}
	return m.Scheduler.Validate()
}

func (m *Model) openTokenizer(dir string) (err error) {
	m.Tokenizer, err = tokenizer.Open(filepath.Join(dir, partTokenizer))
	return err
}

func (m *Model) onDevice() nn.OpenOption { return nn.OnDevice(m.Engine.Backend()) }

func (m *Model) openText(dir string) (err error) {
	m.Text, m.TextWeights, err = clip.OpenText(filepath.Join(dir, partText), m.Store, partText, append(m.options.Precision.text(), m.onDevice())...)
	if err != nil {
		return err
	}
	return m.TextWeights.Upload(m.Engine.Backend(), m.Text.Params)
}

func (m *Model) openUNet(dir string) (err error) {
	m.UNet, m.UNetWeights, err = unet.Open(filepath.Join(dir, partUNet), m.Store, partUNet, append(m.options.Precision.unet(), m.onDevice())...)
	if err != nil {
		return err
	}
	return m.UNetWeights.Upload(m.Engine.Backend(), m.UNet.Params)
}

func (m *Model) openVAE(dir string) (err error) {
	m.VAE, err = openAutoencoder(filepath.Join(dir, partVAE), m.Store, m.onDevice())
	if err != nil {
		return err
	}
	return m.VAE.Weights().Upload(m.Engine.Backend(), m.VAE.Params())
}

// Precision is what the model was opened with.
func (m *Model) Precision() Precision { return m.options.Precision }

// check reports components that do not belong together.
func (m *Model) check() error {
	u, text, tokens := m.UNet.Config, m.Text.Config, m.Tokenizer
	switch {
	case u.InChannels != u.OutChannels:
		return fmt.Errorf("unet/config.json: in_channels %d and out_channels %d differ, as in inpainting and depth models, which are not supported", u.InChannels, u.OutChannels)
	case u.InChannels != m.VAE.Channels():
		return fmt.Errorf("unet/config.json has in_channels %d but vae/config.json has latent_channels %d; they are not of one model", u.InChannels, m.VAE.Channels())
	case u.CrossAttentionDim.At(0) != text.HiddenSize:
		return fmt.Errorf("unet/config.json has cross_attention_dim %d but text_encoder/config.json has hidden_size %d; they are not of one model", u.CrossAttentionDim.At(0), text.HiddenSize)
	case tokens.VocabSize() > text.VocabSize:
		return fmt.Errorf("the tokenizer has %d tokens but text_encoder/config.json has vocab_size %d; they are not of one model", tokens.VocabSize(), text.VocabSize)
	case tokens.MaxLength() > text.MaxPositionEmbeddings:
		return fmt.Errorf("tokenizer/tokenizer_config.json has model_max_length %d but text_encoder/config.json has max_position_embeddings %d", tokens.MaxLength(), text.MaxPositionEmbeddings)
	}
	return nil
}

// Exclusive runs f while nothing else builds or runs graphs of this model: for
// training on its store. f must not call methods of the model or of a pipeline
// on it, which would wait for f for ever.
func (m *Model) Exclusive(f func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return engine.Try(f)
}

// DefaultSize is the side in pixels of the pictures that the model was made
// for: the UNet's sample_size times the autoencoder's factor.
func (m *Model) DefaultSize() int {
	if m.UNet.Config.SampleSize <= 0 {
		return fallbackSampleSize * m.VAE.Factor()
	}
	return m.UNet.Config.SampleSize * m.VAE.Factor()
}

// fallbackSampleSize is Stable Diffusion 1's, for configs without one.
const fallbackSampleSize = 64

// CheckSize says whether pictures of width by height pixels can be encoded and
// drawn: both sides multiples of the autoencoder's factor, at most [MaxSide].
func (m *Model) CheckSize(width, height int) error {
	f := m.VAE.Factor()
	if width < f || height < f || width > MaxSide || height > MaxSide {
		return fmt.Errorf("size %dx%d: each side must be %d to %d pixels", width, height, f, MaxSide)
	}
	if width%f != 0 || height%f != 0 {
		return fmt.Errorf("size %dx%d: each side must be a multiple of %d; %dx%d is the nearest that is", width, height, f, nearest(width, f), nearest(height, f))
	}
	return nil
}

// MaxSide is the longest side of a picture, in pixels. Attention over the
// latents of a larger one would need more memory than machines have.
const MaxSide = 4096

// nearest is the multiple of f, at least f, that is closest to n.
func nearest(n, f int) int { return max((n+f/2)/f*f, f) }
