package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
)

// BatchOptions say what [Batches] yields.
type BatchOptions struct {
	Size    int    // samples a batch
	Seed    uint64 // names the order of the samples and all their choices
	Start   int    // the first step: a resumed run's number of finished steps
	Steps   int    // how many batches; 0 goes on until the consumer stops
	Workers int    // batches made at the same time, beside the consumer's work; default 1
	Ahead   int    // finished batches that may wait; default 2
}

// Batch is the samples of one step.
type Batch struct {
	Step    int
	Samples []Sample
}

// Batches yields the batches of steps Start, Start+1, ... in order, made ahead
// of time by workers. Step s holds samples s*Size to (s+1)*Size-1 of an endless
// sequence that shuffles the dataset anew in each pass, so that what a step
// holds depends on Seed and the step alone. It stops at the first error, which
// is yielded, and when the context ends.
//
// At most Workers+Ahead+1 batches are in memory at once.
func Batches(ctx context.Context, ds Dataset, o BatchOptions) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if err := o.check(ds); err != nil {
			yield(Batch{}, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		promises, wait := o.produce(ctx, ds)
		defer wait()
		defer cancel()
		for promise := range promises {
			r := <-promise
			if !yield(r.batch, r.err) || r.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Batch{}, err)
		}
	}
}

func (o BatchOptions) check(ds Dataset) error {
	switch {
	case ds == nil || ds.Len() == 0:
		return errors.New("make batches: the dataset is empty")
	case o.Size < 1:
		return fmt.Errorf("make batches: size is %d; it is at least 1", o.Size)
	case o.Start < 0 || o.Steps < 0:
		return fmt.Errorf("make batches: start %d and steps %d are not below 0", o.Start, o.Steps)
	}
	return nil
}

type made struct {
	batch Batch
	err   error
}

// produce starts the workers. Promises come in the order of their steps; wait
// returns when all workers have ended.
func (o BatchOptions) produce(ctx context.Context, ds Dataset) (<-chan chan made, func()) {
	workers := max(o.Workers, 1)
	ahead := o.Ahead
	if ahead <= 0 {
		ahead = 2
	}
	promises := make(chan chan made, ahead)
	free := make(chan struct{}, workers)
	var all sync.WaitGroup
	all.Go(func() {
		defer close(promises)
		for step := o.Start; o.Steps == 0 || step < o.Start+o.Steps; step++ {
			promise := make(chan made, 1)
			if !send(ctx, free, struct{}{}) || !send(ctx, promises, promise) {
				return
			}
			all.Go(func() {
				defer func() { <-free }()
				b, err := o.batch(ctx, ds, step)
				promise <- made{b, err}
			})
		}
	})
	return promises, all.Wait
}

// send reports false when the context ended first.
func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case <-ctx.Done():
		return false
	case to <- v:
		return true
	}
}

// batch makes the batch of one step.
func (o BatchOptions) batch(ctx context.Context, ds Dataset, step int) (Batch, error) {
	b := Batch{Step: step, Samples: make([]Sample, o.Size)}
	n := ds.Len()
	for i := range b.Samples {
		number := step*o.Size + i
		pass := mix64(o.Seed ^ mix64(uint64(number/n)))
		s, err := ds.At(ctx, permute(number%n, n, pass), pass)
		if err != nil {
			return Batch{}, fmt.Errorf("make batch of step %d: %w", step, err)
		}
		b.Samples[i] = s
	}
	return b, nil
}

// Captions returns the captions of a batch in order.
func (b Batch) Captions() []string {
	texts := make([]string, len(b.Samples))
	for i, s := range b.Samples {
		texts[i] = s.Caption
	}
	return texts
}

// Floats returns the pictures as one [batch, height, width, 3] tensor with
// black at low and white at high, such as -1 and 1. All pictures must be of
// one size.
func (b Batch) Floats(low, high float32) ([]float32, error) {
	if len(b.Samples) == 0 {
		return nil, nil
	}
	first := b.Samples[0].Pixels
	var scaled [256]float32
	for v := range scaled {
		scaled[v] = low + (high-low)*float32(v)/255
	}
	each := len(first.Pix)
	values := make([]float32, len(b.Samples)*each)
	for i, s := range b.Samples {
		if s.Pixels.Width != first.Width || s.Pixels.Height != first.Height {
			return nil, fmt.Errorf("stack batch of step %d: %s is %d by %d and %s is %d by %d; give the dataset a size",
				b.Step, s.Key, s.Pixels.Width, s.Pixels.Height, b.Samples[0].Key, first.Width, first.Height)
		}
		to := values[i*each : (i+1)*each]
		for k, v := range s.Pixels.Pix {
			to[k] = scaled[v]
		}
	}
	return values, nil
}
