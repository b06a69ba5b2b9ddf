package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var forward = job{name: "unet-forward", args: []string{"unet", "model"}}

// Programs take turns, the order changes with the round, and the least of
// times and the most of memory is kept.
func TestTurns(t *testing.T) {
	dir := t.TempDir()
	var progress bytes.Buffer
	peer := fake(t, dir, "peer", runLine("them", 4, 5, 3), runLine("them", 5, 4, 2), runLine("them", 6, 6, 1))
	peer.tail = []string{"--compile"}
	turns := turns{rounds: 3, progress: &progress, peer: peer,
		ours: fake(t, dir, "ours", runLine("us", 3, 9, 1), runLine("us", 1, 8, 2), runLine("us", 2, 7, 1.5)),
	}
	got, err := turns.do(context.Background(), forward)
	if err != nil {
		t.Fatal(err)
	}
	want := row{Job: "unet-forward",
		Ours: side{Program: "us", Seconds: 1, First: 7, PeakGiB: 2, Rounds: []float64{3, 1, 2}},
		Peer: side{Program: "them", Seconds: 4, First: 4, PeakGiB: 3, Rounds: []float64{4, 5, 6}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	log, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := "ours unet model\n", "peer unet model --compile\n"
	if diff := cmp.Diff(a+b+b+a+a+b, string(log)); diff != "" {
		t.Errorf("order of runs: %s", diff)
	}
	if !strings.Contains(progress.String(), "unet-forward, round 3 of 3: peer 6 s, 1 GiB") {
		t.Errorf("progress does not tell of the last run:\n%s", progress.String())
	}
}

// A program that fails is told of and not run again; the other goes on.
func TestFailure(t *testing.T) {
	dir := t.TempDir()
	peer := fake(t, dir, "peer", "fail Traceback\nModuleNotFoundError: No module named 'torch'", runLine("them", 1, 1, 1))
	peer.advise = adviseOnPeer
	turns := turns{rounds: 2, progress: new(bytes.Buffer), peer: peer,
		ours: fake(t, dir, "ours", runLine("us", 3, 9, 1), runLine("us", 2, 9, 1)),
	}
	got, err := turns.do(context.Background(), forward)
	if err != nil {
		t.Fatal(err)
	}
	if got.Ours.Seconds != 2 || got.Ours.Failure != "" {
		t.Errorf("ours is %+v", got.Ours)
	}
	for _, part := range []string{"peer: unet-forward", "exit status 3", "No module named 'torch'", "pip install -r bench/requirements.txt"} {
		if !strings.Contains(got.Peer.Failure, part) {
			t.Errorf("failure %q does not speak of %q", got.Peer.Failure, part)
		}
	}
	if got.Peer.Seconds != 0 {
		t.Errorf("a failed program was measured at %v s", got.Peer.Seconds)
	}
	if err := (comparison{Rows: []row{got}}).failed(); err == nil {
		t.Error("a comparison with a failure is no error")
	}
}

func TestDamagedResult(t *testing.T) {
	p := fake(t, t.TempDir(), "peer", `{"job": "unet"}`)
	if _, err := p.measure(context.Background(), forward); err == nil || !strings.Contains(err.Error(), "peer: unet-forward: read result") {
		t.Errorf("error is %v", err)
	}
}

func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	turns := turns{rounds: 1, progress: new(bytes.Buffer), ours: fake(t, dir, "ours"), peer: fake(t, dir, "peer")}
	if _, err := turns.do(ctx, forward); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestLeast(t *testing.T) {
	for _, c := range []struct{ a, b, want float64 }{{0, 2, 2}, {2, 0, 2}, {3, 2, 2}, {2, 3, 2}, {0, 0, 0}} {
		if got := least(c.a, c.b); got != c.want {
			t.Errorf("least(%v, %v) is %v, not %v", c.a, c.b, got, c.want)
		}
	}
}
