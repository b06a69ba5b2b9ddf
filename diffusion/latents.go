package diffusion

import (
	"context"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// chunkPixels bounds the pixels that the autoencoder works on at once: its
// widest activations take about half a kilobyte and more for each.
const chunkPixels = 4 * 512 * 512

// maxChunk bounds the pictures of a chunk however small they are.
const maxChunk = 64

// chunk is how many of n pictures of the given pixels go through together.
func chunk(n, pixels int) int { return min(n, max(chunkPixels/max(pixels, 1), 1), maxChunk) }

// EncodePictures maps pictures, all of one size that [Model.CheckSize] accepts,
// to scaled latents [n, h/f, w/f, channels]: the means, or with sample a draw
// from each picture's posterior, for which picture i takes its noise from
// sampler.NewNormal(seed + i).
func (m *Model) EncodePictures(ctx context.Context, pictures []*picture.Picture, sample bool, seed uint64) (*tensors.Tensor, error) {
	if err := m.checkPictures(pictures); err != nil {
		return nil, fmt.Errorf("encode pictures: %w", err)
	}
	w, h, f := pictures[0].Width, pictures[0].Height, m.VAE.Factor()
	shape := []int{len(pictures), h / f, w / f, m.VAE.Channels()}
	flat := make([]float32, 0, product(shape))
	size := chunk(len(pictures), w*h)
	for from := 0; from < len(pictures); from += size {
		part := pictures[from:min(from+size, len(pictures))]
		values, err := m.encodeChunk(ctx, part, size, sample, seed+uint64(from))
		if err != nil {
			return nil, err
		}
		flat = append(flat, values[:len(part)*product(shape[1:])]...)
	}
	if i := notFinite(flat); i >= 0 {
		return nil, fmt.Errorf("encode pictures: the autoencoder gave %v for picture %d; its weights may be damaged", flat[i], i/product(shape[1:]))
	}
	return tensors.FromFlatDataAndDimensions(flat, shape...), nil
}

func (m *Model) checkPictures(pictures []*picture.Picture) error {
	if len(pictures) == 0 {
		return fmt.Errorf("there are no pictures")
	}
	for i, p := range pictures {
		if p == nil {
			return fmt.Errorf("picture %d is missing", i)
		}
		if p.Width != pictures[0].Width || p.Height != pictures[0].Height {
			return fmt.Errorf("picture %d is %dx%d and the first %dx%d; bring all to one size", i, p.Width, p.Height, pictures[0].Width, pictures[0].Height)
		}
	}
	return m.CheckSize(pictures[0].Width, pictures[0].Height)
}

// encodeChunk runs pictures as a batch of size, the last one repeated where
// they are fewer, so that every chunk uses one program.
func (m *Model) encodeChunk(ctx context.Context, pictures []*picture.Picture, size int, sample bool, seed uint64) ([]float32, error) {
	w, h, f := pictures[0].Width, pictures[0].Height, m.VAE.Factor()
	latent := []int{size, h / f, w / f, m.VAE.Channels()}
	pixels := make([]float32, 0, size*w*h*3)
	noise := make([]float32, product(latent))
	each := product(latent[1:])
	for i := range size {
		pixels = append(pixels, pictures[min(i, len(pictures)-1)].Float32(-1, 1)...)
		sampler.NewNormal(seed + uint64(i)).Fill(noise[i*each : (i+1)*each])
	}
	args := []any{tensors.FromFlatDataAndDimensions(pixels, size, h, w, 3)}
	if sample {
		args = append(args, tensors.FromFlatDataAndDimensions(noise, latent...))
	}
	key := fmt.Sprintf("encode %dx%dx%d sample=%t", size, h, w, sample)
	return m.run1(ctx, &m.programs, "encode pictures", key, func(in []*Node) []*Node {
		p := nn.NewPass(m.VAE.Weights(), nn.Options{})
		if sample {
			return []*Node{m.VAE.Encode(p, in[0], in[1])}
		}
		return []*Node{m.VAE.Encode(p, in[0], nil)}
	}, args...)
}

// DecodeLatents turns scaled latents [n, h, w, channels] into n pictures of w*f
// by h*f pixels.
func (m *Model) DecodeLatents(ctx context.Context, latents *tensors.Tensor) ([]*picture.Picture, error) {
	if latents == nil {
		return nil, fmt.Errorf("decode latents: there are none")
	}
	d := latents.Shape().Dimensions
	if len(d) != 4 || d[0] < 1 || d[3] != m.VAE.Channels() {
		return nil, fmt.Errorf("decode latents: their shape is %v, wanted [n, h, w, %d]", d, m.VAE.Channels())
	}
	flat, err := tensors.CopyFlatData[float32](latents)
	if err != nil {
		return nil, fmt.Errorf("decode latents: %w", err)
	}
	values, err := m.decode(ctx, flat, d[0], d[1], d[2])
	if err != nil {
		return nil, err
	}
	return toPictures(values, d[0], d[2]*m.VAE.Factor(), d[1]*m.VAE.Factor())
}

// decode maps n scaled latents of h by w to pixels [n, h*f, w*f, 3], nominally
// in [-1, 1].
func (m *Model) decode(ctx context.Context, flat []float32, n, h, w int) ([]float32, error) {
	f := m.VAE.Factor()
	if err := m.CheckSize(w*f, h*f); err != nil {
		return nil, fmt.Errorf("decode latents: %w", err)
	}
	pixels, err := m.decodeAll(ctx, flat, n, h, w)
	if err != nil {
		return nil, err
	}
	if i := notFinite(pixels); i >= 0 {
		return nil, fmt.Errorf("decode latents: the autoencoder gave %v in picture %d; its weights may be damaged, or the latents far out of range: use a lower guidance scale", pixels[i], i/(h*w*f*f*3))
	}
	return pixels, nil
}

// decodeAll decodes pictures in chunks, or each in tiles where the model was
// opened so.
func (m *Model) decodeAll(ctx context.Context, flat []float32, n, h, w int) (pixels []float32, err error) {
	each, f := len(flat)/n, m.VAE.Factor()
	tiled := m.options.Tiling && max(h, w) > defaultTiling.side
	size := chunk(n, h*w*f*f)
	if tiled {
		size = 1
	}
	for from := 0; from < n; from += size {
		part := make([]float32, size*each)
		used := copy(part, flat[from*each:])
		var values []float32
		if tiled {
			values, err = m.decodeTiled(ctx, part, h, w, defaultTiling)
		} else {
			values, err = m.decodeBatch(ctx, part, size, h, w)
		}
		if err != nil {
			return nil, err
		}
		pixels = append(pixels, values[:used/each*h*w*f*f*3]...)
	}
	return pixels, nil
}

// toPictures cuts pixels in [-1, 1] into n pictures.
func toPictures(pixels []float32, n, width, height int) ([]*picture.Picture, error) {
	pictures := make([]*picture.Picture, n)
	each := width * height * 3
	for i := range pictures {
		p, err := picture.FromFloat32(width, height, pixels[i*each:(i+1)*each], -1, 1)
		if err != nil {
			return nil, fmt.Errorf("make picture: %w", err)
		}
		pictures[i] = p
	}
	return pictures, nil
}

// notFinite is the index of the first value that is NaN or infinite, or -1.
func notFinite(values []float32) int {
	for i, v := range values {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return i
		}
	}
	return -1
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}
