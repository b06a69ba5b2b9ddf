package tuning

import (
	"context"

	"github.com/ichimai/ichimai/concept"
)

// tuningEncoder starts from what the model's encoder predicts and refines it in a
// few steps (Arar et al., arXiv 2307.06925). For a model without an encoder it is
// the fast path that can be had: the word nearest to the pictures, then the same
// steps on its vector and on low-rank offsets that start at 0. A class word, if one is
// given, stands behind the placeholder in every prompt.
type tuningEncoder struct{}

func (tuningEncoder) Name() string { return concept.MethodEncoder }

// Defaults have the paper's 12 steps. docs/method.md has what was measured of the
// rates and of path_alpha; the rest are guesses.
func (tuningEncoder) Defaults(small bool) Settings {
	s := common()
	s.Steps, s.LearningRate, s.TokenLearningRate, s.WeightDecay = 12, 1e-3, 1e-3, 0
	s.TrainToken, s.PathAlpha, s.ContrastiveWeight, s.LengthWeight = true, 0, 0.05, 0.01
	s.SaveEvery = 0
	if small {
		s.BatchSize = 8
	}
	return s
}

func (m tuningEncoder) Learn(ctx context.Context, job Job) (*concept.Concept, error) {
	return runJob(ctx, m, job, plan{token: true, lora: true, encoder: true})
}
