package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
)

// comparison draws the same requests in every way.
type comparison struct {
	dir      string
	engine   *engine.Engine
	requests []diffusion.Request
}

// run prints the table, a line as soon as it is known.
func (c *comparison) run(ctx context.Context, out io.Writer) error {
	way := shortcut{precision: diffusion.Float32, change: func(*diffusion.Request) {}}
	if _, _, err := c.draw(ctx, way); err != nil { // a process is slow at first
		return err
	}
	plain, base, err := c.draw(ctx, way)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Plain: %d pictures of %d steps in float32, %.2f s each.\n\n| way | time of plain | PSNR, dB |\n|---|--:|--:|\n",
		len(c.requests), c.requests[0].Steps, base)
	for _, s := range shortcuts() {
		pictures, seconds, err := c.draw(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(out, "| %s | %.2f | %.1f |\n", s.name, seconds/base, picture.PSNR(plain, pictures))
	}
	return nil
}

// draw draws all requests in one way, and returns the least seconds of one.
func (c *comparison) draw(ctx context.Context, s shortcut) (pictures []*picture.Picture, least float64, err error) {
	m, err := diffusion.OpenWith(ctx, c.dir, c.engine, diffusion.Options{Precision: s.precision})
	if err != nil {
		return nil, 0, err
	}
	p := diffusion.NewPipeline(m)
	least = math.Inf(1)
	for _, r := range c.requests {
		s.change(&r)
		start := time.Now()
		images, err := p.Generate(ctx, r)
		if err != nil {
			return nil, 0, err
		}
		least = min(least, time.Since(start).Seconds())
		pictures = append(pictures, images[0].Picture)
	}
	return pictures, least, nil
}
