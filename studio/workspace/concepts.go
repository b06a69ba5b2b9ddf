package workspace

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/ichimai/ichimai/studio"
)

// Bounds of learning.
const (
	MaxSources    = 20   // given pictures of one concept
	MaxLearnSteps = 5000 // of a LearnRequest
)

// LearnRequest asks for a concept to be learned.
type LearnRequest struct {
	Name        string  // taken from the parent where there is one
	Placeholder string  // such as "<mug>"; "" takes the parent's
	ClassWord   *string // the kind of thing, such as "cup", at most MaxClassWord characters; nil takes what the parent was told, "" says none
	SourceIDs   []string
	ParentID    string  // the version that this one goes on from; "" for a new concept
	Method      string  // one of the model's ways to learn; "" leaves it to the worker
	Steps       int     // 0 is the method's own number
	Scenes      []Scene // that are drawn by themselves as soon as the concept is learned; at most MaxScenes
}

// LearnParams are the Params of a job of kind personalize.
type LearnParams struct {
	ConceptID   string   `json:"concept_id"`
	Name        string   `json:"name"`
	Placeholder string   `json:"placeholder"`
	ClassWord   string   `json:"class_word,omitempty"`
	SourceIDs   []string `json:"source_ids"`
	SourceBlobs []string `json:"source_blobs"` // PNG, in the same order
	ParentID    string   `json:"parent_id,omitempty"`
	Method      string   `json:"method,omitempty"`
	Steps       int      `json:"steps,omitempty"`
	Scenes      []Shot   `json:"scenes,omitempty"` // that follow
}

// LearnConcept makes a concept in state learning and the job that learns it. Its
// given pictures have to be confirmed, within their term and not withdrawn. With
// a parent it is the next version of that name; without one the name has to be
// new. Scenes are looked at before anything is learned; the job that draws them is
// made when the learning is done, whatever stops meanwhile, and named in the
// learning's result (see [Learning]).
func (w *Workspace) LearnConcept(ctx context.Context, actor Actor, project string, r LearnRequest) (v studio.Concept, j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		v, j, err = c.learn(r)
		return err
	})
	if err != nil {
		return studio.Concept{}, studio.Job{}, err
	}
	return v, j, nil
}

func (c *call) learn(r LearnRequest) (v studio.Concept, j studio.Job, err error) {
	if err := c.acknowledged(); err != nil {
		return v, j, err
	}
	if v, err = c.newVersion(r); err != nil {
		return v, j, err
	}
	params, err := c.learnParams(&v, r)
	if err != nil {
		return v, j, err
	}
	if params.Scenes, err = c.sceneShots(v.Placeholder, r.Scenes); err != nil {
		return v, j, err
	}
	if err := c.CreateConcept(&v); err != nil {
		return v, j, err
	}
	params.ConceptID = v.ID
	if j, err = c.enqueue(studio.JobPersonalize, params, fields{"concept": v.ID}); err != nil {
		return v, j, err
	}
	return v, j, c.note(Created, "concept.learn", v.ID, fields{
		"name": v.Name, "class_word": params.ClassWord, "version": v.Version, "sources": v.SourceIDs, "parent": v.ParentID,
	})
}

// newVersion is the concept before it is stored.
func (c *call) newVersion(r LearnRequest) (studio.Concept, error) {
	v := studio.Concept{
		ProjectID: c.project.ID, CreatedBy: c.actor.User.ID, Name: oneLine(r.Name, studio.MaxName), Placeholder: r.Placeholder,
		Version: 1, ParentID: r.ParentID, SourceIDs: r.SourceIDs, Method: r.Method, State: studio.ConceptLearning,
	}
	if r.ParentID == "" {
		return v, c.freeName(v.Name)
	}
	parent, err := c.Tx.Concept(c.project.ID, r.ParentID)
	if err != nil {
		return v, err
	}
	if err := c.usable(parent.ID); err != nil {
		return v, err
	}
	v.Name, v.Placeholder = parent.Name, cmp.Or(v.Placeholder, parent.Placeholder)
	v.Version, err = c.nextVersion(parent.Name)
	return v, err
}

// learnParams looks at the given pictures and at the word for their kind.
func (c *call) learnParams(v *studio.Concept, r LearnRequest) (LearnParams, error) {
	p := LearnParams{Name: v.Name, Placeholder: v.Placeholder, SourceIDs: r.SourceIDs, ParentID: r.ParentID, Method: r.Method, Steps: r.Steps}
	if n := len(r.SourceIDs); n < 1 || n > MaxSources {
		return p, invalid("source_ids", "name from 1 to %d pictures", "1枚から%d枚の画像を選択してください。", MaxSources)
	}
	if r.Steps < 0 || r.Steps > MaxLearnSteps {
		return p, invalid("steps", "has to be from 0 to %d", "0から%dの範囲で指定してください。", MaxLearnSteps)
	}
	if err := v.Validate(); err != nil {
		return p, err
	}
	for _, id := range r.SourceIDs {
		s, err := c.Tx.Source(c.project.ID, id)
		if err != nil {
			return p, err
		}
		if err := s.Usable(c.Now()); err != nil {
			return p, err
		}
		p.SourceBlobs = append(p.SourceBlobs, s.Blob)
	}
	var err error
	p.ClassWord, err = c.classWord(r)
	return p, err
}

// Concepts lists a project's concepts.
func (w *Workspace) Concepts(ctx context.Context, actor Actor, project string, filter studio.ConceptFilter, page studio.Page) (list studio.List[studio.Concept], err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		list, err = c.ListConcepts(project, filter, page)
		return err
	})
	return list, err
}

// Concept returns one concept.
func (w *Workspace) Concept(ctx context.Context, actor Actor, project, id string) (v studio.Concept, err error) {
	err = w.view(ctx, actor, project, maySee, func(c *call) error {
		v, err = c.Tx.Concept(project, id)
		return err
	})
	return v, err
}

// SetFidelity sets how strongly a concept draws its subject unless a request
// says otherwise, from 0 to 1.
func (w *Workspace) SetFidelity(ctx context.Context, actor Actor, project, id string, revision int64, fidelity float64) (v studio.Concept, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		if v, err = c.Tx.Concept(project, id); err != nil {
			return err
		}
		if err := asRead(revision, v.Revision); err != nil {
			return err
		}
		v.Fidelity = fidelity
		if err := c.UpdateConcept(&v); err != nil {
			return err
		}
		return c.note(Changed, "concept.set_fidelity", id, fields{"fidelity": fidelity})
	})
	return v, err
}

// DeleteConcept removes a concept that nothing was made with: one that pictures,
// later versions or waiting jobs use is a Conflict. Withdraw such a one.
func (w *Workspace) DeleteConcept(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayCreate, func(c *call) error {
		v, err := c.Tx.Concept(project, id)
		if err != nil {
			return err
		}
		busy, err := c.jobsThat(func(j studio.Job, refs jobRefs) bool {
			return !j.State.Ended() && refs.touch(map[string]bool{id: true}, nil)
		})
		if err != nil {
			return err
		}
		if len(busy) > 0 {
			return studio.Errorf(studio.Conflict, "a job uses the concept; cancel it first", "ジョブがこのコンセプトを使用しています。先にジョブをキャンセルしてください。")
		}
		if err := c.Tx.DeleteConcept(project, id); err != nil {
			return err
		}
		return c.note(Deleted, "concept.delete", id, fields{"name": v.Name, "version": v.Version})
	})
}

// OpenConcept opens a concept's file, which the caller closes. One that is not
// ready is a Conflict, one that was withdrawn Forbidden.
func (w *Workspace) OpenConcept(ctx context.Context, actor Actor, project, id string) (file io.ReadSeekCloser, size int64, err error) {
	var v studio.Concept
	err = w.view(ctx, actor, project, mayTake, func(c *call) error {
		if v, err = c.Tx.Concept(project, id); err != nil {
			return err
		}
		return c.usable(id)
	})
	if err != nil {
		return nil, 0, err
	}
	file, b, err := w.files.Open(ctx, v.Blob)
	return file, b.Size, err
}

// enqueue writes a job of the call's actor.
func (c *call) enqueue(kind studio.JobKind, params any, detail fields) (studio.Job, error) {
	data, err := json.Marshal(params)
	if err != nil {
		return studio.Job{}, fmt.Errorf("write params of job: %w", err)
	}
	if len(data) > studio.MaxJSON {
		return studio.Job{}, studio.Errorf(studio.TooLarge, "the request is too large for one job; split it", "1つのジョブとしては大きすぎます。分割してください。")
	}
	j := studio.Job{ProjectID: c.project.ID, CreatedBy: c.actor.User.ID, Kind: kind, Params: data}
	if err := c.Enqueue(&j); err != nil {
		return studio.Job{}, err
	}
	detail["kind"] = kind
	return j, c.note(Created, "job.create", j.ID, detail)
}
