package main

import (
	"context"
	"time"
)

// timed calls f so many times and returns the seconds of each call.
func timed(ctx context.Context, calls int, f func() error) ([]float64, error) {
	var seconds []float64
	for range calls {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(start).Seconds())
	}
	return seconds, nil
}
