package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ichimai/ichimai/bench/result"
)

// contender is a program that is measured.
type contender interface {
	called() string
	measure(context.Context, job) (result.Result, error)
}

// turns runs two programs alternately.
type turns struct {
	ours, peer contender
	rounds     int
	progress   io.Writer
}

// do runs a job for all rounds. The program that goes first changes with the
// round, so that neither always finds the machine as the other left it. A
// program that failed once is not run again. The error is that of ctx alone.
func (t turns) do(ctx context.Context, j job) (row, error) {
	r := row{Job: j.name}
	ours := turn{t.ours, &r.Ours}
	peer := turn{t.peer, &r.Peer}
	for round := range t.rounds {
		order := []turn{ours, peer}
		if round%2 == 1 {
			order = []turn{peer, ours}
		}
		for _, x := range order {
			if err := t.take(ctx, x, j, round); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// turn is a program and where its results go.
type turn struct {
	contender
	into *side
}

func (t turns) take(ctx context.Context, x turn, j job, round int) error {
	if x.into.Failure != "" {
		return nil
	}
	r, err := x.measure(ctx, j)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		fmt.Fprintln(t.progress, err)
		x.into.Failure = err.Error()
		return nil
	}
	fmt.Fprintf(t.progress, "%s, round %d of %d: %s %.4g s, %.3g GiB\n", j.name, round+1, t.rounds, x.called(), r.Seconds(), r.PeakGiB)
	x.into.add(r)
	return nil
}

// side is what one program did in all rounds of a job.
type side struct {
	// Failure is why it was not measured, empty where it was.
	Failure string `json:"failure,omitempty"`
	// Program is what it says of itself.
	Program string `json:"program,omitempty"`
	// Best of the rounds in seconds: the fastest run or step, the first call and
	// the whole of a learning job. 0 is unknown.
	Seconds float64 `json:"seconds,omitempty"`
	First   float64 `json:"first_s,omitempty"`
	Total   float64 `json:"total_s,omitempty"`
	// PeakGiB is the most of the rounds.
	PeakGiB float64   `json:"peak_gib,omitempty"`
	Rounds  []float64 `json:"rounds_s,omitempty"` // Seconds of each
}

// add takes a round in.
func (s *side) add(r result.Result) {
	s.Program = r.Peer
	s.Seconds = least(s.Seconds, r.Seconds())
	s.First = least(s.First, r.First)
	s.Total = least(s.Total, r.Total)
	s.PeakGiB = max(s.PeakGiB, r.PeakGiB)
	s.Rounds = append(s.Rounds, r.Seconds())
}

// least is the smaller of two times of which 0 is unknown.
func least(a, b float64) float64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
