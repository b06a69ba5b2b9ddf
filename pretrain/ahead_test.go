package pretrain

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
)

// preparing makes a step's number its argument, which takes some time, and fails
// where fail says so.
func preparing(t *testing.T, fail func(ctx context.Context, step int) error) *ahead {
	var busy atomic.Bool
	return &ahead{prepare: func(ctx context.Context, step int) ([]*tensors.Tensor, error) {
		if busy.Swap(true) {
			t.Errorf("step %d is prepared beside another", step)
		}
		defer busy.Store(false)
		time.Sleep(time.Second)
		if err := fail(ctx, step); err != nil {
			return nil, err
		}
		return []*tensors.Tensor{tensors.FromScalar(int32(step))}, nil
	}}
}

func never(context.Context, int) error { return nil }

func taken(t *testing.T, a *ahead, step int) {
	t.Helper()
	args, err := a.take(t.Context(), step)
	if err != nil || len(args) != 1 || tensors.ToScalar[int32](args[0]) != int32(step) {
		t.Errorf("step %d has the arguments %v, %v", step, args, err)
	}
}

// A step has its own arguments whichever step was asked for before it. Those of the
// next are there when the computation is done, those of another are made then.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := preparing(t, never)
		for _, c := range []struct {
			step  int
			waits time.Duration
		}{
			{1, time.Second}, {2, 0}, {3, 0}, {7, time.Second}, {8, 0}, {2, time.Second}, {2, time.Second}, {3, 0},
		} {
			began := time.Now()
			taken(t, a, c.step)
			if waited := time.Since(began); waited != c.waits {
				t.Errorf("step %d took %s to come, want %s", c.step, waited, c.waits)
			}
			time.Sleep(3 * time.Second) // the computation
		}
	})
}

// Asked for at once, a step waits for what is being prepared, whether it is its own
// or another's: what prepares is for one at a time.
func TestAheadPreparesOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := preparing(t, never)
		for _, step := range []int{1, 2, 3, 7, 2} {
			taken(t, a, step)
		}
		began := time.Now()
		a.wait()
		if waited := time.Since(began); waited != time.Second || a.coming != nil {
			t.Errorf("step 3 was waited for for %s", waited)
		}
		taken(t, a, 3)
		a.wait()
	})
}

// What goes wrong is said where the step is asked for, and tried again then.
func TestAheadFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why, broken := errors.New("the disk is on fire"), true
		a := preparing(t, func(_ context.Context, step int) error {
			if broken && step > 1 {
				return why
			}
			return nil
		})
		taken(t, a, 1)
		for range 2 {
			if _, err := a.take(t.Context(), 2); !errors.Is(err, why) {
				t.Errorf("got %v", err)
			}
		}
		broken = false
		taken(t, a, 2)
		a.wait()
	})
}

// A context that ends while a step is prepared is no concern of a later one, under
// which a resumed run asks for the same step.
func TestAheadUnderAnotherContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := preparing(t, func(ctx context.Context, _ int) error { return ctx.Err() })
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := a.take(ctx, 1); err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := a.take(ctx, 2); !errors.Is(err, context.Canceled) {
			t.Errorf("under a context that has ended: %v", err)
		}
		taken(t, a, 2)
		ctx, cancel = context.WithCancel(t.Context())
		if _, err := a.take(ctx, 3); err != nil {
			t.Fatal(err)
		}
		cancel() // before step 4 is prepared
		taken(t, a, 4)
		a.wait()
	})
}

// A panic beside the computation comes out where the step is asked for.
func TestAheadPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := preparing(t, func(_ context.Context, step int) error {
			if step == 2 {
				panic(errors.New("shapes do not fit"))
			}
			return nil
		})
		taken(t, a, 1)
		synctest.Wait()
		defer func() {
			if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "shapes do not fit") {
				t.Errorf("got %v", err)
			}
		}()
		a.take(t.Context(), 2)
	})
}
