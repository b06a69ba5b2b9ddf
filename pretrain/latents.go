package pretrain

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/vae"
	"github.com/ichimai/ichimai/weights"
)

// latentCache holds what the denoiser learns from, computed once: the scaled
// latents of n pictures and the tokens of their captions.
type latentCache struct {
	shape   []int // of one picture's latents: [h, w, c]
	latents []float32
	ids     []int32 // [n, length]
	length  int
}

func (c *latentCache) len() int { return len(c.ids) / c.length }

func (c *latentCache) size() int { return c.shape[0] * c.shape[1] * c.shape[2] }

// batch gathers the pictures of a step: each pass over the cache is a new
// permutation. A share of the captions is replaced by the empty one, from which
// classifier-free guidance learns (Ho and Salimans, arXiv 2207.12598).
func (c *latentCache) batch(seed uint64, step, size int, dropout float64, empty []int32) (latents, ids *tensors.Tensor) {
	n := c.len()
	flat := make([]float32, 0, size*c.size())
	tokens := make([]int32, 0, size*c.length)
	for i := range size {
		at := (step-1)*size + i
		row := permuted(seed, at/n, at%n, n)
		flat = append(flat, c.latents[row*c.size():(row+1)*c.size()]...)
		r := rand.New(rand.NewPCG(seed^0xd20, uint64(at)))
		if r.Float64() < dropout {
			tokens = append(tokens, empty...)
		} else {
			tokens = append(tokens, c.ids[row*c.length:(row+1)*c.length]...)
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, append([]int{size}, c.shape...)...),
		tensors.FromFlatDataAndDimensions(tokens, size, c.length)
}

// permuted is element i of the permutation of a pass: a Feistel network over
// the next power of four, walked until it lands inside, so that nothing has to
// be stored and any step can be begun at.
func permuted(seed uint64, pass, i, n int) int {
	bits := 1
	for 1<<(2*bits) < n {
		bits++
	}
	mask := uint64(1)<<bits - 1
	x := uint64(i)
	for {
		left, right := x>>bits, x&mask
		for round := range uint64(4) {
			r := rand.NewPCG(seed^uint64(pass)*0x9e3779b97f4a7c15, right<<8|round)
			left, right = right, left^(r.Uint64()&mask)
		}
		if x = left<<bits | right; x < uint64(n) {
			return int(x)
		}
	}
}

// encoder turns batches of pictures into scaled latents.
type latentEncoder struct {
	exec  *model.Exec
	model *vae.Model
}

func newLatentEncoder(backend compute.Backend, m *vae.Model, w *nn.Weights) (*latentEncoder, error) {
	exec, err := model.NewExec(backend, w.Store(), func(_ *model.Scope, pictures *Node) *Node {
		return m.Config.Scale(m.Encode(nn.NewPass(w, nn.Options{}), pictures).Mean)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare encoding: %w", err)
	}
	return &latentEncoder{exec, m}, nil
}

// fill encodes n pictures of a data set's stream, or reads them from path where
// an earlier run left them.
func (e *latentEncoder) fill(ctx context.Context, path string, data dataset.Dataset, t *tokenizer.Tokenizer, seed uint64, n int, fingerprint string, report func(done int)) (*latentCache, error) {
	c, err := readLatents(path, fingerprint)
	if err != nil || c != nil {
		return c, err
	}
	const size = 128
	c = &latentCache{length: t.MaxLength()}
	f := newFeed(data, seed, size)
	defer f.close()
	next := ahead{prepare: func(ctx context.Context, step int) ([]*tensors.Tensor, error) {
		samples, err := f.batch(ctx, step)
		if err != nil {
			return nil, err
		}
		pictures, err := pictureTensor(samples)
		return []*tensors.Tensor{pictures, idTensor(t, captionsOf(samples))}, err
	}}
	ctx, cancel := context.WithCancel(ctx)
	defer func() { // nothing takes from the feed while it is closed
		cancel()
		next.wait()
	}()
	for step := 1; c.len() < n; step++ {
		args, err := next.take(ctx, step)
		if err != nil {
			return nil, err
		}
		if err := e.add(c, args[0], args[1]); err != nil {
			return nil, err
		}
		report(min(step*size, n))
	}
	c.cut(n)
	return c, c.write(path, fingerprint)
}

// add encodes a batch of pictures with the ids of their captions.
func (e *latentEncoder) add(c *latentCache, pictures, ids *tensors.Tensor) error {
	results, err := e.exec.Call(pictures)
	if err != nil {
		return fmt.Errorf("encode pictures: %w", err)
	}
	c.shape = append([]int{}, results[0].Shape().Dimensions[1:]...)
	c.latents = append(c.latents, tensors.MustCopyFlatData[float32](results[0])...)
	c.ids = append(c.ids, tensors.MustCopyFlatData[int32](ids)...)
	return nil
}

// cut keeps the first n pictures.
func (c *latentCache) cut(n int) {
	c.latents, c.ids = c.latents[:n*c.size()], c.ids[:n*c.length]
}

const (
	tensorLatents = "latents"
	tensorIDs     = "input_ids"
)

// write keeps latents in float16: their rounding is far below the noise.
func (c *latentCache) write(path, fingerprint string) error {
	ids := make([]float32, len(c.ids))
	for i, id := range c.ids {
		ids[i] = float32(id)
	}
	list := []weights.Tensor{
		weights.FromFloat32(tensorLatents, append([]int{c.len()}, c.shape...), c.latents, weights.F16),
		weights.FromFloat32(tensorIDs, []int{c.len(), c.length}, ids, weights.F32),
	}
	if err := weights.Write(path, list, map[string]string{metaFingerprint: fingerprint, "pictures": strconv.Itoa(c.len())}); err != nil {
		return fmt.Errorf("keep latents: %w", err)
	}
	// What a resumed run will read back must be what this run goes on with.
	again, err := readLatents(path, fingerprint)
	if err != nil {
		return err
	}
	*c = *again
	return nil
}

// readLatents returns nil and no error where there are none of these settings.
func readLatents(path, fingerprint string) (*latentCache, error) {
	src, err := weights.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read latents: %w", err)
	}
	defer src.Close()
	if src.Metadata()[metaFingerprint] != fingerprint {
		return nil, nil
	}
	info, ok := src.Info(tensorLatents)
	tokens, ok2 := src.Info(tensorIDs)
	if !ok || !ok2 || len(info.Shape) != 4 || len(tokens.Shape) != 2 {
		return nil, fmt.Errorf("read latents: %s does not hold %s and %s; remove it", path, tensorLatents, tensorIDs)
	}
	c := &latentCache{shape: info.Shape[1:], length: tokens.Shape[1]}
	if c.latents, err = src.Float32(tensorLatents); err != nil {
		return nil, fmt.Errorf("read latents: %w", err)
	}
	ids, err := src.Float32(tensorIDs)
	if err != nil {
		return nil, fmt.Errorf("read latents: %w", err)
	}
	for _, id := range ids {
		c.ids = append(c.ids, int32(id))
	}
	return c, nil
}
