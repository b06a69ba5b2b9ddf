package jobs

import (
	"context"
	"io"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Desk is what the workers need of a *workspace.Workspace, which holds every rule:
// jobs are taken from it and what was made is handed in to it.
type Desk interface {
	WaitingJobs(ctx context.Context) ([]studio.Job, error)
	NextJobs(ctx context.Context, kinds ...studio.JobKind) ([]studio.Job, error)
	AbandonedJobs(ctx context.Context) ([]studio.Job, error)
	ClaimJob(ctx context.Context, project, id string) (studio.Job, error)
	Cancelled(ctx context.Context, project, id string) (bool, error)
	JobPreview(ctx context.Context, project, id string, preview []byte) (blob string, err error)
	JobProgress(ctx context.Context, project, id string, p studio.Progress) error
	ConceptLearned(ctx context.Context, project, job string, l workspace.Learned) (studio.Concept, error)
	PictureDrawn(ctx context.Context, project, job string, d workspace.Drawn) (studio.Picture, error)
	EvaluatePicture(ctx context.Context, project, job, id string) error
	FinishJob(ctx context.Context, project, id string, archive io.Reader) (studio.Job, error)
	Stamp(ctx context.Context, p *picture.Picture, format string, about workspace.About) ([]byte, error)
	StampPicture(ctx context.Context, project, id, format string, watermark bool) (studio.Picture, []byte, error)
	ScreenPicture(ctx context.Context, project, id string) error
	CheckExport(ctx context.Context, project, job string) error
	FailJob(ctx context.Context, project, id string, why studio.Words) (studio.Job, error)

	Deliveries(ctx context.Context, after int64, limit int) (list []workspace.Delivery, last int64, err error)
	DeliveryTarget(ctx context.Context, project, id string) (studio.Webhook, error)
	WebhookDelivered(ctx context.Context, project, id string, status int, problem string) error
	Updates(ctx context.Context) <-chan workspace.Update

	System() workspace.Actor
	Concept(ctx context.Context, actor workspace.Actor, project, id string) (studio.Concept, error)
	OpenConcept(ctx context.Context, actor workspace.Actor, project, id string) (io.ReadSeekCloser, int64, error)
	Source(ctx context.Context, actor workspace.Actor, project, id string) (studio.Source, error)
	OpenFile(ctx context.Context, actor workspace.Actor, project, blob string) (io.ReadSeekCloser, int64, string, error)
}

var _ Desk = (*workspace.Workspace)(nil)
