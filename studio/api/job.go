package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// JobProgress is what a running job tells about itself.
type JobProgress struct {
	Step        int     `json:"step" doc:"Done so far"`
	Steps       int     `json:"steps" doc:"In all; 0 while not known"`
	Rate        float64 `json:"rate" doc:"Steps a second"`
	LeftSeconds float64 `json:"left_seconds" doc:"Until the end, as far as can be told"`
	Message     string  `json:"message,omitempty"`
	PreviewBlob string  `json:"preview_blob,omitempty"`
}

// Job is work that takes time.
type Job struct {
	ID         string          `json:"id"`
	Revision   int64           `json:"revision"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	CreatedBy  string          `json:"created_by,omitempty" doc:"User"`
	Kind       studio.JobKind  `json:"kind" enum:"personalize,generate,batch,evaluate,export"`
	State      studio.JobState `json:"state" enum:"queued,running,done,failed,cancelled"`
	Params     Object          `json:"params,omitempty" doc:"What to do, as the kind defines it"`
	ResultBlob string          `json:"result_blob,omitempty" doc:"Such as an export's file"`
	Result     Object          `json:"result,omitempty" doc:"Such as the ids of what was made"`
	Progress   JobProgress     `json:"progress"`
	Attempt    int             `json:"attempt" doc:"From 1 with the first start; 0 before"`
	Error      string          `json:"error,omitempty" doc:"Why it failed, in the language of Accept-Language"`
	StartedAt  time.Time       `json:"started_at,omitzero"`
	EndedAt    time.Time       `json:"ended_at,omitzero"`
}

func (r reader) job(j studio.Job) Job {
	p := j.Progress
	return Job{
		ID: j.ID, Revision: j.Revision, CreatedAt: j.CreatedAt, UpdatedAt: j.UpdatedAt, CreatedBy: j.CreatedBy,
		Kind: j.Kind, State: j.State, Params: Object(j.Params), ResultBlob: j.ResultBlob, Result: Object(j.Result),
		Progress: JobProgress{Step: p.Step, Steps: p.Steps, Rate: p.Rate, LeftSeconds: p.Left.Seconds(), Message: p.Message, PreviewBlob: p.PreviewBlob},
		Attempt:  j.Attempt, Error: j.Error.In(r.language), StartedAt: j.StartedAt, EndedAt: j.EndedAt,
	}
}

type inJobs struct {
	InProject
	Paged
	Kind      studio.JobKind  `query:"kind" enum:"personalize,generate,batch,evaluate,export"`
	State     studio.JobState `query:"state" enum:"queued,running,done,failed,cancelled"`
	CreatedBy string          `query:"created_by" maxLength:"64" doc:"User"`
}

func (s *server) jobs() {
	handle(s, operation{
		id: "list-jobs", method: http.MethodGet, path: "/projects/{project}/jobs", tag: tagDrawing,
		summary: text{"List jobs", "ジョブの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inJobs) (*listing[Job], error) {
		filter := studio.JobFilter{Kind: in.Kind, State: in.State, CreatedBy: in.CreatedBy}
		return replyList(ctx, readerOf(ctx).job)(s.work.Jobs(ctx, actor, in.Project, filter, in.page()))
	})
	handle(s, operation{
		id: "get-job", method: http.MethodGet, path: "/projects/{project}/jobs/{id}", tag: tagDrawing,
		summary: text{"Get a job and its progress", "ジョブと進捗を取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Job], error) {
		return reply(readerOf(ctx).job)(s.work.Job(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "cancel-job", method: http.MethodPost, path: "/projects/{project}/jobs/{id}/cancel", tag: tagDrawing,
		summary: text{"Cancel a job", "ジョブをキャンセル"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Job], error) {
		return reply(readerOf(ctx).job)(s.work.CancelJob(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "retry-job", method: http.MethodPost, path: "/projects/{project}/jobs/{id}/retry", tag: tagDrawing,
		summary: text{"Run a job again that failed or was cancelled", "失敗またはキャンセルしたジョブを再実行"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Job], error) {
		return reply(readerOf(ctx).job)(s.work.RetryJob(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "delete-job", method: http.MethodDelete, path: "/projects/{project}/jobs/{id}", tag: tagDrawing,
		summary: text{"Delete a job that has ended", "終了したジョブを削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeleteJob(ctx, actor, in.Project, in.ID))
	})
}
