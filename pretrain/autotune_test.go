package pretrain

import (
	"context"
	"errors"
	"testing"
	"time"
)

// slow is a stage whose first step takes longest.
type slow struct {
	Stage
	steps int
	err   error
}

func (s *slow) Step(context.Context, int) (Figures, error) {
	s.steps++
	if s.steps == 1 {
		time.Sleep(20 * time.Millisecond)
	}
	return nil, s.err
}

func TestTime(t *testing.T) {
	s := &slow{}
	trial, err := Time(t.Context(), s, 8, 0)
	if err != nil {
		t.Fatal(err)
	}
	if s.steps != 1+leastSteps || trial.BatchSize != 8 || trial.First < 20*time.Millisecond || trial.Step >= trial.First {
		t.Errorf("%d steps gave %+v", s.steps, trial)
	}
	why := errors.New("broken")
	if _, err := Time(t.Context(), &slow{err: why}, 8, 0); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestBest(t *testing.T) {
	trial := func(batch int, seconds float64) Trial {
		return Trial{BatchSize: batch, Step: time.Duration(seconds * float64(time.Second))}
	}
	for _, c := range []struct {
		trials []Trial
		want   int
	}{
		{[]Trial{trial(8, 1)}, 8},
		{[]Trial{trial(8, 1), trial(16, 1.5), trial(32, 2.95), trial(64, 5.9)}, 16}, // 8, 10.67, 10.85, 10.85 a second
		{[]Trial{trial(64, 1), trial(8, 1)}, 64},
	} {
		if got := Best(c.trials).BatchSize; got != c.want {
			t.Errorf("%v: batches of %d, want %d", c.trials, got, c.want)
		}
	}
}
