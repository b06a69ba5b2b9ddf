package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Case is a good or a bad example that is kept to learn from.
type Case struct {
	ID             string             `json:"id"`
	Revision       int64              `json:"revision"`
	CreatedAt      time.Time          `json:"created_at"`
	UpdatedAt      time.Time          `json:"updated_at"`
	CreatedBy      string             `json:"created_by,omitempty" doc:"User"`
	PictureID      string             `json:"picture_id,omitempty" doc:"Absent where the picture is gone"`
	Good           bool               `json:"good"`
	Title          string             `json:"title"`
	Why            string             `json:"why"`
	Blob           string             `json:"blob,omitempty" doc:"The picture, small"`
	Prompt         string             `json:"prompt"`
	NegativePrompt string             `json:"negative_prompt"`
	Settings       Object             `json:"settings,omitempty"`
	Scores         map[string]float64 `json:"scores,omitempty"`
}

func caseOf(c studio.Case) Case {
	return Case{
		ID: c.ID, Revision: c.Revision, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, CreatedBy: c.CreatedBy,
		PictureID: c.PictureID, Good: c.Good, Title: c.Title, Why: c.Why, Blob: c.Blob, Prompt: c.Prompt,
		NegativePrompt: c.NegativePrompt, Settings: Object(c.Settings), Scores: c.Scores,
	}
}

type inCases struct {
	InProject
	Paged
	Text string `query:"text" maxLength:"4000" doc:"Part of the title, the reason or the prompt"`
	Good flag   `query:"good" enum:"true,false"`
}

type inNewCase struct {
	InProject
	Body struct {
		PictureID string `json:"picture_id"`
		Good      bool   `json:"good"`
		Title     string `json:"title"`
		Why       string `json:"why,omitempty"`
	}
}

type inCaseText struct {
	InProjectItem
	Body struct {
		Revision int64  `json:"revision" doc:"As it was read; a stale one is a conflict"`
		Good     bool   `json:"good"`
		Title    string `json:"title"`
		Why      string `json:"why,omitempty"`
	}
}

type inTemplateName struct {
	InProjectItem
	Body struct {
		Name string `json:"name"`
	}
}

func (s *server) cases() {
	handle(s, operation{
		id: "list-cases", method: http.MethodGet, path: "/projects/{project}/cases", tag: tagKnowledge,
		summary: text{"List good and bad cases", "成功例と失敗例の一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inCases) (*listing[Case], error) {
		filter := studio.CaseFilter{Text: in.Text, Good: in.Good.pointer()}
		return replyList(ctx, caseOf)(s.work.Cases(ctx, actor, in.Project, filter, in.page()))
	})
	handle(s, operation{
		id: "create-case", method: http.MethodPost, path: "/projects/{project}/cases", tag: tagKnowledge, status: http.StatusCreated,
		summary: text{"Keep a picture as a case", "画像を事例として保存"},
	}, func(ctx context.Context, actor workspace.Actor, in *inNewCase) (*answer[Case], error) {
		return reply(caseOf)(s.work.CreateCase(ctx, actor, in.Project, workspace.NewCase(in.Body)))
	})
	handle(s, operation{
		id: "get-case", method: http.MethodGet, path: "/projects/{project}/cases/{id}", tag: tagKnowledge,
		summary: text{"Get a case", "事例を取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Case], error) {
		return reply(caseOf)(s.work.Case(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "update-case", method: http.MethodPut, path: "/projects/{project}/cases/{id}", tag: tagKnowledge,
		summary: text{"Change a case's words", "事例の内容を変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inCaseText) (*answer[Case], error) {
		words := workspace.CaseText{Good: in.Body.Good, Title: in.Body.Title, Why: in.Body.Why}
		return reply(caseOf)(s.work.UpdateCase(ctx, actor, in.Project, in.ID, in.Body.Revision, words))
	})
	handle(s, operation{
		id: "delete-case", method: http.MethodDelete, path: "/projects/{project}/cases/{id}", tag: tagKnowledge,
		summary: text{"Delete a case", "事例を削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeleteCase(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "template-from-case", method: http.MethodPost, path: "/projects/{project}/cases/{id}/template", tag: tagKnowledge, status: http.StatusCreated,
		summary: text{"Make a template of a case", "事例からテンプレートを作成"},
	}, func(ctx context.Context, actor workspace.Actor, in *inTemplateName) (*answer[Template], error) {
		return reply(templateOf)(s.work.TemplateFromCase(ctx, actor, in.Project, in.ID, in.Body.Name))
	})
}
