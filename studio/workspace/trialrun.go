package workspace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// TrialStart is what may be said at the start of a trial that learns.
type TrialStart struct {
	ClassWord string // the kind of thing, as in a LearnRequest
}

// StartTrial starts a planned trial: where it names no concept, one is learned
// from its photos, and the pictures are drawn as soon as that is done; else they
// are drawn at once. What LearnConcept and Generate ask for holds, and the words
// of all prompts are looked at before anything is learned. For a trial that
// could not go on after learning, whose Message says why, it tries again.
func (w *Workspace) StartTrial(ctx context.Context, actor Actor, project, id string, told TrialStart) (t studio.Trial, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if t, err = c.Tx.Trial(project, id); err != nil {
			return err
		}
		if err := c.startable(&t); err != nil {
			return err
		}
		if t.State == studio.TrialPlanned {
			t.State, t.StartedBy, t.StartedAt = studio.TrialRunning, c.actor.User.ID, c.Now()
		}
		t.Message = studio.Words{}
		if err := c.nextOfTrial(&t, told); err != nil {
			return err
		}
		if err := c.Tx.UpdateTrial(&t); err != nil {
			return err
		}
		return c.note(Changed, "trial.start", id, fields{"jobs": t.JobIDs})
	})
	return t, err
}

func (c *call) startable(t *studio.Trial) error {
	if err := c.acknowledged(); err != nil {
		return err
	}
	switch {
	case t.State == studio.TrialClosed:
		return errTrialClosed()
	case t.State == studio.TrialReviewing, t.State == studio.TrialRunning && t.Message.Empty():
		return studio.Errorf(studio.Conflict, "the trial has started already", "トライアルはすでに開始されています。")
	}
	return t.Ready()
}

// nextOfTrial makes the job that a trial needs next.
func (c *call) nextOfTrial(t *studio.Trial, told TrialStart) error {
	if len(t.ConceptIDs) > 0 {
		return c.drawTrial(t)
	}
	word := Placeholder(t.ProductLine)
	shots, err := c.trialShots(t, word)
	if err != nil {
		return err
	}
	for i, s := range shots {
		if err := checkPrompts(s, []string{word}); err != nil {
			return inTrial(i/t.PerPrompt+1, err)
		}
		if err := c.checkWords(s.Prompt); err != nil {
			return inTrial(i/t.PerPrompt+1, err)
		}
	}
	name, err := c.newName(t.ProductLine)
	if err != nil {
		return err
	}
	r := LearnRequest{Name: name, Placeholder: word, SourceIDs: t.SourceIDs, ClassWord: &told.ClassWord}
	v, j, err := c.learn(r)
	if err != nil {
		return err
	}
	t.ConceptIDs, t.JobIDs = []string{v.ID}, append(t.JobIDs, j.ID)
	return nil
}

// inTrial says which prompt is wrong.
func inTrial(n int, err error) error {
	var e *studio.Error
	if !errors.As(err, &e) {
		return err
	}
	return &studio.Error{
		Code: e.Code, Field: "prompts",
		English:  fmt.Sprintf("prompt %d: %s", n, e.English),
		Japanese: fmt.Sprintf("%d番目のプロンプト：%s", n, e.Japanese),
	}
}

// newName is a concept's name that is free: the product's, else with a number.
func (c *call) newName(product string) (string, error) {
	for n := 1; ; n++ {
		name := product
		if n > 1 {
			name = fmt.Sprintf("%s (%d)", oneLine(product, studio.MaxName-8), n)
		}
		err := c.freeName(name)
		if studio.ErrorCode(err) == studio.Conflict {
			continue
		}
		return name, err
	}
}

// trialShots are the pictures of a trial, with word where {product} stands.
func (c *call) trialShots(t *studio.Trial, word string) ([]Shot, error) {
	seed, err := firstSeed(nil)
	if err != nil {
		return nil, err
	}
	named := strings.NewReplacer("{"+studio.ProductField+"}", word)
	var list []Shot
	for _, p := range t.Prompts {
		list = append(list, Shot{Prompt: named.Replace(p)})
	}
	if t.TemplateID != "" {
		if list, err = c.templateShots(t, named, word); err != nil {
			return nil, err
		}
	}
	var shots []Shot
	for _, s := range list {
		for range t.PerPrompt {
			s.Seed = seed + int64(len(shots))
			shots = append(shots, s)
		}
	}
	return shots, nil
}

func (c *call) templateShots(t *studio.Trial, named *strings.Replacer, word string) ([]Shot, error) {
	template, err := c.Tx.Template(c.project.ID, t.TemplateID)
	if err != nil {
		return nil, err
	}
	var list []Shot
	for i, row := range t.Rows {
		values := maps.Clone(row)
		if values == nil {
			values = map[string]string{}
		}
		for k, v := range values {
			values[k] = named.Replace(v)
		}
		if _, there := values[studio.ProductField]; !there {
			values[studio.ProductField] = word
		}
		s := Shot{Name: oneLine(row[NameField], studio.MaxName)}
		if s.Prompt, s.NegativePrompt, err = fill(template, values, ""); err != nil {
			return nil, inTrial(i+1, err)
		}
		s.Fields = fieldsOf(template, values)
		list = append(list, s)
	}
	return list, nil
}

// drawTrial makes the job that draws a trial's pictures.
func (c *call) drawTrial(t *studio.Trial) error {
	p := GenerateParams{Drawing: Drawing{TemplateID: t.TemplateID, ConceptIDs: t.ConceptIDs}}
	if _, err := c.prepare(&p.Drawing); err != nil {
		return err
	}
	v, err := c.Tx.Concept(c.project.ID, t.ConceptIDs[0])
	if err != nil {
		return err
	}
	if p.Shots, err = c.trialShots(t, v.Placeholder); err != nil {
		return err
	}
	for i := range p.Shots {
		if err := c.checkShots(t.ConceptIDs, p.Shots[i:i+1]); err != nil {
			return inTrial(i/t.PerPrompt+1, err)
		}
	}
	j, err := c.enqueue(studio.JobGenerate, p, fields{"pictures": len(p.Shots), "concepts": t.ConceptIDs, "trial": t.ID})
	if err == nil {
		t.JobIDs = append(t.JobIDs, j.ID)
	}
	return err
}

// trialsOf are the project's trials that a job is of.
func (c *call) trialsOf(job string, f studio.TrialFilter) ([]studio.Trial, error) {
	var list []studio.Trial
	for t, err := range studio.All(func(p studio.Page) (studio.List[studio.Trial], error) { return c.ListTrials(c.project.ID, f, p) }) {
		if err != nil {
			return nil, err
		}
		if slices.Contains(t.JobIDs, job) {
			list = append(list, t)
		}
	}
	return list, nil
}

// advanceTrials lets the trials that waited for a job go on: from learning to
// drawing, and from drawing to the review.
func (c *call) advanceTrials(j studio.Job) error {
	list, err := c.trialsOf(j.ID, studio.TrialFilter{State: studio.TrialRunning})
	if err != nil {
		return err
	}
	for _, t := range list {
		action := "trial.review"
		if j.Kind == studio.JobPersonalize {
			if action, err = c.afterLearning(&t); err != nil {
				return err
			}
		} else {
			t.State = studio.TrialReviewing
		}
		if err := c.Tx.UpdateTrial(&t); err != nil {
			return err
		}
		if err := c.note(Changed, action, t.ID, fields{"job": j.ID}); err != nil {
			return err
		}
	}
	return nil
}

// afterLearning draws for whoever started the trial. What they would be refused
// now becomes the trial's message, for the learning itself is well.
func (c *call) afterLearning(t *studio.Trial) (action string, err error) {
	user, err := c.User(t.StartedBy)
	if err != nil {
		return "", err
	}
	program := c.actor
	c.actor.User = user
	defer func() { c.actor = program }()
	var refused *studio.Error
	err = c.drawTrial(t)
	if errors.As(err, &refused) && refused.Code != studio.Internal {
		t.Message = studio.ErrorWords(err)
		return "trial.stall", nil
	}
	return "trial.draw", err
}
