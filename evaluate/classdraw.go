package evaluate

import (
	"context"
	"fmt"
	"time"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
)

// classPictures draws what DreamBooth learns beside the subject. All settings of one
// subject have the same, so they are drawn once; who gets them later is charged with
// what the drawing took.
type classPictures struct {
	pipeline *diffusion.Pipeline
	now      func() time.Time
	subject  string // whose pictures are kept
	kept     map[string]classPicture
	credit   time.Duration
}

type classPicture struct {
	picture *picture.Picture
	took    time.Duration
}

// of forgets other subjects' pictures.
func (c *classPictures) of(subject string) {
	if c.subject != subject {
		c.subject, c.kept = subject, map[string]classPicture{}
	}
}

// draw is [tuning.Job].Draw: with the model's own sampler and the usual settings, as
// package tuning draws them.
func (c *classPictures) draw(ctx context.Context, prompt string, size, count int, seed uint64) ([]*picture.Picture, error) {
	var pictures []*picture.Picture
	for i := range count {
		key := fmt.Sprintf("%d %d %s", size, seed+uint64(i), prompt)
		kept, known := c.kept[key]
		if !known {
			begun := c.now()
			images, err := c.pipeline.Generate(ctx, diffusion.Request{Prompt: prompt, Width: size, Height: size, Seed: seed + uint64(i)})
			if err != nil {
				return nil, err
			}
			kept = classPicture{images[0].Picture, c.now().Sub(begun)}
			c.kept[key] = kept
		} else {
			c.credit += kept.took
		}
		pictures = append(pictures, kept.picture)
	}
	return pictures, nil
}
