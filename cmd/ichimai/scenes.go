package main

import (
	"context"
	"strings"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/demo"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/tuning"
)

// scene is a prompt with {} where the subject goes, and what it says in the
// other language. One is drawn in Japanese: models that learned it understand
// both.
type scene struct {
	prompt  string
	caption text
}

// scenes are what sheets show when no prompts are given.
var scenes = []scene{
	{"a photo of {}", text{"a photo", "写真"}},
	{"{} in snow", text{"in snow", "雪の中"}},
	{"{} on a wooden table", text{"on a wooden table", "木のテーブルの上"}},
	{"芝生の上の{}", text{"on grass, asked in Japanese", "芝生の上(日本語で指示)"}},
}

// ownScenes makes scenes of the user's prompts.
func ownScenes(prompts []string) []scene {
	var list []scene
	for _, s := range prompts {
		list = append(list, scene{s, text{s, s}})
	}
	return list
}

// sketcher draws the same scenes of a subject again and again, from the same
// noise, so that only what was learned differs.
type sketcher struct {
	p        *program
	model    *diffusion.Model
	pipeline *diffusion.Pipeline
	scenes   []scene
	steps    int
	guidance float64
	seed     uint64
}

// newSketcher chooses settings that suit the model.
func (p *program) newSketcher(m *diffusion.Model, list []scene) *sketcher {
	s := &sketcher{p: p, model: m, pipeline: diffusion.NewPipeline(m), scenes: list, steps: 20, guidance: diffusion.DefaultGuidanceScale, seed: 1}
	if tuning.IsSmall(m) {
		s.guidance = 4 // small models overshoot beyond it
	}
	return s
}

// of is the scene's prompt for a concept.
func (v scene) of(c *concept.Concept) string {
	return strings.ReplaceAll(v.prompt, "{}", c.InPrompts(c.ClassWord))
}

// modelName is a model's name for people: the built-in one's folder ends with a
// hash.
func modelName(m *diffusion.Model) string {
	if strings.HasPrefix(m.Name, demo.FolderPrefix) {
		return strings.TrimSuffix(demo.FolderPrefix, "-")
	}
	return m.Name
}

// draw draws every scene of a concept.
func (s *sketcher) draw(ctx context.Context, c *concept.Concept) ([]*picture.Picture, error) {
	return s.drawAt(ctx, c, nil)
}

// drawAt is draw at a fidelity, nil being the concept's own.
func (s *sketcher) drawAt(ctx context.Context, c *concept.Concept, fidelity *float64) ([]*picture.Picture, error) {
	var pictures []*picture.Picture
	for i, v := range s.scenes {
		images, err := s.pipeline.Generate(ctx, diffusion.Request{
			Prompt: v.of(c), Steps: s.steps, GuidanceScale: s.guidance, Seed: s.seed,
			Concepts: []diffusion.Use{{Concept: c, Weight: 1, Fidelity: fidelity}},
		})
		if err != nil {
			return nil, err
		}
		pictures = append(pictures, images[0].Picture)
		s.p.report.update(progress{task: "sketch", title: s.p.say(textSketching), done: int64(i + 1), total: int64(len(s.scenes))})
	}
	return pictures, nil
}

// row is a sheet's row of drawn scenes.
func (s *sketcher) row(label string, pictures []*picture.Picture) picture.Row {
	r := picture.Row{Label: label}
	for i, drawn := range pictures {
		r.Cells = append(r.Cells, picture.Cell{Picture: drawn, Caption: s.p.say(s.scenes[i].caption)})
	}
	return r
}

var textSketching = text{"drawing scenes", "見本を描画中"}
