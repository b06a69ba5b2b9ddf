package sqlite

import "github.com/ichimai/ichimai/studio"

func webhookOf(r webhookRow) studio.Webhook {
	return studio.Webhook{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, URL: r.Url, Secret: r.Secret, Events: r.Events.V, Active: r.Active,
		LastStatus: r.LastStatus, LastError: r.LastError, LastAt: r.LastAt,
	}
}

// CreateWebhook is studio.Webhooks's.
func (t *tx) CreateWebhook(w *studio.Webhook) error {
	t.identify(&w.ID, &w.CreatedAt)
	t.begin(&w.Revision, &w.CreatedAt, &w.UpdatedAt)
	if err := w.Validate(); err != nil {
		return err
	}
	return ofWebhook.fail("create", t.q.createWebhook(t.ctx, createWebhookParams{
		ID: w.ID, ProjectID: w.ProjectID, Revision: w.Revision, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
		CreatedBy: w.CreatedBy, Url: w.URL, Secret: w.Secret, Events: eventList{w.Events}, Active: w.Active,
		LastStatus: w.LastStatus, LastError: w.LastError, LastAt: w.LastAt,
	}))
}

// Webhook is studio.Webhooks's.
func (t *tx) Webhook(project, id string) (studio.Webhook, error) {
	r, err := t.q.getWebhook(t.ctx, getWebhookParams{ProjectID: project, ID: id})
	return webhookOf(r), ofWebhook.fail("read", err)
}

// UpdateWebhook is studio.Webhooks's.
func (t *tx) UpdateWebhook(w *studio.Webhook) error {
	if err := w.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateWebhook(t.ctx, updateWebhookParams{
		UpdatedAt: t.now, Url: w.URL, Secret: w.Secret, Events: eventList{w.Events}, Active: w.Active,
		LastStatus: w.LastStatus, LastError: w.LastError, LastAt: w.LastAt, ProjectID: w.ProjectID, ID: w.ID,
		Revision: w.Revision,
	})
	return t.revised(ofWebhook, n, err, &w.Revision, &w.UpdatedAt, func() error {
		_, err := t.Webhook(w.ProjectID, w.ID)
		return err
	})
}

// DeleteWebhook is studio.Webhooks's.
func (t *tx) DeleteWebhook(project, id string) error {
	n, err := t.q.deleteWebhook(t.ctx, deleteWebhookParams{ProjectID: project, ID: id})
	return ofWebhook.found("delete", n, err)
}

// ListWebhooks is studio.Webhooks's.
func (t *tx) ListWebhooks(project string, p studio.Page) (studio.List[studio.Webhook], error) {
	rows, err := t.q.listWebhooks(t.ctx, listWebhooksParams{
		ProjectID: project, After: after(p), Size: size(p),
	})
	return page(ofWebhook, rows, err, p, webhookOf, func(v studio.Webhook) string { return v.ID })
}
