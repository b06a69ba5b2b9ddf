package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// draw does a job of kind generate or batch: all shots that are not there yet, those
// of the same concepts together.
func (t *task) draw(ctx context.Context) error {
	var params workspace.GenerateParams
	if err := t.params(&params); err != nil {
		return err
	}
	groups, err := t.missing(params)
	if err != nil {
		return err
	}
	done := len(params.Shots)
	for _, g := range groups {
		done -= len(g.shots)
	}
	for _, g := range groups {
		if err := t.drawGroup(ctx, params, g, done); err != nil {
			return err
		}
		done += len(g.shots)
	}
	return t.finish(ctx, nil)
}

// group is shots that are drawn with the same concepts.
type group struct {
	concepts []string
	shots    []Shot
}

// missing are the shots of which there is no picture: of a job that is retried, or
// that goes on, some are there.
func (t *task) missing(params workspace.GenerateParams) ([]group, error) {
	var done workspace.DrawnPictures
	if len(t.job.Result) > 0 {
		if err := json.Unmarshal(t.job.Result, &done); err != nil {
			return nil, fmt.Errorf("read the job's result: %w", err)
		}
	}
	var groups []group
	for i, s := range params.Shots {
		if _, ok := done.Pictures[i]; ok {
			continue
		}
		concepts := params.ConceptsOf(s)
		at := slices.IndexFunc(groups, func(g group) bool { return slices.Equal(g.concepts, concepts) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, group{concepts: concepts})
		}
		shot := Shot{Index: i, Prompt: s.Prompt, NegativePrompt: s.NegativePrompt, Seed: s.Seed, Name: s.Name}
		groups[at].shots = append(groups[at].shots, shot)
	}
	return groups, nil
}

// drawGroup draws one group; done is how many of the job's pictures are there.
func (t *task) drawGroup(ctx context.Context, params workspace.GenerateParams, g group, done int) error {
	work := DrawTask{Width: params.Width, Height: params.Height, Steps: params.Steps, Guidance: params.Guidance, Shots: g.shots}
	about := workspace.About{Project: t.job.ProjectID, Job: t.job.ID} // the mark comes with what leaves
	if err := t.addConcepts(ctx, g.concepts, params.Fidelity, &work, &about); err != nil {
		return err
	}
	report := t.overall(ctx, len(params.Shots), done, len(g.shots))
	return t.runner.Draw(ctx, work, report, func(d Drawn) error { return t.keep(ctx, d, about) })
}

// addConcepts reads the concepts in use and, where there is one, the pictures that
// it was learned from, to score by. Between several, scores would be of neither.
func (t *task) addConcepts(ctx context.Context, concepts []string, fidelity *float64, work *DrawTask, about *workspace.About) error {
	for _, id := range concepts {
		c, err := t.desk.Concept(ctx, t.desk.System(), t.job.ProjectID, id)
		if err != nil {
			return err
		}
		if c.State != studio.ConceptReady {
			return studio.Errorf(studio.Conflict, "concept %q is %s and cannot be drawn", "コンセプト「%s」は使用できません（状態：%s）。", c.Name, c.State)
		}
		f, err := t.conceptFile(ctx, c, fidelity)
		if err != nil {
			return err
		}
		sources, err := t.sources(ctx, c)
		if err != nil {
			return err
		}
		work.Concepts = append(work.Concepts, f)
		about.Add(c, sources)
		if len(concepts) > 1 {
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

// overall makes progress of the shots that are drawn now that of the whole job, of
// which done are there. What follows them takes as long for each.
func (t *task) overall(ctx context.Context, all, done, now int) Report {
	return func(p studio.Progress, preview *picture.Picture) {
		each := p.Steps / now
		p.Step, p.Steps = p.Step+each*done, each*all
		if later := each * (all - done - now); p.Rate > 0 {
			p.Left += time.Duration(float64(later) / p.Rate * float64(time.Second)).Truncate(time.Millisecond)
		}
		t.report(ctx, p, preview)
	}
}

// keep hands a drawn picture in.
func (t *task) keep(ctx context.Context, d Drawn, about workspace.About) error {
	about.Name, about.Prompt, about.Seed, about.Settings, about.Metadata = d.Name, d.Prompt, d.Seed, d.Settings, d.Metadata
	data, err := t.desk.Stamp(ctx, d.Picture, workspace.FormatPNG, about)
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
