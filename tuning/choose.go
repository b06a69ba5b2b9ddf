package tuning

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ichimai/ichimai/concept"
	"github.com/ichimai/ichimai/diffusion"
	"github.com/ichimai/ichimai/picture"
)

// Values of the setting choose.
const (
	chooseLast = "last"
	chooseBest = "best"
)

// choosePrompts are what candidates are drawn in. They are fixed: a score by the
// scenes of one user's sheet would not be comparable.
var choosePrompts = []string{"a photo of {}", "{} in snow", "{} on a plain green background"}

// chooseSteps are the sampler steps of such a drawing, enough to see what it is.
const chooseSteps = 10

// candidates is how many concepts are compared: the prediction, and those after
// equal numbers of steps.
const candidateCount = 4

// isCandidate says whether a step's concept is compared with others.
func (s *Settings) isCandidate(step int) bool {
	if s.Choose != chooseBest {
		return false
	}
	for i := range candidateCount {
		if step == i*s.Steps/(candidateCount-1) {
			return true
		}
	}
	return false
}

// keepCandidate keeps the concept as it stands, if it will be compared: in the
// run's folder, from which a run that goes on, or is over, takes it.
func (r *run) keepCandidate() error {
	if !r.job.Settings.isCandidate(r.done.step) {
		return nil
	}
	c, err := r.concept()
	if err != nil {
		return err
	}
	if r.candidates == nil {
		r.candidates = map[int]*concept.Concept{}
	}
	r.candidates[r.done.step] = c
	if r.job.Dir == "" {
		return nil
	}
	return c.Write(r.candidatePath(r.done.step))
}

func (r *run) candidatePath(step int) string {
	return filepath.Join(r.job.Dir, fmt.Sprintf("step-%05d.safetensors", step))
}

// chosen is the result: the last step's concept, or the best candidate.
func (r *run) chosen(ctx context.Context) (result *concept.Concept, err error) {
	s := &r.job.Settings
	if s.Choose != chooseBest || s.Steps == 0 {
		return r.concept()
	}
	judge, err := NewJudge(r.job.Model)
	if err != nil {
		return nil, fmt.Errorf("choose: %s: %w; %s needs none", chooseBest, err, chooseLast)
	}
	defer func() { err = errors.Join(err, judge.Close()) }()
	var best *concept.Concept
	var first Score
	top, at := 0.0, 0
	for step := range s.Steps + 1 {
		if !s.isCandidate(step) {
			continue
		}
		c, err := r.candidate(step)
		if err != nil {
			return nil, err
		}
		score, err := r.judge(ctx, judge, c)
		if err != nil {
			return nil, fmt.Errorf("compare the concepts of steps: %w", err)
		}
		if best == nil {
			first = score
		}
		if gain := score.over(first); best == nil || gain > top {
			best, top, at = c, gain, step
		}
	}
	r.report(Progress{Event: EventChosen, Chosen: at})
	return best, nil
}

func (r *run) candidate(step int) (*concept.Concept, error) {
	if c := r.candidates[step]; c != nil {
		return c, nil
	}
	return concept.Read(r.candidatePath(step))
}

// judge draws the fixed prompts with a concept and scores them.
func (r *run) judge(ctx context.Context, judge *Judge, c *concept.Concept) (Score, error) {
	pipeline := diffusion.NewPipeline(r.job.Model)
	var drawn []*picture.Picture
	var texts []string
	for _, prompt := range choosePrompts {
		images, err := pipeline.Generate(ctx, diffusion.Request{
			Prompt: fill(prompt, c.InPrompts(c.ClassWord)), Steps: chooseSteps, Seed: r.job.Settings.Seed,
			Width: r.job.Settings.Resolution, Height: r.job.Settings.Resolution,
			Concepts: []diffusion.Use{{Concept: c, Weight: 1}},
		})
		if err != nil {
			return Score{}, err
		}
		drawn = append(drawn, images[0].Picture)
		texts = append(texts, fill(prompt, cmp.Or(c.ClassWord, c.NearestWord)))
	}
	return judge.Score(ctx, r.job.Pictures, drawn, texts)
}
