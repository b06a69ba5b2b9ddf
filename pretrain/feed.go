package pretrain

import (
	"context"
	"fmt"
	"iter"
	"runtime"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/ichimai/ichimai/dataset"
)

// feed hands out the batches of a run's steps, prepared beside the computation.
// Steps count from 1; a run that resumes begins in the middle.
type feed struct {
	data    dataset.Dataset
	options dataset.BatchOptions
	next    func() (dataset.Batch, error, bool)
	stop    func()
	at      int // the step that next will return
}

func newFeed(data dataset.Dataset, seed uint64, size int) *feed {
	workers := runtime.GOMAXPROCS(0) // they only work where the computation waits for them
	return &feed{data: data, options: dataset.BatchOptions{Size: size, Seed: seed, Workers: workers, Ahead: workers}}
}

// batch returns the samples of a step.
func (f *feed) batch(ctx context.Context, step int) ([]dataset.Sample, error) {
	if f.next == nil || f.at != step {
		f.restart(ctx, step)
	}
	b, err, ok := f.next()
	if err == nil && !ok {
		err = fmt.Errorf("the data set ended before step %d", step)
	}
	if err != nil {
		f.close()
		return nil, err
	}
	f.at++
	return b.Samples, nil
}

func (f *feed) restart(ctx context.Context, step int) {
	f.close()
	f.options.Start = step - 1
	f.next, f.stop = iter.Pull2(dataset.Batches(ctx, f.data, f.options))
	f.at = step
}

func (f *feed) close() {
	if f.stop != nil {
		f.stop()
	}
	f.next, f.stop = nil, nil
}

// pictureTensor stacks the samples' pictures as [batch, height, width, 3] in
// [-1, 1].
func pictureTensor(samples []dataset.Sample) (*tensors.Tensor, error) {
	flat, err := dataset.Batch{Samples: samples}.Floats(-1, 1)
	if err != nil {
		return nil, err
	}
	first := samples[0].Pixels
	return tensors.FromFlatDataAndDimensions(flat, len(samples), first.Height, first.Width, 3), nil
}
