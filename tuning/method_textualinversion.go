package tuning

import (
	"context"

	"github.com/ichimai/ichimai/concept"
)

// textualInversion learns the placeholder's vectors and nothing else (Gal et
// al., arXiv 2208.01618).
type textualInversion struct{}

func (textualInversion) Name() string { return "textual_inversion" }

// Defaults for full models are those of the paper's successors: the rate of
// 5e-3 that one vector takes well.
func (textualInversion) Defaults(small bool) Settings {
	s := common()
	s.Steps, s.BatchSize, s.LearningRate, s.WeightDecay = 1000, 1, 5e-3, 0
	s.Accumulation, s.TrainToken = 4, true
	if small {
		// Seen on sheets of the example photos: after 200 steps at 2e-2 the vector
		// was many times as long as words are, and a scene's words were drowned.
		s.Steps, s.BatchSize, s.Accumulation, s.LearningRate = 100, 4, 1, 5e-3
	}
	return s
}

func (m textualInversion) Learn(ctx context.Context, job Job) (*concept.Concept, error) {
	return runJob(ctx, m, job, plan{token: true})
}
