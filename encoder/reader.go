package encoder

import (
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/loss"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// Reader reads the features of pictures: the class tokens of CLIP's hidden states,
// and the pooled features of the denoiser's way down (E4T's backbone) on the
// picture with noise.
//
// The paper's encoder is asked anew at every z_t. A concept is one file and cannot
// be, so this one looks at a few fixed noise levels at once, with the empty prompt.
type Reader struct {
	config    Config
	base      *diffusion.Model
	vision    *Vision // nil where it is not read
	noise     loss.Diffusion
	states    *tensors.Tensor // of the empty prompt, [1, tokens, width]
	look      *model.Exec
	unet      *model.Exec
	batchSize int
}

// readerBatch is how many pictures go through together: a program is compiled for
// as many, and fewer are filled up.
const readerBatch = 64

// NewReader prepares reading what config says with a base model and its CLIP.
// together is whether many pictures will be read, or one or a few.
func NewReader(ctx context.Context, base *diffusion.Model, vision *Vision, config Config, together bool) (*Reader, error) {
	r := &Reader{config: config, base: base, vision: vision, batchSize: 1}
	if together {
		r.batchSize = readerBatch
	}
	if err := r.setNoise(); err != nil {
		return nil, err
	}
	if err := r.fits(); err != nil {
		return nil, err
	}
	var err error
	if r.states, err = base.EncodeText(ctx, ""); err != nil {
		return nil, err
	}
	if vision != nil && len(config.VisionLayers) > 0 {
		if r.look, err = model.NewExec(base.Engine.Backend(), vision.Weights.Store(), r.classTokens); err != nil {
			return nil, fmt.Errorf("prepare CLIP: %w", err)
		}
	}
	if len(config.FeatureTimesteps) > 0 {
		if r.unet, err = model.NewExec(base.Engine.Backend(), base.Store, r.pooled); err != nil {
			return nil, fmt.Errorf("prepare the denoiser's features: %w", err)
		}
	}
	return r, nil
}

func (r *Reader) setNoise() error {
	s, err := sampler.NewSchedule(r.base.Scheduler)
	if err != nil {
		return fmt.Errorf("read noise schedule: %w", err)
	}
	r.noise = loss.Diffusion{AlphasCumprod: s.AlphasCumprod, Prediction: r.base.Scheduler.PredictionType}
	return nil
}

// fits says whether what the config reads is there.
func (r *Reader) fits() error {
	c := r.config
	if len(c.VisionLayers) > 0 {
		if r.vision == nil {
			return &NoVisionError{Dir: r.base.Dir}
		}
		v := r.vision.Model.Config
		if v.HiddenSize != c.VisionWidth || slices.Max(c.VisionLayers) > v.NumHiddenLayers {
			return fmt.Errorf("the encoder reads layers %v of a CLIP of width %d, %s has %d layers of width %d",
				c.VisionLayers, c.VisionWidth, r.vision.Dir, v.NumHiddenLayers, v.HiddenSize)
		}
	}
	if n := PoolWidth(r.base.UNet.Config); c.UNetWidth != 0 && n != c.UNetWidth {
		return fmt.Errorf("the encoder reads %d features of the denoiser, %s has %d", c.UNetWidth, r.base.Name, n)
	}
	for _, t := range c.FeatureTimesteps {
		if t >= len(r.noise.AlphasCumprod) {
			return fmt.Errorf("feature_timesteps: %d is not below the schedule's %d timesteps", t, len(r.noise.AlphasCumprod))
		}
	}
	return nil
}

// classTokens maps prepared pictures to [batch, layers * width].
func (r *Reader) classTokens(_ *model.Scope, pictures *Node) *Node {
	out := r.vision.Model.Forward(nn.NewPass(r.vision.Weights, nn.Options{}), pictures)
	var tokens []*Node
	for _, l := range r.config.VisionLayers {
		tokens = append(tokens, Squeeze(SliceAxis(out.HiddenStates[l], 1, AxisElem(0)), 1))
	}
	return Concatenate(tokens, -1)
}

// pooled maps latents [batch, h, w, c], noise [timesteps, batch, h, w, c] and text
// states [1, tokens, width] to [batch, timesteps * width].
func (r *Reader) pooled(_ *model.Scope, latents, noise, states *Node) *Node {
	batch := latents.Shape().Dim(0)
	d := states.Shape().Dimensions
	states = BroadcastToDims(states, batch, d[1], d[2])
	var all []*Node
	for i, t := range r.config.FeatureTimesteps {
		at := BroadcastToDims(Const(latents.Graph(), int32(t)), batch)
		noisy := r.noise.Noisy(latents, Squeeze(SliceAxis(noise, 0, AxisElem(i)), 0), at)
		pass := nn.NewPass(r.base.UNetWeights, nn.Options{DType: r.base.DType})
		all = append(all, Pool(r.base.UNet.Forward(pass, noisy, at, states)))
	}
	return Concatenate(all, -1)
}

// Reading are the features of pictures, row by row.
type Reading struct {
	Vision []float32 // [pictures, vision_layers * vision_width]
	UNet   []float32 // [pictures, feature_timesteps * unet_width]
	// Latents are scaled, [pictures, height * width * channels]; none without a tower.
	Latents []float32
}

// Read reads pictures, each with the noise of its seed. latents, if not nil, are
// the scaled latents of the pictures' squares, which are encoded otherwise.
func (r *Reader) Read(ctx context.Context, pictures []*picture.Picture, latents *tensors.Tensor, seeds []uint64) (Reading, error) {
	var out Reading
	if len(pictures) == 0 || len(seeds) != len(pictures) {
		return out, fmt.Errorf("read pictures: there are %d with %d seeds", len(pictures), len(seeds))
	}
	flat, shape, err := r.latents(ctx, pictures, latents)
	if err != nil {
		return out, err
	}
	if r.config.TowerWidth > 0 {
		if !slices.Equal(shape, r.config.LatentsShape) {
			return out, fmt.Errorf("read pictures: the encoder reads latents of %v and these are %v", r.config.LatentsShape, shape)
		}
		out.Latents = flat
	}
	for from := 0; from < len(pictures); from += r.batchSize {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		n := min(r.batchSize, len(pictures)-from)
		if err := r.seen(&out, pictures[from:from+n]); err != nil {
			return out, err
		}
		size := len(flat) / len(pictures)
		if err := r.denoised(&out, flat[from*size:(from+n)*size], shape, seeds[from:from+n]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// latents are those of the pictures' squares, with the shape of one.
func (r *Reader) latents(ctx context.Context, pictures []*picture.Picture, given *tensors.Tensor) ([]float32, []int, error) {
	if r.unet == nil && r.config.TowerWidth == 0 {
		return nil, nil, nil
	}
	if given == nil {
		var squares []*picture.Picture
		for _, p := range pictures {
			squares = append(squares, p.Square(r.base.DefaultSize()))
		}
		var err error
		if given, err = r.base.EncodePictures(ctx, squares, false, 0); err != nil {
			return nil, nil, err
		}
	}
	flat, err := tensors.CopyFlatData[float32](given)
	return flat, given.Shape().Dimensions[1:], err
}

// seen adds CLIP's features of up to batchSize pictures.
func (r *Reader) seen(out *Reading, pictures []*picture.Picture) error {
	if r.look == nil {
		return nil
	}
	full := make([]*picture.Picture, r.batchSize)
	for i := range full {
		full[i] = pictures[min(i, len(pictures)-1)]
	}
	pixels, h, w, err := r.vision.Preprocess.NHWC(full...)
	if err != nil {
		return err
	}
	var values []float32
	err = r.base.Exclusive(func() error {
		values, err = call(r.look, tensors.FromFlatDataAndDimensions(pixels, r.batchSize, h, w, 3))
		return err
	})
	if err != nil {
		return fmt.Errorf("read pictures with CLIP: %w", err)
	}
	out.Vision = append(out.Vision, values[:len(pictures)*len(values)/r.batchSize]...)
	return nil
}

// denoised adds the denoiser's features of up to batchSize pictures' latents.
func (r *Reader) denoised(out *Reading, latents []float32, shape []int, seeds []uint64) error {
	if r.unet == nil {
		return nil
	}
	size := shape[0] * shape[1] * shape[2]
	n, levels := len(seeds), len(r.config.FeatureTimesteps)
	full := make([]float32, r.batchSize*size)
	noise := make([]float32, levels*len(full))
	for i := range r.batchSize {
		copy(full[i*size:(i+1)*size], latents[min(i, n-1)*size:])
		source := sampler.NewNormal(seeds[min(i, n-1)])
		for l := range levels {
			at := (l*r.batchSize + i) * size
			source.Fill(noise[at : at+size])
		}
	}
	var values []float32
	err := r.base.Exclusive(func() (err error) {
		values, err = call(r.unet,
			tensors.FromFlatDataAndDimensions(full, append([]int{r.batchSize}, shape...)...),
			tensors.FromFlatDataAndDimensions(noise, append([]int{levels, r.batchSize}, shape...)...), r.states)
		return err
	})
	if err != nil {
		return fmt.Errorf("read pictures with the denoiser: %w", err)
	}
	out.UNet = append(out.UNet, values[:n*len(values)/r.batchSize]...)
	return nil
}

// Close frees what was compiled.
func (r *Reader) Close() {
	for _, e := range []*model.Exec{r.look, r.unet} {
		if e != nil {
			e.Finalize()
		}
	}
	r.states.MustFinalizeAll()
}

// call runs a graph of one float32 result.
func call(e *model.Exec, args ...any) ([]float32, error) {
	results, err := e.Call(args...)
	if err != nil {
		return nil, err
	}
	flat, err := tensors.CopyFlatData[float32](results[0])
	results[0].MustFinalizeAll()
	return flat, err
}
