package pretrain

import (
	"fmt"

	"github.com/ichimai/ichimai/encoder"
	"github.com/ichimai/ichimai/loss"
)

// EncoderSettings are the settings file of `train encoder`.
type EncoderSettings struct {
	Settings `yaml:",inline"`
	Encoder  encoder.Sizes `yaml:"encoder" json:"encoder"`
	// UseVision and UseUNet say which features are read: CLIP's, and the denoiser's.
	UseVision bool `yaml:"use_vision" json:"use_vision"`
	UseUNet   bool `yaml:"use_unet" json:"use_unet"`

	// ContrastiveWeight and LengthWeight weigh the regularisers of the predicted
	// vectors beside the denoiser's loss; see [loss.Contrastive].
	ContrastiveWeight float64 `yaml:"contrastive_weight" json:"contrastive_weight"`
	Neighbours        int     `yaml:"contrastive_neighbours" json:"contrastive_neighbours"`
	Temperature       float64 `yaml:"contrastive_temperature" json:"contrastive_temperature"`
	LengthWeight      float64 `yaml:"length_weight" json:"length_weight"`

	// Alpha is the share of the soft path; 1 trains with a single path.
	Alpha float64 `yaml:"alpha" json:"alpha"`
	// CrossView draws the subject on another view than the one that is looked at.
	CrossView bool `yaml:"cross_view" json:"cross_view"`
	// CachedPairs is how many pairs of views are made and encoded before training
	// begins; passes over them are shuffled anew.
	CachedPairs int `yaml:"cached_pairs" json:"cached_pairs"`
	// MinSNRGamma and TimestepShift are described at [UNetSettings].
	MinSNRGamma   float64 `yaml:"min_snr_gamma" json:"min_snr_gamma"`
	TimestepShift float64 `yaml:"timestep_shift" json:"timestep_shift"`

	// Prompts, with {} where the subject goes, are drawn on the sheets.
	Prompts       []string `yaml:"prompts" json:"-"`
	SheetGuidance float64  `yaml:"sheet_guidance" json:"-"`
	SheetSteps    int      `yaml:"sheet_steps" json:"-"`
}

// DefaultEncoderSettings are a start. The paper does not give these values, and they
// are guesses where docs/method.md has no measurement of them.
func DefaultEncoderSettings() EncoderSettings {
	s := EncoderSettings{
		Settings: DefaultSettings(), Encoder: encoder.DefaultSizes(), UseVision: true, UseUNet: true,
		ContrastiveWeight: 0.1, Neighbours: 4, Temperature: 0.1, LengthWeight: 0.01,
		Alpha: 1, CrossView: true, CachedPairs: 20000, TimestepShift: 1,
		Prompts:       []string{"a photo of {}", "{} in snow", "{} on grass", "{} on a plain red background"},
		SheetGuidance: 4, SheetSteps: 20,
	}
	return s
}

func (s *EncoderSettings) contrastive() loss.Contrastive {
	return loss.Contrastive{Neighbours: s.Neighbours, Temperature: s.Temperature}
}

// Validate reports what is wrong, by the key that a user sets.
func (s *EncoderSettings) Validate() error {
	switch {
	case !s.UseVision && !s.UseUNet:
		return fmt.Errorf("use_vision and use_unet: both are off, so the encoder would see nothing")
	case s.UseUNet && len(s.Encoder.FeatureTimesteps) == 0:
		return fmt.Errorf("encoder: feature_timesteps: use_unet needs at least one")
	case !(s.ContrastiveWeight >= 0) || !(s.LengthWeight >= 0):
		return fmt.Errorf("contrastive_weight %g and length_weight %g must not be negative", s.ContrastiveWeight, s.LengthWeight)
	case !(s.Alpha > 0 && s.Alpha <= 1):
		return fmt.Errorf("alpha: %g is not above 0 and at most 1; at 0 nothing of the encoder is used", s.Alpha)
	case s.CachedPairs < s.BatchSize:
		return fmt.Errorf("cached_pairs: %d are fewer than batch_size %d", s.CachedPairs, s.BatchSize)
	case !(s.TimestepShift > 0 && s.TimestepShift <= 100):
		return fmt.Errorf("timestep_shift: %g is not above 0 and at most 100", s.TimestepShift)
	case !(s.MinSNRGamma >= 0):
		return fmt.Errorf("min_snr_gamma: %g is negative", s.MinSNRGamma)
	case len(s.Prompts) > 0 && s.SheetSteps < 1:
		return fmt.Errorf("sheet_steps: %d is not positive", s.SheetSteps)
	}
	if err := s.Encoder.Validate(); err != nil {
		return fmt.Errorf("encoder: %w", err)
	}
	if err := s.contrastive().Validate(); err != nil {
		return err
	}
	return s.Settings.Validate()
}
