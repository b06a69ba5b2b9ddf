package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/dataset"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

// subject is a thing to learn: its name, for the texts that pictures are compared
// with, the picture to learn from, and how it looks in each scene.
type subject struct {
	name    string
	picture *picture.Picture
	truth   []*picture.Picture
}

// scenes are what is drawn, {} standing for the thing, and grounds the same as
// package dataset composes them.
var (
	scenes  = []string{"{} in snow", "{} on grass", "{} on a wooden table", "{} on a plain green background"}
	grounds = []dataset.Ground{{Kind: dataset.Snow, Colour: dataset.Natural}, {Kind: dataset.Grass, Colour: dataset.Natural},
		{Kind: dataset.WoodenTable, Colour: dataset.Natural}, {Kind: dataset.Plain, Colour: green}}
)

// green is an index into [dataset.Colours].
const green = 3

// Steps and fidelities at which the encoder's concepts are looked at.
var (
	encoderSteps = []int{0, 1, 2, 4, 8, 12, 24}
	fidelities   = []float64{0, 0.25, 0.5, 0.75, 1}
)

// refined is the number of steps that others are compared at.
const refined = 12

// runner learns and draws.
type runner struct {
	model    *diffusion.Model
	pipeline *diffusion.Pipeline
	judge    *tuning.Judge
	encoder  string
	set      []string
	short    bool
	sampling int
	guidance float64
}

func (r *runner) compare(ctx context.Context, subjects []subject) (*table, error) {
	var err error
	if r.judge, err = tuning.NewJudge(r.model); err != nil {
		return nil, err
	}
	defer r.judge.Close()
	r.pipeline = diffusion.NewPipeline(r.model)
	t := &table{}
	for i, s := range subjects {
		fmt.Fprintf(os.Stderr, "%d of %d: %s\n", i+1, len(subjects), s.name)
		if err := r.bounds(ctx, t, s, subjects[(i+1)%len(subjects)]); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		if err := r.subject(ctx, t, s); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return t, nil
}

// bounds scores what there is without learning: the picture itself for every scene,
// and another thing in each.
func (r *runner) bounds(ctx context.Context, t *table, s, other subject) error {
	if r.short {
		return nil
	}
	for _, b := range []struct {
		row   string
		drawn []*picture.Picture
	}{
		{"the picture itself, in no scene", slices.Repeat([]*picture.Picture{s.picture}, len(scenes))},
		{"another thing in the scenes", other.truth},
	} {
		got, err := r.score(ctx, s, b.drawn)
		if err != nil {
			return err
		}
		t.add(b.row, got)
	}
	return nil
}

// texts are the scenes in a thing's own name.
func texts(s subject) []string {
	var all []string
	for _, scene := range scenes {
		all = append(all, strings.ReplaceAll(scene, "{}", s.name))
	}
	return all
}

func (r *runner) subject(ctx context.Context, t *table, s subject) error {
	if err := r.byEncoder(ctx, t, s); err != nil || r.short {
		return err
	}
	for _, method := range []string{"textual_inversion", "lora"} {
		settings, err := tuning.Defaults(method, tuning.IsSmall(r.model))
		if err != nil {
			return err
		}
		settings.Steps = refined
		c, err := tuning.Learn(ctx, method, r.job(s, settings, nil))
		if err != nil {
			return err
		}
		if err := r.add(ctx, t, fmt.Sprintf("%s, %d steps", method, refined), s, c, nil); err != nil {
			return err
		}
	}
	return nil
}

// byEncoder learns once and looks at the concept on the way: with a constant rate
// the first steps of a long run are those of a short one.
func (r *runner) byEncoder(ctx context.Context, t *table, s subject) error {
	settings, err := tuning.Defaults("encoder", tuning.IsSmall(r.model))
	if err != nil {
		return err
	}
	for _, kv := range r.set {
		if err := yaml.Unmarshal([]byte(strings.Replace(kv, "=", ": ", 1)), &settings); err != nil {
			return fmt.Errorf("--set %s: %w", kv, err)
		}
	}
	steps := encoderSteps
	if r.short {
		steps = []int{0, refined}
	}
	settings.Steps, settings.PreviewEvery = slices.Max(steps), 1
	_, err = tuning.Learn(ctx, "encoder", r.job(s, settings, func(ctx context.Context, step int, c *concept.Concept) error {
		if !slices.Contains(steps, step) {
			return nil
		}
		if err := r.add(ctx, t, fmt.Sprintf("encoder, %d steps", step), s, c, nil); err != nil || step != refined || r.short {
			return err
		}
		for _, f := range fidelities {
			if err := r.add(ctx, t, fmt.Sprintf("encoder, %d steps, fidelity %g", step, f), s, c, &f); err != nil {
				return err
			}
		}
		return nil
	}))
	return err
}

func (r *runner) job(s subject, settings tuning.Settings, preview func(context.Context, int, *concept.Concept) error) tuning.Job {
	return tuning.Job{Model: r.model, Pictures: []*picture.Picture{s.picture}, Placeholder: "<it>", Settings: settings,
		Encoder: r.encoder, Preview: preview}
}

// add draws the scenes with a concept and adds their score to a row.
func (r *runner) add(ctx context.Context, t *table, row string, s subject, c *concept.Concept, fidelity *float64) error {
	var drawn []*picture.Picture
	for i, scene := range scenes {
		images, err := r.pipeline.Generate(ctx, diffusion.Request{
			Prompt: strings.ReplaceAll(scene, "{}", c.Placeholder), Steps: r.sampling, GuidanceScale: r.guidance, Seed: uint64(i),
			Concepts: []diffusion.Use{{Concept: c, Weight: 1, Fidelity: fidelity}},
		})
		if err != nil {
			return err
		}
		drawn = append(drawn, images[0].Picture)
	}
	got, err := r.score(ctx, s, drawn)
	if err == nil {
		t.add(row, got)
	}
	return err
}

// score compares drawn scenes with the true ones and with the texts.
func (r *runner) score(ctx context.Context, s subject, drawn []*picture.Picture) (score, error) {
	byCLIP, err := r.judge.Score(ctx, []*picture.Picture{s.picture}, drawn, texts(s))
	if err != nil {
		return score{}, err
	}
	out := score{prompt: byCLIP.Prompt}
	for i := range drawn {
		out.subject += picture.PSNR(small(drawn[i]), small(s.truth[i])) / float64(len(drawn))
	}
	return out, nil
}

// coarse is the side to which pictures shrink before they are compared: what is left
// is where which colour lies, and no outline that another pose would move.
const coarse = 16

func small(p *picture.Picture) []*picture.Picture {
	return []*picture.Picture{p.Resize(coarse, coarse)}
}
