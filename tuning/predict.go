package tuning

import (
	"context"
	"errors"
	"fmt"

	"github.com/ichimai/ichimai/encoder"
)

// alphaWithout is the soft path's share where there is no encoder: a little of the
// hard path keeps the model's knowledge.
const alphaWithout = 0.75

// openEncoder finds the encoder that a plan wants: that of the job, or the one in
// the model's folder. Without one the plan goes on from a word.
func (r *run) openEncoder(ctx context.Context) error {
	if !r.plan.encoder {
		if r.job.Settings.Steps == 0 {
			return errors.New("steps: 0 is for the method encoder, whose prediction is an answer without steps")
		}
		return nil
	}
	dir := r.job.Encoder
	if dir == "" {
		dir = encoder.In(r.job.Model.Dir)
	}
	if dir == "" {
		if r.job.Settings.PathAlpha == 0 {
			r.job.Settings.PathAlpha = alphaWithout
		}
		if r.job.Settings.Steps == 0 {
			return &NoEncoderError{Dir: r.job.Model.Dir}
		}
		return nil
	}
	e, err := encoder.Open(ctx, r.job.Model, dir)
	if err != nil {
		return err
	}
	r.encoder = e
	s := &r.job.Settings
	if s.PathAlpha == 0 {
		s.PathAlpha = e.Model.Config.Alpha
	}
	if rank := e.Model.Config.Rank; rank > 0 {
		s.Rank, s.Alpha, s.Targets, s.TrainTextEncoder = rank, float64(rank), []string{TargetAttention}, false
	} else {
		r.plan.lora = false
	}
	s.Vectors = 1
	r.bank, err = e.Bank()
	return err
}

// NoEncoderError says that a model has no encoder to predict a concept without a
// step.
type NoEncoderError struct{ Dir string }

func (e *NoEncoderError) Error() string {
	return fmt.Sprintf("steps: 0 needs an encoder to predict the concept, and %s has none; give a number of steps, or train one with \"ichimai train encoder\"", e.Dir)
}

// predict asks the encoder about the pictures.
func (r *run) predict(ctx context.Context) (rows, pairs []float32, err error) {
	subject, err := r.encoder.Predict(ctx, r.job.Pictures, r.job.Settings.Seed)
	if err != nil {
		return nil, nil, err
	}
	err = r.exclusive(func() error {
		r.done.initWord, err = nearestWord(r.base, [][]float32{subject.Token})
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	r.report(Progress{Event: EventStart, Start: Start{r.done.initWord, StartPredicted}})
	return subject.Token, subject.Pairs, nil
}
