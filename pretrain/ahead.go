package pretrain

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/engine"
)

// ahead prepares a step's arguments beside the computation of the step before
// it. What a step's arguments are must depend on the step alone. It is for one
// goroutine.
type ahead struct {
	// prepare makes the arguments of a step; it is never called twice at once.
	prepare func(ctx context.Context, step int) ([]*tensors.Tensor, error)
	step    int            // that is being prepared; 0: none
	coming  chan arguments // its arguments
}

type arguments struct {
	tensors []*tensors.Tensor
	err     error
}

// take returns the arguments of a step and begins to prepare those of the next.
func (a *ahead) take(ctx context.Context, step int) ([]*tensors.Tensor, error) {
	prepared := a.step
	got := a.wait()
	// What failed under another context may work under this one.
	if prepared != step || got.err != nil {
		got.tensors, got.err = a.prepare(ctx, step)
	}
	if got.err != nil {
		return nil, got.err
	}
	a.step, a.coming = step+1, make(chan arguments, 1)
	go func(coming chan<- arguments) {
		var next arguments
		next.err = engine.Try(func() (err error) { // a panic here would end the process
			next.tensors, err = a.prepare(ctx, step+1)
			return err
		})
		coming <- next
	}(a.coming)
	return got.tensors, nil
}

// wait returns what is being prepared, if anything, when it is there. Nothing is
// being prepared any more then.
func (a *ahead) wait() (got arguments) {
	if a.coming != nil {
		got = <-a.coming
	}
	a.step, a.coming = 0, nil
	return got
}
