package pretrain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/weights"
)

// viewCache holds what an encoder learns from, computed once: of each pair the
// features of the view that is looked at, the latents of the one that is drawn, and
// the ids of its caption, in which the placeholder is the text encoder's first row
// above its vocabulary. A part that is not read is empty.
type viewCache struct {
	n                                            int
	vision, unet, seen, latents                  []float32 // seen are the latents of what is looked at, for a tower
	ids                                          []int32
	shape                                        []int // of one picture's latents
	visionWidth, unetWidth, seenWidth, idsLength int
}

// rows are the arguments of the objective for some pairs: features first.
func (c *viewCache) rows(which []int) []*tensors.Tensor {
	var out []*tensors.Tensor
	add := func(values []float32, shape ...int) {
		width := 1
		for _, d := range shape {
			width *= d
		}
		flat := make([]float32, 0, len(which)*width)
		for _, r := range which {
			flat = append(flat, values[r*width:(r+1)*width]...)
		}
		out = append(out, tensors.FromFlatDataAndDimensions(flat, append([]int{len(which)}, shape...)...))
	}
	if c.visionWidth > 0 {
		add(c.vision, c.visionWidth)
	}
	if c.unetWidth > 0 {
		add(c.unet, c.unetWidth)
	}
	if c.seenWidth > 0 {
		add(c.seen, c.seenWidth)
	}
	add(c.latents, c.shape...)
	var ids []int32
	for _, r := range which {
		ids = append(ids, c.ids[r*c.idsLength:(r+1)*c.idsLength]...)
	}
	return append(out, tensors.FromFlatDataAndDimensions(ids, len(which), c.idsLength))
}

// viewEncoder fills a cache.
type viewEncoder struct {
	base      *diffusion.Model
	reader    *encoder.Reader
	tokens    *tokenizer.Tokenizer // knows the placeholder
	crossView bool
	seed      uint64
}

// viewBatch is how many pairs go through the models together.
const viewBatch = 64

// placeholder is the word that stands for the subject while an encoder learns. No
// caption has it.
const placeholder = "<ichimai-subject>"

// newPlaceholder gives a copy of a tokenizer the placeholder.
func newPlaceholder(t *tokenizer.Tokenizer) (*tokenizer.Tokenizer, error) {
	t = t.Clone()
	_, err := t.AddPlaceholder(placeholder, 1)
	return t, err
}

// placeholderIDs encodes a caption with [dataset.SubjectWord] for the subject.
func placeholderIDs(t *tokenizer.Tokenizer, caption string, base *diffusion.Model) []int32 {
	ids := slices.Clone(t.Batch(strings.ReplaceAll(caption, dataset.SubjectWord, placeholder)).IDs)
	// The text encoder wants the placeholder right above its own vocabulary, which
	// may have more rows than the tokenizer has tokens.
	for i, id := range ids {
		if int(id) >= base.Tokenizer.VocabSize() {
			ids[i] = int32(base.Text.Config.VocabSize)
		}
	}
	return ids
}

// viewPairs is some pairs, or why there are none.
type viewPairs struct {
	seen, drawn []dataset.Sample
	err         error
}

// fill encodes n pairs, or reads them from path where an earlier run left them.
// Pictures are composed beside the computation.
func (e *viewEncoder) fill(ctx context.Context, path string, data dataset.Views, n int, fingerprint string, report func(done int)) (*viewCache, error) {
	if path != "" {
		if c, err := readViews(path, fingerprint); err != nil || c != nil {
			return c, err
		}
	}
	c := &viewCache{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for batch := range e.pairs(ctx, data, n) {
		if batch.err != nil {
			return nil, batch.err
		}
		if err := e.add(ctx, c, batch); err != nil {
			return nil, err
		}
		report(c.n)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if path == "" {
		return c, nil
	}
	return c.write(path, fingerprint)
}

// pairs draws n pairs in batches, one ahead of what is taken.
func (e *viewEncoder) pairs(ctx context.Context, data dataset.Views, n int) <-chan viewPairs {
	out := make(chan viewPairs, 1)
	go func() {
		defer close(out)
		for from := 0; from < n; from += viewBatch {
			m := e.draw(ctx, data, from, min(from+viewBatch, n))
			select {
			case out <- m:
			case <-ctx.Done():
				return
			}
			if m.err != nil {
				return
			}
		}
	}()
	return out
}

// draw composes pairs from to to-1 on all processors, until the first fails.
func (e *viewEncoder) draw(ctx context.Context, data dataset.Views, from, to int) viewPairs {
	m := viewPairs{seen: make([]dataset.Sample, to-from), drawn: make([]dataset.Sample, to-from)}
	errs := make([]error, to-from)
	var failed atomic.Bool
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		all.Go(func() {
			for i := from + w; i < to && !failed.Load(); i += workers {
				pass := uint64(i / data.Len())
				row := permuted(e.seed, i/data.Len(), i%data.Len(), data.Len())
				m.seen[i-from], m.drawn[i-from], errs[i-from] = data.Views(ctx, row, e.seed+pass*0x9e3779b97f4a7c15)
				if errs[i-from] != nil {
					failed.Store(true)
				}
			}
		})
	}
	all.Wait()
	m.err = cmp.Or(errs...) // several tend to fail alike
	return m
}

func (e *viewEncoder) add(ctx context.Context, c *viewCache, m viewPairs) error {
	seen, err := e.squares(ctx, m.seen)
	if err != nil {
		return err
	}
	seeds := make([]uint64, len(m.seen)) // a noise of each pair's own
	for i := range seeds {
		seeds[i] = e.seed + uint64(c.n+i)
	}
	read, err := e.reader.Read(ctx, pixelsOf(m.seen), seen, seeds)
	if err != nil {
		return err
	}
	drawn := seen
	if e.crossView {
		if drawn, err = e.squares(ctx, m.drawn); err != nil {
			return err
		}
	}
	flat, err := tensors.CopyFlatData[float32](drawn)
	if err != nil {
		return err
	}
	n := len(m.seen)
	c.shape = slices.Clone(drawn.Shape().Dimensions[1:])
	c.latents = append(c.latents, flat...)
	c.vision, c.unet = append(c.vision, read.Vision...), append(c.unet, read.UNet...)
	c.seen = append(c.seen, read.Latents...)
	c.visionWidth, c.unetWidth, c.seenWidth = len(read.Vision)/n, len(read.UNet)/n, len(read.Latents)/n
	for _, s := range m.drawn {
		caption := s.Caption
		if !e.crossView {
			caption = "a photo of " + dataset.SubjectWord // what is said of the other view is not true of this one
		}
		ids := placeholderIDs(e.tokens, caption, e.base)
		c.ids, c.idsLength = append(c.ids, ids...), len(ids)
	}
	c.n += n
	return nil
}

// squares are the scaled latents of samples at the model's own size.
func (e *viewEncoder) squares(ctx context.Context, samples []dataset.Sample) (*tensors.Tensor, error) {
	var squares []*picture.Picture
	for _, s := range samples {
		squares = append(squares, s.Pixels.Square(e.base.DefaultSize()))
	}
	return e.base.EncodePictures(ctx, squares, false, 0)
}

func pixelsOf(samples []dataset.Sample) []*picture.Picture {
	var out []*picture.Picture
	for _, s := range samples {
		out = append(out, s.Pixels)
	}
	return out
}

const (
	tensorVision = "vision"
	tensorUNet   = "unet"
	tensorSeen   = "seen"
)

// write keeps the cache in float16, whose rounding is far below the noise, and
// returns what a resumed run will read back.
func (c *viewCache) write(path, fingerprint string) (*viewCache, error) {
	ids := make([]float32, len(c.ids))
	for i, id := range c.ids {
		ids[i] = float32(id)
	}
	list := []weights.Tensor{
		weights.FromFloat32(tensorLatents, append([]int{c.n}, c.shape...), c.latents, weights.F16),
		weights.FromFloat32(tensorIDs, []int{c.n, c.idsLength}, ids, weights.F32),
	}
	if c.visionWidth > 0 {
		list = append(list, weights.FromFloat32(tensorVision, []int{c.n, c.visionWidth}, c.vision, weights.F16))
	}
	if c.unetWidth > 0 {
		list = append(list, weights.FromFloat32(tensorUNet, []int{c.n, c.unetWidth}, c.unet, weights.F16))
	}
	if c.seenWidth > 0 {
		list = append(list, weights.FromFloat32(tensorSeen, []int{c.n, c.seenWidth}, c.seen, weights.F16))
	}
	if err := weights.Write(path, list, map[string]string{metaFingerprint: fingerprint}); err != nil {
		return nil, fmt.Errorf("keep features: %w", err)
	}
	return readViews(path, fingerprint)
}

// readViews returns nil and no error where there are none of these settings.
func readViews(path, fingerprint string) (*viewCache, error) {
	src, err := weights.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read features: %w", err)
	}
	defer src.Close()
	if src.Metadata()[metaFingerprint] != fingerprint {
		return nil, nil
	}
	c := &viewCache{}
	if err := c.read(src); err != nil {
		return nil, fmt.Errorf("read features: %s: %w; remove the file to make it anew", path, err)
	}
	return c, nil
}

func (c *viewCache) read(src weights.Source) error {
	latents, ok := src.Info(tensorLatents)
	ids, ok2 := src.Info(tensorIDs)
	if !ok || !ok2 || len(latents.Shape) != 4 || len(ids.Shape) != 2 || ids.Shape[0] != latents.Shape[0] {
		return fmt.Errorf("it does not hold %s and %s", tensorLatents, tensorIDs)
	}
	c.n, c.shape, c.idsLength = latents.Shape[0], latents.Shape[1:], ids.Shape[1]
	var err error
	if c.latents, err = src.Float32(tensorLatents); err != nil {
		return err
	}
	flat, err := src.Float32(tensorIDs)
	if err != nil {
		return err
	}
	for _, id := range flat {
		c.ids = append(c.ids, int32(id))
	}
	for _, part := range []struct {
		name   string
		values *[]float32
		width  *int
	}{{tensorVision, &c.vision, &c.visionWidth}, {tensorUNet, &c.unet, &c.unetWidth}, {tensorSeen, &c.seen, &c.seenWidth}} {
		info, ok := src.Info(part.name)
		if !ok {
			continue
		}
		if len(info.Shape) != 2 || info.Shape[0] != c.n {
			return fmt.Errorf("%s is %v for %d pairs", part.name, info.Shape, c.n)
		}
		if *part.values, err = src.Float32(part.name); err != nil {
			return err
		}
		*part.width = info.Shape[1]
	}
	return nil
}
