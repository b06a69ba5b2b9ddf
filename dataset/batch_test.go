package dataset

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/ichimai/ichimai/picture"
)

// numbered is a dataset whose samples name their index and seed.
type numbered struct {
	n    int
	fail int // index that fails; -1 for none
}

func (d numbered) Len() int { return d.n }
func (d numbered) At(ctx context.Context, i int, seed uint64) (Sample, error) {
	if i == d.fail {
		return Sample{}, errors.New("broken picture")
	}
	return Sample{Key: fmt.Sprint(i), Caption: fmt.Sprint(seed), Pixels: picture.Filled(2, 2, uint8(i), 0, 255)}, ctx.Err()
}

func run(t *testing.T, ds Dataset, o BatchOptions) [][]shown {
	t.Helper()
	var steps [][]shown
	next := o.Start
	for b, err := range Batches(context.Background(), ds, o) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Step != next {
			t.Fatalf("step %d follows step %d", b.Step, next-1)
		}
		next++
		var step []shown
		for _, s := range b.Samples {
			step = append(step, shown{s.Key, s.Caption, s.Lang, s.Pixels.Hash()})
		}
		steps = append(steps, step)
	}
	return steps
}

func TestAResumedRunEqualsTheUndisturbed(t *testing.T) {
	s := scenes(t, func(c *Config) { c.Size = 24 })
	whole := run(t, s, BatchOptions{Size: 5, Seed: 11, Steps: 12, Workers: 3})
	before := run(t, s, BatchOptions{Size: 5, Seed: 11, Steps: 5, Workers: 1})
	after := run(t, s, BatchOptions{Size: 5, Seed: 11, Start: 5, Steps: 7, Workers: 2, Ahead: 5})
	if diff := cmp.Diff(whole, append(before, after...)); diff != "" {
		t.Errorf("the runs differ (-undisturbed +resumed):\n%s", diff)
	}
}

func TestAPassSeesEverySampleOnce(t *testing.T) {
	seen := map[string]int{}
	orders := map[string]bool{}
	for _, step := range run(t, numbered{12, -1}, BatchOptions{Size: 4, Seed: 3, Steps: 9}) {
		for _, s := range step {
			seen[s.Key]++
			orders[s.Caption] = true
		}
	}
	for key, times := range seen {
		if times != 3 {
			t.Errorf("sample %s came %d times in 3 passes", key, times)
		}
	}
	if len(seen) != 12 || len(orders) != 3 {
		t.Errorf("%d samples and %d seeds came in 3 passes over 12", len(seen), len(orders))
	}
}

func TestBatchesEnd(t *testing.T) {
	t.Run("ErrSample", func(t *testing.T) {
		var last error
		for _, err := range Batches(context.Background(), numbered{10, 4}, BatchOptions{Size: 2, Workers: 4}) {
			last = err
		}
		if last == nil {
			t.Error("a failing sample ends the batches without an error")
		}
	})
	t.Run("ErrContext", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var last error
		for b, err := range Batches(ctx, numbered{10, -1}, BatchOptions{Size: 2}) {
			if last = err; err == nil && b.Step == 3 {
				cancel()
			}
		}
		if !errors.Is(last, context.Canceled) {
			t.Errorf("the last error is %v", last)
		}
	})
	t.Run("ErrOptions", func(t *testing.T) {
		for _, o := range []BatchOptions{{}, {Size: 2, Start: -1}, {Size: 2, Steps: -1}} {
			for _, err := range Batches(context.Background(), numbered{10, -1}, o) {
				if err == nil {
					t.Errorf("%+v is accepted", o)
				}
			}
		}
	})
	t.Run("NothingIsLeft", func(t *testing.T) {
		before := runtime.NumGoroutine()
		for range Batches(context.Background(), numbered{10, -1}, BatchOptions{Size: 2, Workers: 8, Ahead: 8}) {
			break
		}
		for range 100 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Errorf("%d goroutines are left of %d", runtime.NumGoroutine(), before)
	})
}

func TestFloats(t *testing.T) {
	b := Batch{Samples: []Sample{{Pixels: picture.Filled(1, 1, 0, 255, 51)}, {Pixels: picture.Filled(1, 1, 255, 0, 128)}}}
	got, err := b.Floats(-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{-1, 1, -0.6, 1, -1, 1.0 / 255}, got, cmp.Comparer(func(a, b float32) bool { return max(a-b, b-a) < 1e-6 })); diff != "" {
		t.Error(diff)
	}
	b.Samples[1].Pixels = picture.New(2, 1)
	if _, err := b.Floats(0, 1); err == nil {
		t.Error("pictures of two sizes are stacked")
	}
}
