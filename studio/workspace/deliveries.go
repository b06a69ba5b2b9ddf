package workspace

import (
	"context"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Delivery is an event that a webhook is to be told of.
type Delivery struct {
	Seq       int64 // of the audit entry that it comes from; with the webhook's id it names the delivery
	At        time.Time
	Event     studio.Event
	ProjectID string
	Object    string // id of the job, concept, picture or source
	Webhook   studio.Webhook
}

// eventOf are the actions of which webhooks are told.
var eventOf = map[string]studio.Event{
	"job.finish": studio.EventJobEnded, "job.fail": studio.EventJobEnded, "job.cancel": studio.EventJobEnded,
	"concept.learned":        studio.EventConceptReady,
	"picture.submit":         studio.EventPictureSubmitted,
	"picture.approve":        studio.EventPictureReviewed,
	"picture.reject":         studio.EventPictureReviewed,
	"picture.request_change": studio.EventPictureReviewed,
	"picture.publish":        studio.EventPicturePublished,
	"picture.withdraw":       studio.EventPictureWithdrawn,
	"source.withdraw":        studio.EventSourceWithdrawn,
}

// Deliveries reads up to limit audit entries behind the entry numbered after and
// returns what webhooks are to be told of them, with the number of the last
// entry read: after itself where there is none. Because the record is written
// with what it records, no event is lost however the program ends; whoever calls
// keeps the number. A webhook is told of nothing from before it was made.
func (w *Workspace) Deliveries(ctx context.Context, after int64, limit int) (list []Delivery, last int64, err error) {
	last = after
	err = w.store.View(ctx, func(tx studio.Tx) error {
		entries, err := tx.AuditFrom(after+1, limit)
		if err != nil {
			return err
		}
		hooks := map[string][]studio.Webhook{}
		for _, e := range entries {
			last = e.Seq
			event, ok := eventOf[e.Action]
			if !ok {
				continue
			}
			if _, read := hooks[e.ProjectID]; !read {
				if hooks[e.ProjectID], err = webhooksOf(tx, e.ProjectID); err != nil {
					return err
				}
			}
			for _, h := range hooks[e.ProjectID] {
				if h.Wants(event) && !e.At.Before(h.CreatedAt) {
					list = append(list, Delivery{e.Seq, e.At, event, e.ProjectID, e.Object, h})
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, after, err
	}
	return list, last, nil
}

func webhooksOf(tx studio.Tx, project string) (hooks []studio.Webhook, err error) {
	list := func(p studio.Page) (studio.List[studio.Webhook], error) { return tx.ListWebhooks(project, p) }
	for h, err := range studio.All(list) {
		if err != nil {
			return nil, err
		}
		hooks = append(hooks, h)
	}
	return hooks, nil
}

// DeliveryTarget returns a webhook with its secret for a delivery that is about
// to be tried. It is Conflict where the webhook was switched off and Forbidden
// where the policy no longer allows its host.
func (w *Workspace) DeliveryTarget(ctx context.Context, project, id string) (h studio.Webhook, err error) {
	err = w.view(ctx, w.System(), project, maySee, func(c *call) error {
		if h, err = c.Tx.Webhook(project, id); err != nil {
			return err
		}
		if !h.Active {
			return studio.Errorf(studio.Conflict, "the webhook is switched off", "このWebhookは無効になっています。")
		}
		return c.hostAllowed(h)
	})
	if err != nil {
		return studio.Webhook{}, err
	}
	return h, nil
}

// WebhookDelivered records how a delivery went: the HTTP status, 0 where none
// came, and what went wrong, "" for nothing. It is not audited. A webhook that is
// gone is no error.
func (w *Workspace) WebhookDelivered(ctx context.Context, project, id string, status int, problem string) error {
	err := w.work(ctx, project, func(c *call) error {
		h, err := c.Tx.Webhook(project, id)
		if err != nil {
			return err
		}
		h.LastStatus, h.LastError, h.LastAt = status, oneLine(problem, studio.MaxText), c.Now()
		return c.Tx.UpdateWebhook(&h)
	})
	if studio.ErrorCode(err) == studio.NotFound {
		return nil
	}
	return err
}
