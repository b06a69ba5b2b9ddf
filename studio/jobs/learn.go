package jobs

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// learn does a job of kind personalize.
func (t *task) learn(ctx context.Context) error {
	var params workspace.LearnParams
	if err := t.params(&params); err != nil {
		return err
	}
	c, err := t.desk.Concept(ctx, t.desk.System(), t.job.ProjectID, params.ConceptID)
	if err != nil {
		return err
	}
	if c.State == studio.ConceptReady { // learned before the program was stopped
		return t.finish(ctx, nil)
	}
	work, err := t.learnTask(ctx, c, params)
	if err != nil {
		return err
	}
	learned, err := t.runner.Learn(ctx, work, func(p studio.Progress, preview *picture.Picture) { t.report(ctx, p, preview) })
	if err != nil {
		return err
	}
	if err := t.handIn(ctx, learned); err != nil {
		return err
	}
	return t.finish(ctx, nil)
}

func (t *task) learnTask(ctx context.Context, c studio.Concept, params workspace.LearnParams) (LearnTask, error) {
	work := LearnTask{
		Name: params.Name, Placeholder: params.Placeholder, ClassWord: params.ClassWord, Method: params.Method, Steps: params.Steps,
		Created: c.CreatedAt, Folder: t.runFolder(t.job),
	}
	if len(params.SourceIDs) != len(params.SourceBlobs) {
		return work, fmt.Errorf("read the job's params: %d sources and %d files", len(params.SourceIDs), len(params.SourceBlobs))
	}
	for i, blob := range params.SourceBlobs {
		p, err := t.readPicture(ctx, blob)
		if err != nil {
			return work, err
		}
		s, err := t.desk.Source(ctx, t.desk.System(), t.job.ProjectID, params.SourceIDs[i])
		if err != nil {
			return work, err
		}
		work.Pictures = append(work.Pictures, p)
		work.Sources = append(work.Sources, SourceFile{Name: s.Name, SHA256: blob})
	}
	if err := os.MkdirAll(work.Folder, 0o700); err != nil {
		return work, fmt.Errorf("make the run's folder: %w", err)
	}
	return work, nil
}

// handIn gives the concept to the workspace.
func (t *task) handIn(ctx context.Context, l Learned) error {
	in := workspace.Learned{
		Concept: bytes.NewReader(l.File), Method: l.Method, ModelHash: l.ModelHash,
		Fidelity: l.Fidelity, Alpha: l.Alpha, Scores: l.Scores,
	}
	if l.Preview != nil {
		var err error
		if in.Preview, err = encode(l.Preview, nil); err != nil {
			return err
		}
	}
	if _, err := t.desk.ConceptLearned(ctx, t.job.ProjectID, t.job.ID, in); err != nil {
		return fmt.Errorf("hand in the concept: %w", err)
	}
	return nil
}
