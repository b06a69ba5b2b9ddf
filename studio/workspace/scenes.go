package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// MaxScenes is how many pictures may follow the learning of a concept by
// themselves.
const MaxScenes = 16

// Scene is a picture that is to be drawn as soon as a concept is learned.
type Scene struct {
	Prompt string // with {product} where the concept's placeholder stands, or with the placeholder
	Name   string // of the picture
	Seed   *int64 // nil draws one
}

// Learning is the Result of a job of kind personalize that scenes follow: the job
// that draws them, or why there is none.
type Learning struct {
	DrawingID string        `json:"drawing_id,omitempty"` // job
	Refused   *studio.Words `json:"refused,omitempty"`    // what kept the scenes from being drawn
}

// LearningOf reads the result of a job of kind personalize.
func LearningOf(j studio.Job) (l Learning, err error) {
	if len(j.Result) > 0 {
		err = json.Unmarshal(j.Result, &l)
	}
	return l, err
}

// DrawScenes draws scenes of a concept after its learning, the job that is named:
// those that the learning was to be followed by, or others where some are given.
// A learning has one drawing: where it is there already, that is returned and
// nothing is made. One that has not ended is a Conflict.
func (w *Workspace) DrawScenes(ctx context.Context, actor Actor, project, learning string, scenes []Scene) (drawing studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		j, err := c.Tx.Job(project, learning)
		if err != nil {
			return err
		}
		if j.Kind != studio.JobPersonalize || !j.State.Ended() {
			return studio.Errorf(studio.Conflict, "the job is no learning that has ended", "学習が完了したジョブではありません。")
		}
		if drawing, err = c.drawingAfter(j); studio.ErrorCode(err) != studio.NotFound {
			return err
		}
		var params LearnParams
		if err := json.Unmarshal(j.Params, &params); err != nil {
			return err
		}
		if len(scenes) > 0 {
			if params.Scenes, err = c.sceneShots(params.Placeholder, scenes); err != nil {
				return err
			}
		}
		if drawing, err = c.drawScenes(&j, params); err != nil {
			return err
		}
		return c.UpdateJob(&j)
	})
	return drawing, err
}

// drawingAfter is the job that draws what follows a learning; NotFound where there
// is none.
func (c *call) drawingAfter(j studio.Job) (studio.Job, error) {
	l, err := LearningOf(j)
	if err != nil {
		return studio.Job{}, err
	}
	return c.Tx.Job(c.project.ID, l.DrawingID)
}

// sceneShots are scenes with the placeholder filled in, looked at as Generate would.
func (c *call) sceneShots(placeholder string, scenes []Scene) ([]Shot, error) {
	if len(scenes) > MaxScenes {
		return nil, invalid("scenes", "has %d entries; at most %d are allowed", "%d件あります。%d件以内にしてください。", len(scenes), MaxScenes)
	}
	named := strings.NewReplacer("{"+studio.ProductField+"}", placeholder)
	var shots []Shot
	for _, s := range scenes {
		seed, err := firstSeed(s.Seed)
		if err != nil {
			return nil, err
		}
		shot := Shot{Prompt: named.Replace(s.Prompt), Seed: seed, Name: oneLine(s.Name, studio.MaxName)}
		if err := checkPrompts(shot, []string{placeholder}); err != nil {
			return nil, err
		}
		if err := c.checkWords(shot.Prompt); err != nil {
			return nil, err
		}
		shots = append(shots, shot)
	}
	return shots, nil
}

// drawScenes makes the job that draws what follows a learning, and notes it in the
// learning's result, which the caller writes.
func (c *call) drawScenes(j *studio.Job, params LearnParams) (drawing studio.Job, err error) {
	if len(params.Scenes) == 0 {
		return drawing, invalid("scenes", "say what to draw", "生成する場面を指定してください。")
	}
	p := GenerateParams{Drawing: Drawing{ConceptIDs: []string{params.ConceptID}}, Shots: params.Scenes}
	if _, err := c.prepare(&p.Drawing); err != nil {
		return drawing, err
	}
	for i := range p.Shots {
		if err := c.checkShots(p.ConceptIDs, p.Shots[i:i+1]); err != nil {
			return drawing, err
		}
	}
	detail := fields{"pictures": len(p.Shots), "concepts": p.ConceptIDs, "learning": j.ID}
	if drawing, err = c.enqueue(studio.JobGenerate, p, detail); err != nil {
		return drawing, err
	}
	j.Result, err = json.Marshal(Learning{DrawingID: drawing.ID})
	return drawing, err
}

// goOn has a learning that is about to be done followed by its scenes, in the same
// transaction and so once. They are drawn for whoever asked for the learning; what
// that person would be refused now is noted, for the learning itself is well.
func (c *call) goOn(j *studio.Job) error {
	var params LearnParams
	if err := json.Unmarshal(j.Params, &params); err != nil || len(params.Scenes) == 0 {
		return err
	}
	user, err := c.User(j.CreatedBy)
	if err != nil {
		return err
	}
	asked := *c
	asked.actor = Actor{User: user}
	if err = asked.allow(j.ProjectID, mayCreate); err == nil {
		_, err = asked.drawScenes(j, params)
	}
	c.updates = asked.updates
	var refused *studio.Error
	if errors.As(err, &refused) && refused.Code != studio.Internal {
		why := studio.ErrorWords(err)
		j.Result, err = json.Marshal(Learning{Refused: &why})
	}
	return err
}
