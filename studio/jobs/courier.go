package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// parcel is a delivery in the queue. Address and secret are looked up when it is
// sent: a webhook that was removed gets nothing.
type parcel struct {
	ID        string       `json:"id"`
	Webhook   string       `json:"webhook"`
	ProjectID string       `json:"project_id"`
	Event     studio.Event `json:"event"`
	At        time.Time    `json:"at"`
	Object    string       `json:"object"`
}

// Kind is river.JobArgs's.
func (parcel) Kind() string { return "webhook_delivery" }

func newParcel(d workspace.Delivery) parcel {
	return parcel{
		ID: fmt.Sprintf("%d-%s", d.Seq, d.Webhook.ID), Webhook: d.Webhook.ID, ProjectID: d.ProjectID,
		Event: d.Event, At: d.At, Object: d.Object,
	}
}

// Notice is the body of a delivery, as JSON.
type Notice struct {
	ID        string       `json:"id"` // of the delivery, the same at each try
	Event     studio.Event `json:"event"`
	At        time.Time    `json:"at"` // of the event
	ProjectID string       `json:"project_id"`
	Object    string       `json:"object"` // id of the job, concept, picture or source
}

// Bounds of trying.
const (
	maxTries   = 10
	firstPause = 10 * time.Second // after the first failure; then four times as long each
	longPause  = 6 * time.Hour    // at most
)

// courier is River's worker for deliveries.
type courier struct {
	river.WorkerDefaults[parcel]
	q *Queue
}

// Timeout is river.Worker's.
func (c *courier) Timeout(*river.Job[parcel]) time.Duration { return 2 * sendTime }

// NextRetry is river.Worker's.
func (c *courier) NextRetry(job *river.Job[parcel]) time.Time {
	return time.Now().Add(c.q.pauseAfter(job.Attempt))
}

// pauseAfter is how long to wait after so many tries.
func pauseAfter(tries int) time.Duration {
	pause := firstPause
	for range tries - 1 {
		if pause = 4 * pause; pause > longPause {
			return longPause
		}
	}
	return pause
}

// Work is river.Worker's: one try.
func (c *courier) Work(ctx context.Context, job *river.Job[parcel]) error {
	p := job.Args
	hook, err := c.q.desk.DeliveryTarget(ctx, p.ProjectID, p.Webhook)
	switch studio.ErrorCode(err) {
	case "":
	case studio.NotFound, studio.Forbidden, studio.Conflict: // removed, off, or its host not allowed any more
		return river.JobCancel(err)
	default:
		return err
	}
	body, err := json.Marshal(Notice{ID: p.ID, Event: p.Event, At: p.At, ProjectID: p.ProjectID, Object: p.Object})
	if err != nil {
		return river.JobCancel(fmt.Errorf("write delivery: %w", err))
	}
	status, sent := c.q.sender.send(ctx, hook, p.ID, p.Event, body)
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return river.JobSnooze(0) // the program stops
	}
	problem := ""
	if sent != nil {
		problem = sent.Error()
	}
	if err := c.q.desk.WebhookDelivered(context.WithoutCancel(ctx), p.ProjectID, p.Webhook, status, problem); err != nil {
		c.q.log.Warn("note a delivery", "webhook", p.Webhook, "error", err)
	}
	return sent
}
