package pretrain

import (
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/vae"
)

// quietLogVar is where the logarithm of the latents' variance starts.
const quietLogVar = -6

// initialise starts an autoencoder with latents that carry little noise. At
// unit noise a direction of small variance, such as the difference of red and
// green, is drowned from the first step: nothing learns to read it, so nothing
// learns to write it louder.
func initialise(m *vae.Model, w *nn.Weights, seed uint64) error {
	if err := w.Initialise(m.Params, seed); err != nil {
		return err
	}
	weight, bias := posteriorParams(m)
	values, err := w.Float32(weight)
	if err != nil {
		return err
	}
	clear(values[len(values)/2:]) // rows of the second half are the variances'
	if err := w.Set(weight.Name, nn.GraphTensor(weight, values)); err != nil {
		return err
	}
	offsets := make([]float32, bias.Size())
	for i := len(offsets) / 2; i < len(offsets); i++ {
		offsets[i] = quietLogVar
	}
	return w.Set(bias.Name, nn.GraphTensor(bias, offsets))
}

// posteriorParams are the layer that the posterior is split from.
func posteriorParams(m *vae.Model) (weight, bias *nn.Param) {
	name := "encoder.conv_out"
	if m.Config.UseQuantConv {
		name = "quant_conv"
	}
	for _, p := range m.EncoderParams {
		switch p.Name {
		case name + ".weight":
			weight = p
		case name + ".bias":
			bias = p
		}
	}
	return weight, bias
}
