package diffusion

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/sampler"
)

// Pipeline draws with a model. It keeps the compiled UNets of the last sizes and
// sets of adapters. It is safe for concurrent use; requests take turns, step by
// step.
type Pipeline struct {
	model    *Model
	programs programs
}

// maxUNets bounds a pipeline's compiled UNets, one for each size, with and
// without guidance, and layout of LoRAs.
const maxUNets = 8

// NewPipeline makes a pipeline. Several may share one model.
func NewPipeline(m *Model) *Pipeline {
	return &Pipeline{model: m, programs: programs{limit: maxUNets}}
}

// Image is a picture that was drawn.
type Image struct {
	Picture *picture.Picture
	Seed    uint64
	// Metadata is how it was drawn, for picture.WriteFile: the keys
	// MetadataParameters, MetadataOwn and provenance.XMPKeyword.
	Metadata map[string]string
	Warnings []Warning
}

// Generate draws what a request asks for, a batch after another. When it
// fails or ctx ends, which is looked at before each step, it returns the
// pictures that were finished with the error, which wraps ctx.Err().
func (p *Pipeline) Generate(ctx context.Context, r Request) (images []Image, err error) {
	d, err := p.begin(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("draw: %w", err)
	}
	defer func() { err = errors.Join(err, d.close()) }()
	for from := 0; from < d.request.Count; from += d.atOnce() {
		drawn, err := d.draw(ctx, from)
		if err != nil {
			return images, fmt.Errorf("draw picture %d of %d: %w", from+1, d.request.Count, err)
		}
		images = append(images, drawn...)
	}
	return images, nil
}

// drawing is a request under way.
type drawing struct {
	*Pipeline
	request   Request // complete
	scheduler sampler.Config
	concepts  *concepts
	soft      path // empty where no step takes it
	hard      path // likewise
	deep      deepCache
	warnings  []Warning
	baseHash  func() (string, error) // waits for what reads the model's files
	stop      context.CancelFunc     // ends it
}

// begin checks a request, brings its concepts in and encodes its prompts.
func (p *Pipeline) begin(ctx context.Context, r Request) (*drawing, error) {
	r, err := p.model.complete(r)
	if err != nil {
		return nil, err
	}
	d := &drawing{Pipeline: p, request: r, scheduler: p.model.Scheduler}
	d.identify(ctx)
	if d.concepts, err = p.model.useConcepts(r.Concepts); err != nil {
		d.stopIdentifying()
		return nil, err
	}
	if err := d.encode(ctx); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// identify begins to read the model's files, which takes seconds for a large one,
// beside the loading of the programs.
func (d *drawing) identify(ctx context.Context) {
	ctx, d.stop = context.WithCancel(ctx)
	d.baseHash = sync.OnceValues(func() (string, error) { return d.model.BaseHash(ctx) })
	go d.baseHash()
}

// stopIdentifying ends identify and waits for it.
func (d *drawing) stopIdentifying() {
	d.stop()
	d.baseHash()
}

// close frees what the request held on the device.
func (d *drawing) close() error {
	d.stopIdentifying()
	d.deep.forget()
	d.soft.close()
	d.hard.close()
	return d.concepts.close(d.model)
}

// encode makes the text states and tells the warnings.
func (d *drawing) encode(ctx context.Context) error {
	prompts := []string{d.request.Prompt}
	if d.request.guided() {
		prompts = []string{d.request.NegativePrompt, d.request.Prompt}
	}
	var ids []int32
	for _, prompt := range prompts {
		tokens := d.concepts.tokens(d.model, prompt)
		ids = append(ids, tokens.IDs...)
		if tokens.Dropped > 0 {
			d.warn(Warning{WarnTruncated, map[string]string{
				"cut": tokens.Truncated, "dropped": fmt.Sprint(tokens.Dropped), "limit": fmt.Sprint(d.model.Tokenizer.MaxLength() - 2)}})
		}
	}
	for _, c := range d.concepts.unused(d.model, ids) {
		d.warn(warnUnused(c))
	}
	if err := d.checkBases(); err != nil {
		return err
	}
	return d.encodePaths(ctx, prompts, ids)
}

// checkBases warns of concepts of other base models.
func (d *drawing) checkBases() error {
	if len(d.request.Concepts) == 0 {
		return nil
	}
	base, err := d.baseHash()
	if err != nil {
		return err
	}
	for _, use := range d.request.Concepts {
		if err := use.Concept.CheckBase(base); err != nil {
			d.warn(warnOtherBase(use.Concept, err))
		}
	}
	return nil
}

func (d *drawing) warn(w Warning) {
	d.warnings = append(d.warnings, w)
	if d.request.OnWarning != nil {
		d.request.OnWarning(w)
	}
}

// latentSize is the height, width and channels of a picture's latents.
func (d *drawing) latentSize() (h, w, c int) {
	f := d.model.VAE.Factor()
	return d.request.Height / f, d.request.Width / f, d.model.VAE.Channels()
}

// atOnce is how many pictures a call of the UNet draws.
func (d *drawing) atOnce() int { return max(d.request.Batch, 1) }

// draw makes the pictures of a batch. Unless it is asked for, a batch is one picture:
// rounding depends on its size.
func (d *drawing) draw(ctx context.Context, from int) ([]Image, error) {
	h, w, c := d.latentSize()
	noise, err := d.noise(from)
	if err != nil {
		return nil, err
	}
	latents, err := d.sample(ctx, noise, d.onStep(from))
	if err != nil {
		return nil, err
	}
	n := min(d.atOnce(), d.request.Count-from)
	pixels, err := d.model.decode(ctx, latents[:n*h*w*c], n, h, w)
	if err != nil {
		return nil, err
	}
	pictures, err := toPictures(pixels, n, d.request.Width, d.request.Height)
	if err != nil {
		return nil, err
	}
	images := make([]Image, n)
	for i, p := range pictures {
		seed := d.request.Seed + uint64(from+i)
		metadata, err := d.metadata(seed)
		if err != nil {
			return nil, err
		}
		images[i] = Image{Picture: p, Seed: seed, Metadata: metadata, Warnings: d.warnings}
	}
	return images, nil
}

// noise is that of a batch's pictures, each of its own seed. The last batch is filled
// up with pictures that are not kept, so that it needs no program of its own.
func (d *drawing) noise(from int) (sampler.Noise, error) {
	h, w, c := d.latentSize()
	each := make(noises, d.atOnce())
	for i := range each {
		var err error
		if each[i], err = newNoise(d.request.RNG, d.request.Seed+uint64(from+i), h, w, c); err != nil {
			return nil, err
		}
	}
	return each, nil
}
