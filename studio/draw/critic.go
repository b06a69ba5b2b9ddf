package draw

import (
	"context"
	"errors"
	"fmt"

	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/measure"
	"github.com/ichimai/ichimai/measure/gate"
	"github.com/ichimai/ichimai/picture"
)

// Names of scores. Subject and prompt need a CLIP in the model's folder, subject
// and copying pictures that were given.
const (
	ScoreSubject   = "subject"      // measure.SubjectSimilarity: how like the given pictures, -1 to 1
	ScorePrompt    = "prompt"       // measure.PromptSimilarity: how true to the prompt, -1 to 1
	ScoreCopying   = gate.Copying   // measure.Copying: 1 is a copy of a given picture
	ScoreSharpness = gate.Sharpness // measure.Sharpness: of pictures of one size, more is sharper
)

// critic scores drawn pictures.
type critic struct {
	clip *measure.CLIP // nil where the model's folder has none
}

// newCritic opens the CLIP of a model's folder. Without one, pictures are scored
// by what needs none.
func newCritic(m *diffusion.Model) (*critic, error) {
	clip, err := measure.OpenModelCLIP(m)
	var none *measure.NoCLIPError
	if errors.As(err, &none) {
		return &critic{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open CLIP: %w", err)
	}
	return &critic{clip}, nil
}

func (c *critic) sees() bool { return c.clip != nil }

func (c *critic) close() error {
	if c.clip == nil {
		return nil
	}
	return c.clip.Close()
}

// warm compiles what scoring takes.
func (c *critic) warm(ctx context.Context) error {
	_, err := c.score(ctx, view{drawn: picture.Filled(32, 32, 200, 100, 50), text: "a photo"})
	return err
}

// view is a drawn picture with what it is compared with.
type view struct {
	drawn *picture.Picture
	text  string // what was to be drawn, in words that CLIP knows
	given *given // nil where nothing was given
}

// given are pictures of a subject, looked at once.
type given struct {
	pixels *gate.Given
	seen   []measure.Embedding
}

// pixels judges without towers.
var pixels *gate.Judge

// look looks at given pictures. It returns nil where there are none.
func (c *critic) look(ctx context.Context, pictures []*picture.Picture) (*given, error) {
	if len(pictures) == 0 {
		return nil, nil
	}
	g := &given{}
	var err error
	if g.pixels, err = pixels.Look(ctx, pictures); err != nil || c.clip == nil {
		return g, err
	}
	if g.seen, err = c.clip.Pictures(ctx, pictures); err != nil {
		return nil, fmt.Errorf("look at the given pictures: %w", err)
	}
	return g, nil
}

// score scores a drawn picture by everything that can be had.
func (c *critic) score(ctx context.Context, v view) (map[string]float64, error) {
	look := gate.View{Picture: v.drawn}
	if v.given != nil {
		look.Given = v.given.pixels
	}
	scores, err := pixels.Measure(ctx, look) // sharpness and copying
	if err != nil {
		return nil, fmt.Errorf("score picture: %w", err)
	}
	if c.clip == nil {
		return scores, nil
	}
	seen, err := c.clip.Pictures(ctx, []*picture.Picture{v.drawn})
	if err != nil {
		return nil, fmt.Errorf("score picture: %w", err)
	}
	text, err := c.clip.Texts(ctx, []string{v.text})
	if err != nil {
		return nil, fmt.Errorf("score picture: %w", err)
	}
	if scores[ScorePrompt], err = measure.PromptSimilarity(seen, text); err != nil {
		return nil, fmt.Errorf("score picture: %w", err)
	}
	if v.given == nil {
		return scores, nil
	}
	if scores[ScoreSubject], err = measure.SubjectSimilarity(v.given.seen, seen); err != nil {
		return nil, fmt.Errorf("score picture: %w", err)
	}
	return scores, nil
}
