package workspace

import (
	"context"
	"slices"

	"github.com/ichimai/ichimai/studio"
)

// WebhookText is what a person says of a webhook.
type WebhookText struct {
	URL    string // https, to a host that the policy allows
	Events []studio.Event
	Active bool
}

// Webhooks lists a project's webhooks, without their secrets.
func (w *Workspace) Webhooks(ctx context.Context, actor Actor, project string, page studio.Page) (list studio.List[studio.Webhook], err error) {
	err = w.view(ctx, actor, project, mayManage, func(c *call) error {
		list, err = c.ListWebhooks(project, page)
		for i := range list.Items {
			list.Items[i].Secret = ""
		}
		return err
	})
	return list, err
}

// Webhook returns one webhook, without its secret.
func (w *Workspace) Webhook(ctx context.Context, actor Actor, project, id string) (h studio.Webhook, err error) {
	err = w.view(ctx, actor, project, mayManage, func(c *call) error {
		h, err = c.Tx.Webhook(project, id)
		h.Secret = ""
		return err
	})
	return h, err
}

// CreateWebhook has an address told of a project's events from now on. Its host
// has to be one that the policy allows. The answer's Secret, with which
// deliveries are signed, is shown this once.
func (w *Workspace) CreateWebhook(ctx context.Context, actor Actor, project string, text WebhookText) (h studio.Webhook, err error) {
	err = w.update(ctx, actor, project, mayManage, func(c *call) error {
		h = studio.Webhook{ProjectID: project, CreatedBy: c.actor.User.ID, Secret: studio.NewSecret()}
		if err := c.setWebhook(&h, text); err != nil {
			return err
		}
		if err := c.Tx.CreateWebhook(&h); err != nil {
			return err
		}
		return c.note(Created, "webhook.create", h.ID, fields{"host": h.Host(), "events": h.Events})
	})
	if err != nil {
		return studio.Webhook{}, err
	}
	return h, nil
}

func (c *call) setWebhook(h *studio.Webhook, text WebhookText) error {
	h.URL, h.Events, h.Active = text.URL, slices.Compact(slices.Sorted(slices.Values(text.Events))), text.Active
	if err := h.Validate(); err != nil {
		return err
	}
	return c.hostAllowed(*h)
}

func (c *call) hostAllowed(h studio.Webhook) error {
	policy, err := c.Tx.Policy()
	if err == nil && !slices.Contains(policy.WebhookHosts, h.Host()) {
		return &studio.Error{
			Code: studio.Forbidden, Field: "url",
			English:  "the workspace's policy does not allow this host",
			Japanese: "このホストへの送信はポリシーで許可されていません。",
		}
	}
	return err
}

// UpdateWebhook changes a webhook; its secret stays.
func (w *Workspace) UpdateWebhook(ctx context.Context, actor Actor, project, id string, revision int64, text WebhookText) (h studio.Webhook, err error) {
	err = w.update(ctx, actor, project, mayManage, func(c *call) error {
		if h, err = c.Tx.Webhook(project, id); err != nil {
			return err
		}
		if err := asRead(revision, h.Revision); err != nil {
			return err
		}
		if err := c.setWebhook(&h, text); err != nil {
			return err
		}
		if err := c.Tx.UpdateWebhook(&h); err != nil {
			return err
		}
		return c.note(Changed, "webhook.update", id, fields{"host": h.Host(), "events": h.Events, "active": h.Active})
	})
	h.Secret = ""
	return h, err
}

// DeleteWebhook removes a webhook.
func (w *Workspace) DeleteWebhook(ctx context.Context, actor Actor, project, id string) error {
	return w.update(ctx, actor, project, mayManage, func(c *call) error {
		if err := c.Tx.DeleteWebhook(project, id); err != nil {
			return err
		}
		return c.note(Deleted, "webhook.delete", id, nil)
	})
}
