package pretrain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ichimai/ichimai/engine"
)

// Trial is how fast a stage learns with batches of a size.
type Trial struct {
	BatchSize int
	First     time.Duration // the first step, in which the program is compiled
	Step      time.Duration // the fastest of those that followed
}

// Rate is the trial's pictures a second.
func (t Trial) Rate() float64 { return float64(t.BatchSize) / t.Step.Seconds() }

// leastSteps are timed however long they take.
const leastSteps = 2

// Time runs a stage's first steps for about as long as given. The stage is of
// no use for training afterwards: what it learned is not kept.
func Time(ctx context.Context, stage Stage, batch int, within time.Duration) (Trial, error) {
	t := Trial{BatchSize: batch}
	var began time.Time
	for step := 1; step <= 1+leastSteps || time.Since(began) < within; step++ {
		start := time.Now()
		err := engine.Try(func() error {
			_, err := stage.Step(ctx, step)
			return err
		})
		if err != nil {
			return t, fmt.Errorf("time batches of %d: %w", batch, err)
		}
		took := time.Since(start)
		switch {
		case step == 1:
			t.First, began = took, time.Now()
		case t.Step == 0 || took < t.Step:
			t.Step = took
		}
	}
	return t, nil
}

// enough is the share of the highest rate that a smaller batch may have to be
// preferred: with the same pictures it makes more steps.
const enough = 0.95

// Best is the trial with the smallest batch whose rate is within a twentieth of
// the highest. There must be one.
func Best(trials []Trial) Trial {
	highest := slices.MaxFunc(trials, func(a, b Trial) int { return cmp.Compare(a.Rate(), b.Rate()) }).Rate()
	quick := slices.DeleteFunc(slices.Clone(trials), func(t Trial) bool { return t.Rate() < enough*highest })
	return slices.MinFunc(quick, func(a, b Trial) int { return cmp.Compare(a.BatchSize, b.BatchSize) })
}
