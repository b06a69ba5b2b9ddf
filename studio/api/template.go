package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Template is a prompt with fields in braces.
type Template struct {
	ID             string            `json:"id"`
	Revision       int64             `json:"revision"`
	CreatedAt      time.Time         `json:"created_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
	CreatedBy      string            `json:"created_by,omitempty" doc:"User"`
	Name           string            `json:"name"`
	Prompt         string            `json:"prompt"`
	NegativePrompt string            `json:"negative_prompt"`
	Fields         []string          `json:"fields" nullable:"false" doc:"Names in braces, in order"`
	Defaults       map[string]string `json:"defaults,omitempty" doc:"Of fields"`
	Settings       Object            `json:"settings,omitempty" doc:"Of drawing: width, height, steps, guidance"`
	CaseID         string            `json:"case_id,omitempty" doc:"The good case that it came from"`
	Uses           int64             `json:"uses" doc:"Pictures drawn with it"`
	Approvals      int64             `json:"approvals" doc:"Of those, approved"`
	SuccessRate    *float64          `json:"success_rate,omitempty" doc:"Approved fraction; absent where nothing was drawn yet"`
}

func templateOf(t studio.Template) Template {
	view := Template{
		ID: t.ID, Revision: t.Revision, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, CreatedBy: t.CreatedBy,
		Name: t.Name, Prompt: t.Prompt, NegativePrompt: t.NegativePrompt, Fields: listed(t.Fields()), Defaults: t.Defaults,
		Settings: Object(t.Settings), CaseID: t.CaseID, Uses: t.Uses, Approvals: t.Approvals,
	}
	if rate, known := t.SuccessRate(); known {
		view.SuccessRate = &rate
	}
	return view
}

// TemplateText is what a person writes of a template.
type TemplateText struct {
	Name           string            `json:"name"`
	Prompt         string            `json:"prompt" doc:"Such as {product} on a table in {place}, {season}"`
	NegativePrompt string            `json:"negative_prompt,omitempty"`
	Defaults       map[string]string `json:"defaults,omitempty" doc:"Of fields"`
	Settings       Object            `json:"settings,omitempty" doc:"An object: width, height, steps, guidance"`
}

func (t TemplateText) asked() workspace.TemplateText {
	return workspace.TemplateText{
		Name: t.Name, Prompt: t.Prompt, NegativePrompt: t.NegativePrompt, Defaults: t.Defaults, Settings: json.RawMessage(t.Settings),
	}
}

type inTemplates struct {
	InProject
	Paged
	Text string `query:"text" maxLength:"4000" doc:"Part of the name or the prompt"`
}

type inNewTemplate struct {
	InProject
	Body TemplateText
}

// RevisedTemplate is a template's text and the revision that it was read at.
type RevisedTemplate struct {
	TemplateText
	Revision int64 `json:"revision" doc:"As it was read; a stale one is a conflict"`
}

type inTemplateText struct {
	InProjectItem
	Body RevisedTemplate
}

type inFields struct {
	InProjectItem
	Body struct {
		Fields map[string]string `json:"fields"`
	}
}

// Rendered is a template with its fields filled in.
type Rendered struct {
	Prompt         string `json:"prompt"`
	NegativePrompt string `json:"negative_prompt"`
}

func (s *server) templates() {
	handle(s, operation{
		id: "list-templates", method: http.MethodGet, path: "/projects/{project}/templates", tag: tagKnowledge,
		summary: text{"List prompt templates", "プロンプトテンプレートの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inTemplates) (*listing[Template], error) {
		return replyList(ctx, templateOf)(s.work.Templates(ctx, actor, in.Project, studio.TemplateFilter{Text: in.Text}, in.page()))
	})
	handle(s, operation{
		id: "create-template", method: http.MethodPost, path: "/projects/{project}/templates", tag: tagKnowledge, status: http.StatusCreated,
		summary: text{"Create a template", "テンプレートを作成"},
	}, func(ctx context.Context, actor workspace.Actor, in *inNewTemplate) (*answer[Template], error) {
		return reply(templateOf)(s.work.CreateTemplate(ctx, actor, in.Project, in.Body.asked()))
	})
	handle(s, operation{
		id: "get-template", method: http.MethodGet, path: "/projects/{project}/templates/{id}", tag: tagKnowledge,
		summary: text{"Get a template", "テンプレートを取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Template], error) {
		return reply(templateOf)(s.work.Template(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "update-template", method: http.MethodPut, path: "/projects/{project}/templates/{id}", tag: tagKnowledge,
		summary: text{"Change a template", "テンプレートを変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inTemplateText) (*answer[Template], error) {
		return reply(templateOf)(s.work.UpdateTemplate(ctx, actor, in.Project, in.ID, in.Body.Revision, in.Body.asked()))
	})
	handle(s, operation{
		id: "delete-template", method: http.MethodDelete, path: "/projects/{project}/templates/{id}", tag: tagKnowledge,
		summary: text{"Delete a template", "テンプレートを削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeleteTemplate(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "render-template", method: http.MethodPost, path: "/projects/{project}/templates/{id}/render", tag: tagKnowledge,
		summary: text{"Fill in a template's fields", "テンプレートの項目を埋めて確認"},
	}, func(ctx context.Context, actor workspace.Actor, in *inFields) (*answer[Rendered], error) {
		prompt, negative, err := s.work.RenderTemplate(ctx, actor, in.Project, in.ID, in.Body.Fields)
		if err != nil {
			return nil, err
		}
		return &answer[Rendered]{Body: Rendered{Prompt: prompt, NegativePrompt: negative}}, nil
	})
}
