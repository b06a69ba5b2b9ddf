package tuning

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/picture"
)

// Job is what to learn.
type Job struct {
	Model *diffusion.Model
	// Pictures of the subject, 1 to 20.
	Pictures []*picture.Picture
	// Sources name the pictures' files, one each; they may be left out.
	Sources []concept.Source
	// Name is the concept's; by default the placeholder's letters.
	Name string
	// Placeholder is the token that prompts will use, such as "<sneaker>".
	Placeholder string
	// InitWord is where the placeholder's vectors start; "" leaves it to the
	// setting initializer. ClassWord is the kind of thing: DreamBooth draws
	// pictures of it, and an empty InitWord takes it.
	InitWord, ClassWord string
	// Encoder is the folder of the encoder that the method of that name uses, by
	// default the model folder's own.
	Encoder  string
	Settings Settings
	// Dir is the run's folder: a run that was stopped goes on from what it finds
	// there. "" keeps nothing.
	Dir string
	// Created is the concept's time of creation, by default that of the start.
	// A run that goes on keeps the first.
	Created time.Time

	// Room, if set, is told before anything is compiled about how many bytes a step
	// takes beside the model. Its error ends the run.
	Room func(working int64) error
	// Report, if set, is told of every step and event.
	Report func(Progress)
	// Preview, if set, gets the concept as it stands: before the first step,
	// every Settings.PreviewEvery steps and after the last. It may draw with the
	// model. Its error ends the run.
	Preview func(ctx context.Context, step int, c *concept.Concept) error
	// Draw makes the class pictures of DreamBooth, squares of size pixels from
	// the seeds seed, seed+1 ...; nil draws with the model itself.
	Draw func(ctx context.Context, prompt string, size, count int, seed uint64) ([]*picture.Picture, error)
}

// Learn learns a concept by the method of a name of [Methods]. With a folder it
// writes the concept there as [ConceptFile], and a run that was killed and
// started again ends with the same bytes. When ctx ends it saves its state and
// returns an error that wraps ctx.Err().
func Learn(ctx context.Context, method string, job Job) (*concept.Concept, error) {
	m, err := find(method)
	if err != nil {
		return nil, fmt.Errorf("learn: %w", err)
	}
	if err := job.complete(); err != nil {
		return nil, fmt.Errorf("learn %s: %w", job.Placeholder, err)
	}
	var c *concept.Concept
	err = engine.Try(func() error {
		c, err = m.Learn(ctx, job)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("learn %s by %s: %w", job.Placeholder, method, err)
	}
	return c, nil
}

// complete fills defaults in and refuses what cannot be learned.
func (j *Job) complete() error {
	if j.Model == nil {
		return fmt.Errorf("there is no model")
	}
	if n := len(j.Pictures); n < 1 || n > MaxPictures {
		return fmt.Errorf("%d pictures; 1 to %d are wanted", n, MaxPictures)
	}
	for i, p := range j.Pictures {
		if p == nil || p.Width < 1 || p.Height < 1 || len(p.Pix) != 3*p.Width*p.Height {
			return fmt.Errorf("picture %d is empty", i+1)
		}
		if plain(p) {
			return &PlainError{Name: j.source(i)}
		}
	}
	if n := len(j.Sources); n != 0 && n != len(j.Pictures) {
		return fmt.Errorf("%d sources for %d pictures; give one for each or none", n, len(j.Pictures))
	}
	if err := concept.CheckPlaceholder(j.Placeholder); err != nil {
		return err
	}
	if j.Name == "" {
		j.Name = strings.Trim(j.Placeholder, "<>[]{}*_-")
	}
	if j.Name == "" {
		j.Name = j.Placeholder
	}
	if j.Settings.Resolution == 0 {
		j.Settings.Resolution = j.Model.DefaultSize()
	}
	if err := j.Settings.Validate(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := j.Model.CheckSize(j.Settings.Resolution, j.Settings.Resolution); err != nil {
		return fmt.Errorf("settings: resolution: %w", err)
	}
	return nil
}

// PlainError says that a picture shows nothing that could be learned.
type PlainError struct{ Name string } // of the picture's file, or its number

func (e *PlainError) Error() string {
	return e.Name + " is of one colour, so there is nothing in it to learn; give a photo of the thing"
}

// source is the name of picture i's file, or its number.
func (j *Job) source(i int) string {
	if i >= len(j.Sources) {
		return fmt.Sprintf("picture %d", i+1)
	}
	return j.Sources[i].Name
}

// plain says whether a picture is of one colour, but for what a JPEG makes of it.
func plain(p *picture.Picture) bool {
	const noise = 6
	var low, high [3]uint8
	copy(low[:], p.Pix)
	copy(high[:], p.Pix)
	for i, v := range p.Pix {
		low[i%3], high[i%3] = min(low[i%3], v), max(high[i%3], v)
		if high[i%3]-low[i%3] > noise {
			return false
		}
	}
	return true
}

// subject is how prompts name the subject, as [concept.Concept.InPrompts] will: the
// placeholder, and its class behind where it has no vectors of its own or begins at no
// word.
func (j *Job) subject(p plan) string {
	if p.token && !p.encoder || j.ClassWord == "" {
		return j.Placeholder
	}
	return j.Placeholder + " " + j.ClassWord
}
