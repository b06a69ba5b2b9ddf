package workspace

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// MaxEvaluate is the most pictures of one Evaluate: a whole campaign.
const MaxEvaluate = MaxBatch

// EvaluateRequest asks for the automatic checks of many pictures. Exactly one of the
// first three is given.
type EvaluateRequest struct {
	PictureIDs []string // drafts, and pictures that a change was asked for
	JobID      string   // a job that draws: its drafts
	TrialID    string   // a trial: its drafts
	Submit     bool     // what no check refuses is submitted for review
}

// EvaluateParams are the Params of a job of kind evaluate.
type EvaluateParams struct {
	// Pictures are ids. The name differs from that of an export's: a job that checks
	// goes on without a picture that is withdrawn.
	Pictures []string `json:"pictures"`
	Submit   bool     `json:"submit"`
}

// Evaluate makes a job that runs the automatic checks of pictures one after another and
// keeps what they find, as Submit does of one. With r.Submit each picture that no check
// refuses is submitted in the actor's name, as they are allowed to at that moment; what is
// refused stays as it is, with the checks. A picture that has passed on meanwhile, or whose
// concepts may no longer be used, is left out, and [Evaluation] says why.
//
// Pictures in other states are a Conflict, as are some that an open job is about to check,
// and a job or a trial that has no drafts.
func (w *Workspace) Evaluate(ctx context.Context, actor Actor, project string, r EvaluateRequest) (j studio.Job, err error) {
	err = w.update(ctx, actor, project, mayCreate, func(c *call) error {
		ids, err := c.evaluated(r)
		if err != nil {
			return err
		}
		if err := c.unevaluated(ids); err != nil {
			return err
		}
		j, err = c.enqueue(studio.JobEvaluate, EvaluateParams{ids, r.Submit}, fields{"pictures": len(ids), "submit": r.Submit})
		return err
	})
	if err != nil {
		return studio.Job{}, err
	}
	return j, nil
}

// evaluated are the pictures that a request is about, each once.
func (c *call) evaluated(r EvaluateRequest) (ids []string, err error) {
	given := 0
	for _, there := range []bool{len(r.PictureIDs) > 0, r.JobID != "", r.TrialID != ""} {
		if there {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, invalid("picture_ids", "name pictures, or one job, or one trial", "画像、ジョブ、トライアルのうち、いずれか1つを指定してください。")
	case r.JobID != "":
		ids, err = c.draftsOf(r.JobID)
	case r.TrialID != "":
		ids, err = c.draftsOfTrial(r.TrialID)
	default:
		return c.evaluable(r.PictureIDs)
	}
	if err == nil && len(ids) == 0 {
		err = studio.Errorf(studio.Conflict, "there are no drafts to check", "チェックできる下書きがありません。")
	}
	return ids, err
}

// evaluable returns the ids where each is of a picture that can be submitted.
func (c *call) evaluable(ids []string) ([]string, error) {
	if len(ids) > MaxEvaluate {
		return nil, studio.Errorf(studio.TooLarge, "at most %d pictures can be checked at once", "一度にチェックできる画像は%d枚までです。", MaxEvaluate)
	}
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			return nil, invalid("picture_ids", "%s is there twice", "%sが重複しています。", id)
		}
		seen[id] = true
		if _, err := c.unsubmitted(id); err != nil {
			return nil, ofPicture(id, err)
		}
	}
	return slices.Clone(ids), nil
}

// draftsOf are the drafts of a job that draws, the oldest first.
func (c *call) draftsOf(job string) (ids []string, err error) {
	j, err := c.Tx.Job(c.project.ID, job)
	if err != nil {
		return nil, err
	}
	if j.Kind != studio.JobGenerate && j.Kind != studio.JobBatch {
		return nil, invalid("job_id", "a job of kind %s draws no pictures", "種類「%s」のジョブは画像を生成しません。", j.Kind)
	}
	filter := studio.PictureFilter{JobID: job, State: studio.PictureDraft}
	for p, err := range studio.All(func(p studio.Page) (studio.List[studio.Picture], error) {
		return c.ListPictures(c.project.ID, filter, p)
	}) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	slices.Reverse(ids)
	return ids, nil
}

func (c *call) draftsOfTrial(id string) (ids []string, err error) {
	t, err := c.Tx.Trial(c.project.ID, id)
	if err != nil {
		return nil, err
	}
	for _, job := range t.JobIDs {
		j, err := c.Tx.Job(c.project.ID, job)
		if err != nil {
			return nil, err
		}
		if j.Kind == studio.JobPersonalize {
			continue
		}
		drafts, err := c.draftsOf(job)
		if err != nil {
			return nil, err
		}
		ids = append(ids, drafts...)
	}
	return ids, nil
}

// unevaluated refuses pictures that an open job is about to check.
func (c *call) unevaluated(ids []string) error {
	asked := map[string]bool{}
	for _, id := range ids {
		asked[id] = true
	}
	for _, state := range []studio.JobState{studio.JobQueued, studio.JobRunning} {
		list := func(p studio.Page) (studio.List[studio.Job], error) {
			return c.ListJobs(c.project.ID, studio.JobFilter{Kind: studio.JobEvaluate, State: state}, p)
		}
		for j, err := range studio.All(list) {
			if err != nil {
				return err
			}
			var params EvaluateParams
			if err := json.Unmarshal(j.Params, &params); err != nil {
				return err
			}
			done, err := EvaluationOf(j)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(params.Pictures, func(id string) bool { return asked[id] && done.Outcomes[id] == "" }) {
				return studio.Errorf(studio.Conflict, "some of these pictures are being checked already", "チェック中の画像が含まれています。完了するまでお待ちください。")
			}
		}
	}
	return nil
}
