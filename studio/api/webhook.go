package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Webhook is an address that is told of a project's events.
type Webhook struct {
	ID         string         `json:"id"`
	Revision   int64          `json:"revision"`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
	CreatedBy  string         `json:"created_by,omitempty" doc:"User"`
	URL        string         `json:"url"`
	Events     []studio.Event `json:"events" nullable:"false"`
	Active     bool           `json:"active"`
	LastStatus int            `json:"last_status" doc:"HTTP status of the last delivery; 0 where none came"`
	LastError  string         `json:"last_error,omitempty" doc:"Why it failed"`
	LastAt     time.Time      `json:"last_at,omitzero"`
}

func webhookOf(w studio.Webhook) Webhook {
	return Webhook{
		ID: w.ID, Revision: w.Revision, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, CreatedBy: w.CreatedBy, URL: w.URL,
		Events: listed(w.Events), Active: w.Active, LastStatus: w.LastStatus, LastError: w.LastError, LastAt: w.LastAt,
	}
}

// WebhookWithSecret is a new webhook; the secret is shown only now.
type WebhookWithSecret struct {
	Webhook
	Secret string `json:"secret" doc:"Shown only now; it signs what is sent (HMAC-SHA256)"`
}

// WebhookText is what a person says of a webhook.
type WebhookText struct {
	URL    string         `json:"url" doc:"https, to a host that the policy allows"`
	Events []studio.Event `json:"events" nullable:"false" doc:"job.ended, concept.ready, picture.submitted, picture.reviewed, picture.published, picture.withdrawn, source.withdrawn"`
	Active bool           `json:"active"`
}

type inNewWebhook struct {
	InProject
	Body WebhookText
}

// RevisedWebhook is a webhook's text and the revision that it was read at.
type RevisedWebhook struct {
	WebhookText
	Revision int64 `json:"revision" doc:"As it was read; a stale one is a conflict"`
}

type inWebhookText struct {
	InProjectItem
	Body RevisedWebhook
}

func (s *server) webhooks() {
	handle(s, operation{
		id: "list-webhooks", method: http.MethodGet, path: "/projects/{project}/webhooks", tag: tagWebhooks,
		summary: text{"List webhooks", "Webhookの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inProjectPaged) (*listing[Webhook], error) {
		return replyList(ctx, webhookOf)(s.work.Webhooks(ctx, actor, in.Project, in.page()))
	})
	handle(s, operation{
		id: "create-webhook", method: http.MethodPost, path: "/projects/{project}/webhooks", tag: tagWebhooks, secret: true, status: http.StatusCreated,
		summary: text{"Create a webhook", "Webhookを作成"},
	}, func(ctx context.Context, actor workspace.Actor, in *inNewWebhook) (*answer[WebhookWithSecret], error) {
		w, err := s.work.CreateWebhook(ctx, actor, in.Project, workspace.WebhookText(in.Body))
		return reply(func(w studio.Webhook) WebhookWithSecret { return WebhookWithSecret{webhookOf(w), w.Secret} })(w, err)
	})
	handle(s, operation{
		id: "get-webhook", method: http.MethodGet, path: "/projects/{project}/webhooks/{id}", tag: tagWebhooks,
		summary: text{"Get a webhook", "Webhookを取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*answer[Webhook], error) {
		return reply(webhookOf)(s.work.Webhook(ctx, actor, in.Project, in.ID))
	})
	handle(s, operation{
		id: "update-webhook", method: http.MethodPut, path: "/projects/{project}/webhooks/{id}", tag: tagWebhooks,
		summary: text{"Change a webhook", "Webhookを変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inWebhookText) (*answer[Webhook], error) {
		body := workspace.WebhookText(in.Body.WebhookText)
		return reply(webhookOf)(s.work.UpdateWebhook(ctx, actor, in.Project, in.ID, in.Body.Revision, body))
	})
	handle(s, operation{
		id: "delete-webhook", method: http.MethodDelete, path: "/projects/{project}/webhooks/{id}", tag: tagWebhooks,
		summary: text{"Delete a webhook", "Webhookを削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*nothing, error) {
		return done(s.work.DeleteWebhook(ctx, actor, in.Project, in.ID))
	})
}
