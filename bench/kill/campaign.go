package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"
)

// campaign is trials that are killed.
type campaign struct {
	settings
	folder string
	tell   func(string)
	random *rand.Rand

	quiet  time.Duration // of a trial that nobody kills
	trials []trial
	killed map[string]int // by the step that was under way
}

// trial is one that came to its end.
type trial struct {
	Kills   int
	Seconds float64 // of all its processes
	Found   found
}

func newCampaign(s settings, folder string, tell func(string)) (*campaign, error) {
	if s.kills < 1 || s.pictures < 1 {
		return nil, fmt.Errorf("%d kills and %d pictures are too few", s.kills, s.pictures)
	}
	return &campaign{settings: s, folder: folder, tell: tell, random: rand.New(rand.NewPCG(s.seed, 1)), killed: map[string]int{}}, nil
}

// play runs one trial in peace and then others until there were enough kills.
func (c *campaign) play(ctx context.Context) error {
	start := time.Now()
	if _, err := c.trial(ctx, 0, 0); err != nil {
		return fmt.Errorf("the trial that nobody kills: %w", err)
	}
	c.quiet = time.Since(start)
	c.tell(fmt.Sprintf("a trial in peace takes %.1f s", c.quiet.Seconds()))
	for number, left := 1, c.kills; left > 0; number++ {
		t, err := c.trial(ctx, number, left)
		if err != nil {
			return fmt.Errorf("trial %d: %w", number, err)
		}
		c.trials = append(c.trials, t)
		left -= t.Kills
		c.tell(fmt.Sprintf("trial %d came to its end after %d kills; %d are left", number, t.Kills, left))
	}
	return nil
}

// trial runs a trial in a folder of its own until it comes to its end, killing at most
// so many of its processes, and inspects what is there.
func (c *campaign) trial(ctx context.Context, number, kills int) (t trial, err error) {
	p := process{program: c.program, folder: filepath.Join(c.folder, fmt.Sprintf("trial-%d", number)), pictures: c.pictures, steps: c.steps}
	start := time.Now()
	for {
		var after time.Duration
		if t.Kills < kills {
			after = time.Duration(c.random.Float64() * float64(c.quiet))
		}
		end, err := p.run(ctx, after)
		if err != nil {
			return t, fmt.Errorf("after %d kills: %w", t.Kills, err)
		}
		if !end.killed {
			t.Seconds = time.Since(start).Seconds()
			t.Found, err = p.inspect(ctx, end)
			return t, err
		}
		t.Kills++
		c.killed[end.step]++
	}
}
