package pretrain

import (
	"slices"
	"strings"

	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
)

// An autoencoder of random layers learns one axis of colour after the other:
// a chain of random mixtures passes its strongest directions alone, noise
// drowns the rest, and few thousand steps are not enough to dig them out. So
// it starts as what it would learn first: a picture made small by averaging
// and large by repeating, in the first three latent channels. Everything else
// starts at random and is free to add detail.
const (
	colours = 3
	// carrier is a constant in two channels of each end, so that group norm,
	// which divides by a picture's own contrast, has something else to measure.
	carrier = 1.5
	// startLogVar is the logarithm of the latents' first variance.
	startLogVar = -6
)

// initialise gives an autoencoder its starting weights. One that has no room for
// the colours on their way starts at random.
func initialise(m *vae.Model, w *nn.Weights, seed uint64) error {
	if err := w.Initialise(m.Params, seed); err != nil || !hasRoom(m.Config) {
		return err
	}
	edits := map[string]func(*kernel){}
	for _, p := range m.Params {
		edits[p.Name] = startOf(p.Name)
	}
	return editStart(m.Params, w, edits)
}

// editStart changes the starting values of some parameters; a nil edit, or none,
// leaves them.
func editStart(params []*nn.Param, w *nn.Weights, edits map[string]func(*kernel)) error {
	for _, p := range params {
		edit := edits[p.Name]
		if edit == nil {
			continue
		}
		values, err := w.Float32(p)
		if err != nil {
			return err
		}
		edit(&kernel{values, p.Shape})
		if err := w.Set(p.Name, nn.GraphTensor(p, values)); err != nil {
			return err
		}
	}
	return nil
}

// hasRoom reports whether every level holds the colours, their negatives and the
// carrier, and the latents the colours.
func hasRoom(c vae.Config) bool {
	return c.InChannels == colours && c.OutChannels == colours && c.LatentChannels >= colours &&
		slices.Min(c.BlockOutChannels) >= 2*colours+2
}

// startOf is what to change of a parameter's random start; nil leaves it.
func startOf(name string) func(*kernel) {
	switch {
	case strings.HasSuffix(name, "downsamplers.0.conv.weight"):
		return (*kernel).average
	case name == "encoder.conv_in.weight", name == "decoder.conv_in.weight":
		return (*kernel).split
	case name == "encoder.conv_in.bias", name == "decoder.conv_in.bias":
		return (*kernel).carry
	case name == "encoder.conv_out.weight", name == "decoder.conv_out.weight":
		return (*kernel).join
	case name == "quant_conv.weight":
		return (*kernel).forgetVariance
	case name == "quant_conv.bias":
		return (*kernel).quiet
	}
	return nil
}

// kernel is a parameter under way: [out, in, height, width] or [out].
type kernel struct {
	values []float32
	shape  []int
}

func (k *kernel) middle() (y, x int) { return k.shape[2] / 2, k.shape[3] / 2 }

func (k *kernel) at(out, in, y, x int) *float32 {
	return &k.values[((out*k.shape[1]+in)*k.shape[2]+y)*k.shape[3]+x]
}

// row sets all that an output reads to 0 and returns it.
func (k *kernel) row(out int) []float32 {
	n := len(k.values) / k.shape[0]
	clear(k.values[out*n : (out+1)*n])
	return k.values[out*n : (out+1)*n]
}

// split writes the three colours and their negatives, which SiLU keeps apart:
// silu(x) - silu(-x) = x. Two further channels are for the carrier.
func (k *kernel) split() {
	y, x := k.middle()
	for c := range colours {
		k.row(c)
		k.row(colours + c)
		*k.at(c, c, y, x) = 1
		*k.at(colours+c, c, y, x) = -1
	}
	k.row(2 * colours)
	k.row(2*colours + 1)
}

func (k *kernel) carry() {
	clear(k.values[:2*colours])
	k.values[2*colours], k.values[2*colours+1] = carrier, -carrier
}

// join reads the colours back out of their two halves.
func (k *kernel) join() {
	y, x := k.middle()
	for c := range colours {
		k.row(c)
		*k.at(c, c, y, x) = 1
		*k.at(c, colours+c, y, x) = -1
	}
}

// average makes each channel the mean of the four pixels that become one.
func (k *kernel) average() {
	for c := range min(k.shape[0], k.shape[1]) {
		k.row(c)
		for i := range 4 {
			*k.at(c, c, i/2, i%2) = 0.25
		}
	}
}

// forgetVariance makes the variance the same for all pictures at first.
func (k *kernel) forgetVariance() {
	for out := k.shape[0] / 2; out < k.shape[0]; out++ {
		k.row(out)
	}
}

func (k *kernel) quiet() {
	for i := len(k.values) / 2; i < len(k.values); i++ {
		k.values[i] = startLogVar
	}
}
