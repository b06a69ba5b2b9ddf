package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// draw does a job of kind generate or batch: all shots that are not there yet.
func (t *task) draw(ctx context.Context) error {
	var params struct {
		workspace.Drawing
		Shots []workspace.Shot `json:"shots"`
	}
	if err := t.params(&params); err != nil {
		return err
	}
	work := DrawTask{Width: params.Width, Height: params.Height, Steps: params.Steps, Guidance: params.Guidance}
	var err error
	if work.Shots, err = t.missing(params.Shots); err != nil {
		return err
	}
	if len(work.Shots) == 0 {
		return t.finish(ctx, nil)
	}
	about := About{Project: t.job.ProjectID, Job: t.job.ID} // the mark comes with what leaves: see export
	if err := t.addConcepts(ctx, params.Drawing, &work, &about); err != nil {
		return err
	}
	report := t.overall(ctx, len(params.Shots), len(work.Shots))
	err = t.runner.Draw(ctx, work, report, func(d Drawn) error { return t.keep(ctx, d, about) })
	if err != nil {
		return err
	}
	return t.finish(ctx, nil)
}

// missing are the shots of which there is no picture: of a job that is retried, or
// that goes on, some are there.
func (t *task) missing(shots []workspace.Shot) ([]Shot, error) {
	var done workspace.DrawnPictures
	if len(t.job.Result) > 0 {
		if err := json.Unmarshal(t.job.Result, &done); err != nil {
			return nil, fmt.Errorf("read the job's result: %w", err)
		}
	}
	var list []Shot
	for i, s := range shots {
		if _, ok := done.Pictures[i]; !ok {
			list = append(list, Shot{Index: i, Prompt: s.Prompt, NegativePrompt: s.NegativePrompt, Seed: s.Seed, Name: s.Name})
		}
	}
	return list, nil
}

// addConcepts reads the concepts in use and, where there is one, the pictures that
// it was learned from, to score by. Between several, scores would be of neither.
func (t *task) addConcepts(ctx context.Context, d workspace.Drawing, work *DrawTask, about *About) error {
	for _, id := range d.ConceptIDs {
		c, err := t.desk.Concept(ctx, t.desk.System(), t.job.ProjectID, id)
		if err != nil {
			return err
		}
		if c.State != studio.ConceptReady {
			return studio.Errorf(studio.Conflict, "concept %q is %s and cannot be drawn", "コンセプト「%s」は使用できません（状態：%s）。", c.Name, c.State)
		}
		f, err := t.conceptFile(ctx, c, d.Fidelity)
		if err != nil {
			return err
		}
		sources, err := t.sources(ctx, c)
		if err != nil {
			return err
		}
		work.Concepts = append(work.Concepts, f)
		about.add(c, sources)
		if len(d.ConceptIDs) > 1 {
			continue
		}
		if work.Subjects, err = t.readPictures(ctx, sources); err != nil {
			return err
		}
	}
	return nil
}

// conceptFile is a concept's file at the fidelity that is asked for, or else at
// the concept's own.
func (t *task) conceptFile(ctx context.Context, c studio.Concept, fidelity *float64) (ConceptFile, error) {
	file, size, err := t.desk.OpenConcept(ctx, t.desk.System(), t.job.ProjectID, c.ID)
	if err != nil {
		return ConceptFile{}, err
	}
	data, err := readAll(file, size)
	if err != nil {
		return ConceptFile{}, fmt.Errorf("read concept: %w", err)
	}
	f := ConceptFile{Blob: c.Blob, File: data, Fidelity: c.Fidelity}
	if fidelity != nil {
		f.Fidelity = *fidelity
	}
	return f, nil
}

// sources are the pictures that a concept was learned from.
func (t *task) sources(ctx context.Context, c studio.Concept) ([]studio.Source, error) {
	var list []studio.Source
	for _, id := range c.SourceIDs {
		s, err := t.desk.Source(ctx, t.desk.System(), t.job.ProjectID, id)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// add says that a concept is in the picture, and whose pictures it was learned from.
func (a *About) add(c studio.Concept, sources []studio.Source) {
	once := func(list []string, s string) []string {
		if s == "" || slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	a.Concepts = append(a.Concepts, c.Name)
	for _, s := range sources {
		a.Owners, a.Licences = once(a.Owners, s.Rights.Owner), once(a.Licences, s.Rights.Licence)
	}
}

func (t *task) readPictures(ctx context.Context, sources []studio.Source) ([]*picture.Picture, error) {
	var list []*picture.Picture
	for _, s := range sources {
		p, err := t.readPicture(ctx, s.Blob)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// overall makes progress of the shots that are drawn now that of the whole job.
func (t *task) overall(ctx context.Context, all, now int) Report {
	return func(p studio.Progress, preview *picture.Picture) {
		each := p.Steps / now
		p.Step, p.Steps = p.Step+each*(all-now), each*all
		t.report(ctx, p, preview)
	}
}

// keep hands a drawn picture in.
func (t *task) keep(ctx context.Context, d Drawn, about About) error {
	about.Name, about.Prompt, about.Seed, about.Settings, about.Metadata = d.Name, d.Prompt, d.Seed, d.Settings, d.Metadata
	data, err := t.stamper.Stamp(ctx, d.Picture, FormatPNG, about)
	if err != nil {
		return err
	}
	_, err = t.desk.PictureDrawn(ctx, t.job.ProjectID, t.job.ID, workspace.Drawn{
		Index: d.Index, PNG: data, Prompt: d.Prompt, NegativePrompt: d.NegativePrompt, Seed: d.Seed,
		Width: d.Picture.Width, Height: d.Picture.Height, Settings: d.Settings, Scores: d.Scores, Name: d.Name,
	})
	if err != nil {
		return fmt.Errorf("hand in picture %d: %w", d.Index+1, err)
	}
	return nil
}
