package main

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/provenance"
)

// trial is what became of one marked picture.
type trial struct {
	refused bool
	psnr    float64
	read    []bool // after each wear
}

// random are the numbers of one trial of a source.
func (s settings) random(name string, side, i int) *rand.Rand {
	var sum uint64
	for _, c := range []byte(name) {
		sum = sum*257 + uint64(c)
	}
	return rand.New(rand.NewPCG(s.seed<<32|uint64(side), sum<<20|uint64(i)))
}

func key(random *rand.Rand) provenance.Key {
	return provenance.NewKey(binary.BigEndian.AppendUint64(nil, random.Uint64()))
}

// mark measures pictures of one source and size.
func (s settings) mark(ctx context.Context, from source, side int) (row, error) {
	trials, err := parallel(ctx, s.count, func(i int) (trial, error) {
		random := s.random(from.name, side, i)
		p, err := from.draw(side, random)
		if err != nil {
			return trial{}, err
		}
		return one(ctx, p, key(random), random.Uint32())
	})
	return newRow(from.name, side, trials), err
}

func one(ctx context.Context, p *picture.Picture, key provenance.Key, payload uint32) (trial, error) {
	marked, err := provenance.Mark(ctx, p, key, payload)
	if errors.Is(err, provenance.ErrUnmarkable) {
		return trial{refused: true}, nil
	}
	if err != nil {
		return trial{}, err
	}
	t := trial{psnr: marked.PSNR}
	for _, w := range wears {
		worn, err := w.do(marked.Picture)
		if err != nil {
			return trial{}, err
		}
		d := provenance.Detect(worn, key)
		t.read = append(t.read, d.Found && d.Payload == payload)
	}
	return t, nil
}

// unmarked looks for marks where there are none.
func (s settings) unmarked(ctx context.Context, sources []source) (alarms, error) {
	scores, err := parallel(ctx, s.trials, func(i int) (provenance.Detection, error) {
		from, side := sources[i%len(sources)], s.sizes[i/len(sources)%len(s.sizes)]
		random := s.random("unmarked "+from.name, side, i)
		p, err := from.draw(side, random)
		if err != nil {
			return provenance.Detection{}, err
		}
		return provenance.Detect(p, key(random)), nil
	})
	if err != nil {
		return alarms{}, err
	}
	a := alarms{trials: len(scores)}
	for _, d := range scores {
		a.scores = append(a.scores, d.Score)
		if d.Found {
			a.found++
		}
	}
	slices.Sort(a.scores)
	return a, nil
}

// parallel computes n results on all processors, in order.
func parallel[T any](ctx context.Context, n int, compute func(int) (T, error)) ([]T, error) {
	results, failures := make([]T, n), make([]error, n)
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if failures[i] = ctx.Err(); failures[i] == nil {
				results[i], failures[i] = compute(i)
			}
		})
	}
	all.Wait()
	return results, errors.Join(failures...)
}
