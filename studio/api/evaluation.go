package api

import (
	"context"
	"net/http"

	"github.com/ichimai/ichimai/studio/workspace"
)

// EvaluateRequest asks for the automatic checks of many pictures.
type EvaluateRequest struct {
	PictureIDs []string `json:"picture_ids,omitempty" nullable:"false" doc:"Drafts, and pictures that a change was asked for; at most 2000"`
	JobID      string   `json:"job_id,omitempty" maxLength:"64" doc:"A job that draws: its drafts"`
	TrialID    string   `json:"trial_id,omitempty" maxLength:"64" doc:"A trial: its drafts"`
	Submit     bool     `json:"submit,omitempty" doc:"Put forward for review what no check refuses, in the name of who asks"`
}

type inEvaluate struct {
	InProject
	Body EvaluateRequest
}

func (s *server) evaluations() {
	handle(s, operation{
		id: "evaluate", method: http.MethodPost, path: "/projects/{project}/evaluations", tag: tagReview, status: http.StatusAccepted,
		summary: text{"Check many pictures, and put forward for review what no check refuses", "複数の画像をまとめてチェックし、不合格のないものをレビューに提出"},
		detail:  "Give picture_ids, or job_id, or trial_id. The job's result says how many passed, warned (a check warned, or could not be made), were refused, were left_out (with reasons) and were submitted, and in outcomes what became of each; what the checks found is in each picture's checks.",
	}, func(ctx context.Context, actor workspace.Actor, in *inEvaluate) (*answer[Job], error) {
		return reply(readerOf(ctx).job)(s.work.Evaluate(ctx, actor, in.Project, workspace.EvaluateRequest(in.Body)))
	})
}
