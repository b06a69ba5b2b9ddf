package tuning

import (
	"context"

	"github.com/ichimai/ichimai/concept"
)

// lora learns low-rank offsets of the UNet's layers, and of the text encoder's
// on request (Hu et al., arXiv 2106.09685), together with the placeholder's
// vectors unless train_token is off.
type lora struct{}

func (lora) Name() string { return "lora" }

func (lora) Defaults(small bool) Settings {
	s := common()
	s.Steps, s.LearningRate, s.TokenLearningRate, s.TextLearningRate = 500, 1e-4, 5e-4, 5e-5
	s.TrainToken, s.MinSNRGamma = true, 5
	if small {
		// Seen on the demo's sheet: after 100 steps the photo's own ground had taken
		// the scenes' place.
		s.Steps, s.BatchSize, s.LearningRate, s.TokenLearningRate, s.TextLearningRate = 40, 4, 1e-3, 1e-2, 5e-4
		// The demo model's schedule ends in pure noise, where min-SNR's weight is 0:
		// what a picture begins with would not be learned.
		s.MinSNRGamma = 0
	}
	return s
}

func (m lora) Learn(ctx context.Context, job Job) (*concept.Concept, error) {
	return runJob(ctx, m, job, plan{token: job.Settings.TrainToken, lora: true})
}
