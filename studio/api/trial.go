package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Trial is a guided proof of concept.
type Trial struct {
	ID         string    `json:"id"`
	Revision   int64     `json:"revision"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	CreatedBy  string    `json:"created_by,omitempty" doc:"User"`
	Plan       TrialPlan `json:"plan"`
	State      string    `json:"state" enum:"planned,running,reviewing,closed"`
	JobIDs     []string  `json:"job_ids" nullable:"false" doc:"That learn and draw, in order"`
	Message    string    `json:"message,omitempty" doc:"Why it does not go on, in the language of Accept-Language"`
	Conclusion string    `json:"conclusion,omitempty" doc:"Of whoever closed it"`
	StartedBy  string    `json:"started_by,omitempty" doc:"User"`
	StartedAt  time.Time `json:"started_at"`
	ClosedAt   time.Time `json:"closed_at"`
}

// TrialPlan is what a person plans of a trial.
type TrialPlan struct {
	Name        string                   `json:"name"`
	ProductLine string                   `json:"product_line,omitempty"`
	Audience    string                   `json:"audience,omitempty"`
	Goal        string                   `json:"goal,omitempty"`
	SourceIDs   []string                 `json:"source_ids,omitempty" nullable:"false"`
	ConceptIDs  []string                 `json:"concept_ids,omitempty" nullable:"false" doc:"Empty: one is learned from the sources"`
	Prompts     []string                 `json:"prompts,omitempty" nullable:"false" doc:"With {product} for what is shown; or a template with rows"`
	TemplateID  string                   `json:"template_id,omitempty"`
	Rows        []map[string]string      `json:"rows,omitempty" nullable:"false" doc:"Fields of the template; product is filled in by itself"`
	PerPrompt   int                      `json:"per_prompt,omitempty" doc:"Pictures of each prompt or row; 0 is 1. At most 24 in all"`
	Baseline    *studio.TrialBaseline    `json:"baseline,omitempty" doc:"What a picture takes today. Amounts are whole minor units of the currency"`
	Assumptions *studio.TrialAssumptions `json:"assumptions,omitempty" doc:"Of the new way, used where nothing was measured"`
}

func (p TrialPlan) asked() workspace.TrialText {
	t := workspace.TrialText{
		Name: p.Name, ProductLine: p.ProductLine, Audience: p.Audience, Goal: p.Goal, SourceIDs: p.SourceIDs, ConceptIDs: p.ConceptIDs,
		Prompts: p.Prompts, TemplateID: p.TemplateID, Rows: p.Rows, PerPrompt: p.PerPrompt,
	}
	if p.Baseline != nil {
		t.Baseline = *p.Baseline
	}
	if p.Assumptions != nil {
		t.Assumptions = *p.Assumptions
	}
	return t
}

func (r reader) trial(t studio.Trial) Trial {
	return Trial{
		ID: t.ID, Revision: t.Revision, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, CreatedBy: t.CreatedBy,
		Plan: TrialPlan{
			Name: t.Name, ProductLine: t.ProductLine, Audience: t.Audience, Goal: t.Goal, SourceIDs: t.SourceIDs, ConceptIDs: t.ConceptIDs,
			Prompts: t.Prompts, TemplateID: t.TemplateID, Rows: t.Rows, PerPrompt: t.PerPrompt, Baseline: &t.Baseline, Assumptions: &t.Assumptions,
		},
		State: string(t.State), JobIDs: listed(t.JobIDs), Message: t.Message.In(r.language), Conclusion: t.Conclusion,
		StartedBy: t.StartedBy, StartedAt: t.StartedAt, ClosedAt: t.ClosedAt,
	}
}

// TrialPicture is a picture of a trial with the latest decision on it.
type TrialPicture struct {
	Picture  Picture `json:"picture"`
	Decision string  `json:"decision,omitempty" doc:"approve, reject or request_change; absent before there is one"`
	Reason   string  `json:"reason,omitempty"`
}

// TrialReport is a trial in pictures, decisions and numbers.
type TrialReport struct {
	Trial       Trial                   `json:"trial"`
	At          time.Time               `json:"at"`
	Sources     []Source                `json:"sources" nullable:"false"`
	Concepts    []Concept               `json:"concepts" nullable:"false"`
	Jobs        []Job                   `json:"jobs" nullable:"false"`
	Pictures    []TrialPicture          `json:"pictures" nullable:"false"`
	Measured    studio.TrialMeasured    `json:"measured" doc:"Sums, with of how many"`
	Calculation studio.TrialCalculation `json:"calculation" doc:"Figure by figure, each with its formula and where it comes from"`
	ShareLow    float64                 `json:"share_low" doc:"Of the 95 % interval of the approved share"`
	ShareHigh   float64                 `json:"share_high"`
}

func (r reader) trialReport(t workspace.TrialReport) TrialReport {
	return TrialReport{
		Trial: r.trial(t.Trial), At: t.At, Sources: each(t.Sources, sourceOf), Concepts: each(t.Concepts, r.concept), Jobs: each(t.Jobs, r.job),
		Pictures: each(t.Pictures, trialPictureOf), Measured: t.Measured, Calculation: t.Calculation, ShareLow: t.ShareLow, ShareHigh: t.ShareHigh,
	}
}

func trialPictureOf(p workspace.TrialPicture) TrialPicture {
	view := TrialPicture{Picture: pictureOf(p.Picture)}
	if p.Decision != nil {
		view.Decision, view.Reason = string(p.Decision.Decision), p.Decision.Reason
	}
	return view
}

type inTrials struct {
	InProject
	Paged
	Text  string `query:"text" maxLength:"4000" doc:"Part of the name or the product line"`
	State string `query:"state" enum:"planned,running,reviewing,closed"`
}

type inNewTrial struct {
	InProject
	Body TrialPlan
}

type inTrialPlan struct {
	InProjectItem
	Body struct {
		Revision int64 `json:"revision" doc:"As it was read; a stale one is a conflict"`
		TrialPlan
	}
}

// inTrialStart may come without a body.
type inTrialStart struct {
	InProjectItem
	Body *struct {
		ClassWord string `json:"class_word,omitempty" doc:"Where the trial learns: the kind of thing as one everyday word, such as shoe, at most 60 characters"`
	}
}

func (in *inTrialStart) told() workspace.TrialStart {
	if in.Body == nil {
		return workspace.TrialStart{}
	}
	return workspace.TrialStart{ClassWord: in.Body.ClassWord}
}

type inConclusion struct {
	InProjectItem
	Body struct {
		Conclusion string `json:"conclusion,omitempty"`
	}
}

func (s *server) trials() {
	handle(s, operation{
		id: "list-trials", method: http.MethodGet, path: "/projects/{project}/trials", tag: tagTrials,
		summary: text{"List trials", "トライアルの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inTrials) (*listing[Trial], error) {
		filter := studio.TrialFilter{Text: in.Text, State: studio.TrialState(in.State)}
		return replyList(ctx, readerOf(ctx).trial)(s.work.Trials(ctx, actor, in.Project, filter, in.page()))
	})
	handle(s, operation{
		id: "create-trial", method: http.MethodPost, path: "/projects/{project}/trials", tag: tagTrials, status: http.StatusCreated,
		summary: text{"Plan a trial", "トライアルを計画"}, detail: "It need not be complete before it starts.",
	}, func(ctx context.Context, actor workspace.Actor, in *inNewTrial) (*answer[Trial], error) {
		return reply(readerOf(ctx).trial)(s.work.CreateTrial(ctx, actor, in.Project, in.Body.asked()))
	})
	handle(s, operation{
		id: "get-trial", method: http.MethodGet, path: "/projects/{project}/trials/{id}", tag: tagTrials,
		summary: text{"Get a trial", "トライアルを取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Trial], error) {
		return reply(readerOf(ctx).trial)(s.work.Trial(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "update-trial", method: http.MethodPut, path: "/projects/{project}/trials/{id}", tag: tagTrials,
		summary: text{"Change a trial's plan", "トライアルの計画を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inTrialPlan) (*answer[Trial], error) {
		return reply(readerOf(ctx).trial)(s.work.UpdateTrial(ctx, actor, in.Project, in.ID, in.Body.Revision, in.Body.asked()))
	})
	s.trialSteps()
}

func (s *server) trialSteps() {
	handle(s, operation{
		id: "start-trial", method: http.MethodPost, path: "/projects/{project}/trials/{id}/start", tag: tagTrials, status: http.StatusAccepted,
		summary: text{"Start a trial: learn and draw", "トライアルを開始（学習と生成）"},
		detail:  "Drawing follows learning by itself. One that could not go on, whose message says why, tries again.",
	}, func(ctx context.Context, actor workspace.Actor, in *inTrialStart) (*answer[Trial], error) {
		return reply(readerOf(ctx).trial)(s.work.StartTrial(ctx, actor, in.Project, in.ID, in.told()))
	})
	handle(s, operation{
		id: "close-trial", method: http.MethodPost, path: "/projects/{project}/trials/{id}/close", tag: tagTrials,
		summary: text{"Close a trial", "トライアルを終了"},
	}, func(ctx context.Context, actor workspace.Actor, in *inConclusion) (*answer[Trial], error) {
		return reply(readerOf(ctx).trial)(s.work.CloseTrial(ctx, actor, in.Project, in.ID, in.Body.Conclusion))
	})
	handle(s, operation{
		id: "delete-trial", method: http.MethodDelete, path: "/projects/{project}/trials/{id}", tag: tagTrials,
		summary: text{"Delete a trial", "トライアルを削除"},
		detail:  "Its jobs, concepts and pictures stay. One that has started takes an admin of the project; one that is running has to be closed first.",
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeleteTrial(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "trial-report", method: http.MethodGet, path: "/projects/{project}/trials/{id}/report", tag: tagTrials,
		summary: text{"Report on a trial", "トライアルの報告"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[TrialReport], error) {
		return reply(readerOf(ctx).trialReport)(s.work.TrialReport(ctx, actor, in.Project, in.ID))
	})
}
