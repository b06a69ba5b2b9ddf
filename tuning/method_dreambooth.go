package tuning

import (
	"context"
	"fmt"

	"github.com/ichimai/ichimai/concept"
)

// dreamBoothLoRA is LoRA beside pictures of the subject's class, which the
// model draws itself, so that the class keeps its meaning (Ruiz et al., arXiv
// 2208.12242).
type dreamBoothLoRA struct{}

func (dreamBoothLoRA) Name() string { return "dreambooth_lora" }

// Defaults leave min-SNR off, as the paper's loss does.
func (dreamBoothLoRA) Defaults(small bool) Settings {
	s := lora{}.Defaults(small)
	s.Steps, s.MinSNRGamma = 800, 0
	if small {
		s.Steps, s.ClassPictures = 60, 64
	}
	return s
}

func (m dreamBoothLoRA) Learn(ctx context.Context, job Job) (*concept.Concept, error) {
	switch s := job.Settings; {
	case job.ClassWord == "":
		return nil, fmt.Errorf("class_word is missing: dreambooth_lora needs the kind of thing that the subject is, such as \"dog\"")
	case s.ClassPictures == 0 || s.PriorLossWeight == 0:
		return nil, fmt.Errorf("num_class_images and prior_loss_weight must not be 0 for dreambooth_lora; choose lora to learn without class pictures")
	}
	return runJob(ctx, m, job, plan{token: job.Settings.TrainToken, lora: true, prior: true})
}
