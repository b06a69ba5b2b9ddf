package tuning

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/ichimai/ichimai/clip"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/nn"
	"github.com/ichimai/ichimai/sampler"
	"github.com/ichimai/ichimai/tokenizer"
	"github.com/ichimai/ichimai/unet"
)

// base is what learning needs of an opened model. Its weights stay as they are.
type base struct {
	backend compute.Backend
	store   *model.Store
	tokens  *tokenizer.Tokenizer

	text        *clip.TextModel
	textWeights *nn.Weights
	unet        *unet.Model
	unetWeights *nn.Weights

	// alphas is the noise schedule's cumulative product, and prediction what
	// the UNet predicts.
	alphas     []float64
	prediction string
}

// newBase takes the parts of an opened model. Its tokenizer is a copy that can
// learn a placeholder.
func newBase(m *diffusion.Model) (*base, error) {
	b := &base{
		backend: m.Engine.Backend(), store: m.Store, tokens: m.Tokenizer.Clone(),
		text: m.Text, textWeights: m.TextWeights, unet: m.UNet, unetWeights: m.UNetWeights,
	}
	return b, b.setSchedule(m.Scheduler)
}

// setSchedule reads the noise schedule that the model was trained with.
func (b *base) setSchedule(c sampler.Config) error {
	s, err := sampler.NewSchedule(c)
	if err != nil {
		return fmt.Errorf("read noise schedule: %w", err)
	}
	b.alphas, b.prediction = s.AlphasCumprod, c.PredictionType
	return nil
}
