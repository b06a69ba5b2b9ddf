package jobs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ichimai/ichimai/picture"
	"github.com/ichimai/ichimai/studio"
)

// task is a job in a worker's hands.
type task struct {
	*Queue
	job     studio.Job
	cancel  context.CancelCauseFunc
	told    time.Time // of the last progress that was written
	preview string    // blob of the last one
}

// maxBlob bounds what is read into memory of one file, in bytes.
const maxBlob = 1 << 30

// params reads what to do.
func (t *task) params(into any) error {
	if err := json.Unmarshal(t.job.Params, into); err != nil {
		return fmt.Errorf("read the job's params: %w", err)
	}
	return nil
}

// read returns a file of the job's project.
func (t *task) read(ctx context.Context, blob string) ([]byte, error) {
	file, size, _, err := t.desk.OpenFile(ctx, t.desk.System(), t.job.ProjectID, blob)
	if err != nil {
		return nil, err
	}
	return readAll(file, size)
}

func readAll(file io.ReadCloser, size int64) (data []byte, err error) {
	defer func() { err = errors.Join(err, file.Close()) }()
	if size > maxBlob {
		return nil, fmt.Errorf("read file: %d bytes are more than %d", size, maxBlob)
	}
	return io.ReadAll(file)
}

// readPicture returns a picture of the job's project.
func (t *task) readPicture(ctx context.Context, blob string) (*picture.Picture, error) {
	data, err := t.read(ctx, blob)
	if err != nil {
		return nil, err
	}
	p, err := picture.Decode(bytes.NewReader(data), picture.Limits{})
	if err != nil {
		return nil, fmt.Errorf("read picture %s: %w", blob, err)
	}
	return p, nil
}

// tellEvery is the least time between two writings of progress: each is a
// transaction.
const tellEvery = 200 * time.Millisecond

// report tells the workspace how far the job has come. What is lost of it is no
// reason to stop; that the job is not running any more is.
func (t *task) report(ctx context.Context, p studio.Progress, preview *picture.Picture) {
	if preview == nil && p.Step < p.Steps && time.Since(t.told) < tellEvery {
		return
	}
	if preview != nil {
		t.keepPreview(ctx, preview)
	}
	p.PreviewBlob = t.preview
	err := t.desk.JobProgress(ctx, t.job.ProjectID, t.job.ID, p)
	switch studio.ErrorCode(err) {
	case "":
	case studio.Conflict, studio.NotFound:
		t.cancel(errCancelled)
	default:
		t.log.Warn("tell progress", "job", t.job.ID, "error", err)
	}
	t.told = time.Now()
}

func (t *task) keepPreview(ctx context.Context, preview *picture.Picture) {
	data, err := encode(preview, nil)
	if err == nil {
		var blob string
		if blob, err = t.desk.JobPreview(ctx, t.job.ProjectID, t.job.ID, data); err == nil {
			t.preview = blob
			return
		}
	}
	t.log.Warn("keep a preview", "job", t.job.ID, "error", err)
}

// encode is a picture's file, as PNG.
func encode(p *picture.Picture, metadata map[string]string) ([]byte, error) {
	var b bytes.Buffer
	if err := picture.EncodePNG(&b, p, metadata); err != nil {
		return nil, fmt.Errorf("write picture: %w", err)
	}
	return b.Bytes(), nil
}

// finish tells that the job is done.
func (t *task) finish(ctx context.Context, archive io.Reader) error {
	if _, err := t.desk.FinishJob(ctx, t.job.ProjectID, t.job.ID, archive); err != nil {
		return fmt.Errorf("finish job: %w", err)
	}
	return nil
}
