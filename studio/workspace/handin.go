package workspace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// Learned is what a worker hands in for a job of kind personalize.
type Learned struct {
	Concept   io.Reader // the concept's file
	Preview   []byte    // a picture drawn with it, in any format that is read; nil for none
	Method    string
	ModelHash string
	Fidelity  float64 // 0 to 1
	Alpha     float64 // 0 to 1
	Scores    map[string]float64
}

// ConceptLearned makes a job's concept ready. Where it is ready already nothing
// changes: the worker was stopped between this and FinishJob. Where the job no
// longer runs it is a Conflict.
func (w *Workspace) ConceptLearned(ctx context.Context, project, job string, l Learned) (v studio.Concept, err error) {
	if l.Concept == nil {
		return v, errors.New("hand in concept: there is no file")
	}
	file, err := w.files.Put(ctx, l.Concept, MaxConceptFile)
	if err != nil {
		return v, err
	}
	var preview string
	if l.Preview != nil {
		p, err := w.readPicture(ctx, bytes.NewReader(l.Preview), "preview")
		if err != nil {
			return v, err
		}
		if preview, err = w.keepThumb(ctx, p); err != nil {
			return v, err
		}
	}
	err = w.work(ctx, project, func(c *call) error {
		j, err := c.running(job)
		if err != nil {
			return err
		}
		refs, err := refsOf(j)
		if err != nil {
			return err
		}
		if v, err = c.Tx.Concept(project, refs.ConceptID); err != nil || v.State == studio.ConceptReady {
			return err
		}
		v.State, v.Blob, v.PreviewBlob, v.Message = studio.ConceptReady, file.Name, preview, studio.Words{}
		v.Method, v.ModelHash, v.Fidelity, v.Alpha, v.Scores = l.Method, l.ModelHash, l.Fidelity, l.Alpha, l.Scores
		if err := c.UpdateConcept(&v); err != nil {
			return err
		}
		return c.note(Changed, "concept.learned", v.ID, fields{"job": job, "blob": v.Blob, "method": v.Method, "model": v.ModelHash})
	})
	return v, err
}

// Drawn is what a worker hands in for each picture of a job.
type Drawn struct {
	Index          int    // within the job's shots
	PNG            []byte // kept as it is, with the metadata that the worker wrote
	Prompt         string // "" takes the shot's
	NegativePrompt string // "" takes the shot's
	Seed           int64
	Width, Height  int             // 0 takes the PNG's
	Settings       json.RawMessage // how it was drawn
	Scores         map[string]float64
	Name           string // "" takes the shot's
}

// PictureDrawn keeps a picture of a job, at most once for a job and index: a
// second one for the same index changes nothing and returns the first, also
// where that was deleted meanwhile (then without its content). Where the job no
// longer runs it is a Conflict.
func (w *Workspace) PictureDrawn(ctx context.Context, project, job string, d Drawn) (p studio.Picture, err error) {
	decoded, err := picture.Decode(bytes.NewReader(d.PNG), w.uploadLimits())
	if err != nil {
		return p, pictureError(err)
	}
	file, err := w.files.Put(ctx, bytes.NewReader(d.PNG), maxStored)
	if err != nil {
		return p, err
	}
	thumb, err := w.keepThumb(ctx, decoded)
	if err != nil {
		return p, err
	}
	err = w.work(ctx, project, func(c *call) error {
		j, err := c.running(job)
		if err != nil {
			return err
		}
		done, err := drawnBy(j)
		if err != nil {
			return err
		}
		if id, ok := done.Pictures[d.Index]; ok {
			if p, err = c.Tx.Picture(project, id); studio.ErrorCode(err) == studio.NotFound {
				p, err = studio.Picture{ID: id, ProjectID: project}, nil
			}
			return err
		}
		if p, err = c.drawnPicture(j, d); err != nil {
			return err
		}
		p.Blob, p.Size, p.ThumbBlob = file.Name, file.Size, thumb
		p.Width, p.Height = cmp.Or(d.Width, decoded.Width), cmp.Or(d.Height, decoded.Height)
		return c.keepDrawn(j, done, d.Index, &p)
	})
	return p, err
}

// drawnPicture is the picture as the job's shot and the worker describe it.
func (c *call) drawnPicture(j studio.Job, d Drawn) (p studio.Picture, err error) {
	var params GenerateParams
	if err := json.Unmarshal(j.Params, &params); err != nil {
		return p, err
	}
	if d.Index < 0 || d.Index >= len(params.Shots) {
		return p, invalid("index", "the job has no picture %d", "ジョブに%d番目の画像はありません。", d.Index)
	}
	shot := params.Shots[d.Index]
	p = studio.Picture{
		ProjectID: c.project.ID, CreatedBy: j.CreatedBy, JobID: j.ID, TemplateID: params.TemplateID,
		ConceptIDs: params.ConceptsOf(shot), Name: cmp.Or(oneLine(d.Name, studio.MaxName), shot.Name),
		Prompt: cmp.Or(d.Prompt, shot.Prompt), NegativePrompt: cmp.Or(d.NegativePrompt, shot.NegativePrompt),
		Seed: d.Seed, Settings: d.Settings, Scores: d.Scores,
	}
	if p.TemplateID == "" {
		return p, nil
	}
	switch err := c.CountTemplate(c.project.ID, p.TemplateID, 1, 0); {
	case studio.ErrorCode(err) == studio.NotFound:
		p.TemplateID = "" // deleted meanwhile
	case err != nil:
		return p, err
	}
	return p, nil
}

// keepDrawn writes the picture, and in the job that it is there.
func (c *call) keepDrawn(j studio.Job, done DrawnPictures, index int, p *studio.Picture) (err error) {
	if err := c.CreatePicture(p); err != nil {
		return err
	}
	done.Pictures[index] = p.ID
	if j.Result, err = json.Marshal(done); err != nil {
		return err
	}
	if err := c.UpdateJob(&j); err != nil {
		return err
	}
	return c.note(Created, "picture.draw", p.ID, fields{"job": j.ID, "index": index, "blob": p.Blob, "concepts": p.ConceptIDs})
}
