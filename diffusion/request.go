package diffusion

import (
	"fmt"
	"math"

	"github.com/ichimai/ichimai/sampler"
)

// Defaults of a Request's zero fields.
const (
	DefaultGuidanceScale = 7.5
	DefaultSteps         = 30
)

// MaxCount is the most pictures of one request.
const MaxCount = 10_000

// Request is what to draw. A zero field takes its default.
type Request struct {
	Prompt         string
	NegativePrompt string // what to keep away from; not read at guidance scale 1
	// GuidanceScale is how much the prompt is insisted on (classifier-free
	// guidance, arXiv 2207.12598): 1 or more, DefaultGuidanceScale by default.
	// At 1 the UNet runs for the prompt alone, in half the time.
	GuidanceScale float64
	// GuidanceRescale, 0 to 1, counters the overexposure of high guidance
	// scales (arXiv 2305.08891, section 3.4; 0.7 is advised for models with
	// zero terminal SNR).
	GuidanceRescale float64
	// GuidanceShare, above 0 and up to 1, is the part of the timesteps, from the
	// noisy end, at which the prompt is insisted on; 1 by default. At the others
	// the UNet runs for the prompt alone, in half the time: what is drawn is
	// settled early, and guidance late mostly hardens colours (Kynkäänniemi et
	// al., arXiv 2404.07724).
	GuidanceShare float64
	// FidelityStages set the fidelity of the concepts that have one (see [Use]) by
	// parts of the steps, one after the other; behind the last stage it is their own.
	// As layout is settled early and detail late, a low fidelity first keeps to the
	// scene that the prompt asks for, and the concept's own then makes the likeness:
	// {Until: 0.3, Fidelity: 0.2}.
	FidelityStages []FidelityStage
	// DeepCache is every how many calls of the UNet it runs whole, 1 by default;
	// the calls between run its outermost layer alone, on what lay below it at
	// the last whole one (Ma et al., arXiv 2312.00858). 2 to 5 are of use.
	DeepCache int
	// TokenMerging, 0 to below 1, is the part of the tokens that self-attention does
	// without where the UNet's features are as large as the latents, and attention
	// takes longest: those most like others are merged into them (Bolya and Hoffman,
	// arXiv 2303.17604). Up to 0.5 or 0.6 is of use; 0.75 is the most that can be
	// merged.
	TokenMerging float64
	// Steps of the sampler, DefaultSteps by default.
	Steps int
	// Seed is the first picture's; picture i is that of Seed + i, whatever
	// Count is, so that each can be drawn again alone, to the bit.
	Seed uint64
	// Width and Height in pixels are multiples of the autoencoder's factor,
	// Model.DefaultSize by default. Others are refused, not rounded: the
	// program that asks knows whether to crop or to enlarge.
	Width, Height int
	Count         int // 1 by default
	// Batch is how many pictures are drawn at once, 1 by default and at most Count.
	// More is faster where one leaves the device idle, as with small models, and
	// takes as much more memory; a picture is then that of its seed within
	// rounding, which depends on the batch's size.
	Batch int
	// Sampler is one of sampler.Names; empty is the model folder's own.
	Sampler string
	Eta     float64 // DDIM's noise, 0 to 1
	// RNG is empty for this project's own noise, or RNGTorch for the noise
	// that diffusers draws with one CPU generator for each picture.
	RNG string
	// ClipSkip is how many of the text encoder's last layers are left out: 0
	// for none, 1 for what other programs call clip skip 2.
	ClipSkip int
	// Concepts in use, each known to the prompt by its placeholder.
	Concepts []Use
	// OnStep, if set, is called after each call of the UNet. It may take its
	// time, and call the model.
	OnStep func(Preview)
	// OnWarning, if set, is called before anything is drawn.
	OnWarning func(Warning)
}

// complete fills the defaults in and refuses what cannot be drawn.
func (m *Model) complete(r Request) (Request, error) {
	def := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	def(&r.Width, m.DefaultSize())
	def(&r.Height, m.DefaultSize())
	def(&r.Steps, DefaultSteps)
	def(&r.Count, 1)
	def(&r.Batch, 1)
	def(&r.DeepCache, 1)
	if r.GuidanceScale == 0 {
		r.GuidanceScale = DefaultGuidanceScale
	}
	if r.GuidanceShare == 0 {
		r.GuidanceShare = 1
	}
	r.Batch = min(r.Batch, max(r.Count, 1))
	if err := m.CheckSize(r.Width, r.Height); err != nil {
		return r, err
	}
	if err := r.check(m.Text.Config.NumHiddenLayers); err != nil {
		return r, err
	}
	_, err := sampler.NewPlan(r.Sampler, m.Scheduler, r.Steps)
	return r, err
}

// check looks at the values by themselves; layers are the text encoder's.
func (r Request) check(layers int) error {
	switch {
	case !isFinite(r.GuidanceScale) || r.GuidanceScale < 1:
		return fmt.Errorf("guidance scale %v must be 1 or more; 1 turns guidance off", r.GuidanceScale)
	case !(r.GuidanceShare > 0 && r.GuidanceShare <= 1):
		return fmt.Errorf("guidance share %v must be above 0 and at most 1", r.GuidanceShare)
	case !(r.GuidanceRescale >= 0 && r.GuidanceRescale <= 1):
		return fmt.Errorf("guidance rescale %v must be 0 to 1", r.GuidanceRescale)
	case !(r.Eta >= 0 && r.Eta <= 1):
		return fmt.Errorf("eta %v must be 0 to 1", r.Eta)
	case r.DeepCache < 1:
		return fmt.Errorf("deep cache %d must be 1 or more; 1 turns it off", r.DeepCache)
	case !(r.TokenMerging >= 0 && r.TokenMerging < 1):
		return fmt.Errorf("token merging %v must be 0 or more and below 1; 0 turns it off", r.TokenMerging)
	case r.Count < 1 || r.Count > MaxCount:
		return fmt.Errorf("count %d must be 1 to %d", r.Count, MaxCount)
	case r.Batch < 1:
		return fmt.Errorf("batch %d must be 1 or more", r.Batch)
	case r.ClipSkip < 0 || r.ClipSkip >= layers:
		return fmt.Errorf("clip skip %d must be 0 to %d, as the text encoder has %d layers", r.ClipSkip, layers-1, layers)
	}
	if err := r.checkStages(); err != nil {
		return err
	}
	_, err := newNoise(r.RNG, r.Seed, 1, 1, 1)
	return err
}

// guided says whether the UNet runs for the negative prompt too.
func (r Request) guided() bool { return r.GuidanceScale > 1 }

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
