package pretrain

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a stage whose first step takes 20 ms, the others 3 and 2 in turns.
type slow struct {
	Stage
	steps int
	err   error
}

func (s *slow) Step(context.Context, int) (Figures, error) {
	s.steps++
	time.Sleep([]time.Duration{2, 3}[s.steps%2] * time.Millisecond)
	if s.steps == 1 {
		time.Sleep(17 * time.Millisecond)
	}
	return nil, s.err
}

func TestTime(t *testing.T) {
	for within, steps := range map[time.Duration]int{0: 1 + leastSteps, 10 * time.Millisecond: 5} {
		synctest.Test(t, func(t *testing.T) {
			s := &slow{}
			got, err := Time(t.Context(), s, 8, within)
			want := Trial{BatchSize: 8, First: 20 * time.Millisecond, Step: 2 * time.Millisecond}
			if err != nil || got != want || s.steps != steps {
				t.Errorf("within %s: %d steps gave %+v, %v; want %d and %+v", within, s.steps, got, err, steps, want)
			}
		})
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
