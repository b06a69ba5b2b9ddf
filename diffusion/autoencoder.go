package diffusion

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
)

// Autoencoder turns pictures into the latents that the UNet works on and back,
// inside graphs. AutoencoderKL and AutoencoderTiny are the two.
type Autoencoder interface {
	// Encode maps pictures [n, h, w, 3] in [-1, 1] to scaled latents [n, h/f,
	// w/f, channels]: the mean, or with noise of the latents' shape a sample.
	// An autoencoder without a distribution ignores noise.
	Encode(p *nn.Pass, pictures, noise *Node) *Node
	// Decode maps scaled latents to pictures, nominally in [-1, 1].
	Decode(p *nn.Pass, latents *Node) *Node
	// Factor is how many pixels of a side one latent covers.
	Factor() int
	// Channels is the latents' last dimension.
	Channels() int
	// Params lists the weights, which Weights holds.
	Params() []*nn.Param
	Weights() *nn.Weights
}

// openAutoencoder opens the kind that DIR/config.json names.
func openAutoencoder(dir string, store *model.Store, options ...nn.OpenOption) (Autoencoder, error) {
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read VAE config: %w", err)
	}
	var config struct {
		Class string `json:"_class_name"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if config.Class == "AutoencoderTiny" {
		m, w, err := vae.OpenTiny(dir, store, partVAE, options...)
		return tiny{m, w}, err
	}
	m, w, err := vae.Open(dir, store, partVAE, options...)
	return kl{m, w}, err
}

// kl is an AutoencoderKL.
type kl struct {
	model   *vae.Model
	weights *nn.Weights
}

func (a kl) Encode(p *nn.Pass, pictures, noise *Node) *Node {
	q := a.model.Encode(p, pictures)
	if noise == nil {
		return a.model.Config.Scale(q.Mean)
	}
	return a.model.Config.Scale(q.Sample(noise))
}

func (a kl) Decode(p *nn.Pass, latents *Node) *Node {
	return a.model.Decode(p, a.model.Config.Unscale(latents))
}

func (a kl) Factor() int          { return a.model.Config.Factor() }
func (a kl) Channels() int        { return a.model.Config.LatentChannels }
func (a kl) Params() []*nn.Param  { return a.model.Params }
func (a kl) Weights() *nn.Weights { return a.weights }

// tiny is an AutoencoderTiny, whose latents are those of the autoencoder it
// was distilled from, times its scaling factor (1 in all public ones).
type tiny struct {
	model   *vae.Tiny
	weights *nn.Weights
}

func (a tiny) Encode(p *nn.Pass, pictures, _ *Node) *Node {
	return MulScalar(a.model.Encode(p, pictures), a.model.Config.ScalingFactor)
}

func (a tiny) Decode(p *nn.Pass, latents *Node) *Node {
	return a.model.Decode(p, MulScalar(latents, 1/a.model.Config.ScalingFactor))
}

// Factor is that of the encoder: every level but the first halves a side.
func (a tiny) Factor() int          { return 1 << (len(a.model.Config.EncoderChannels) - 1) }
func (a tiny) Channels() int        { return a.model.Config.LatentChannels }
func (a tiny) Params() []*nn.Param  { return a.model.Params }
func (a tiny) Weights() *nn.Weights { return a.weights }
