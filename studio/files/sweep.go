package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/ichimai/ichimai/studio"
)

// Swept says what a Sweep removed.
type Swept struct {
	Blobs    int // that nothing refers to
	Incoming int // that were never finished
	Bytes    int64
}

// Sweep removes blobs that referenced denies and uploads that were never
// finished, both only when they are older than age. The age has to be longer
// than the time between a Put and the transaction that refers to it. What is
// younger is kept without asking. An error of referenced ends the sweep.
func (f *Files) Sweep(ctx context.Context, age time.Duration, referenced func(ctx context.Context, name string) (bool, error)) (Swept, error) {
	var swept Swept
	limit := f.clock().Add(-age)
	err := f.each(ctx, incomingFolder, limit, func(o *blob.ListObject) error {
		return f.remove(ctx, o.Key, limit, &swept.Incoming, &swept.Bytes)
	})
	if err != nil {
		return swept, err
	}
	err = f.each(ctx, blobFolder, limit, func(o *blob.ListObject) error {
		name := o.Key[strings.LastIndexByte(o.Key, '/')+1:]
		if !studio.ValidBlob(name) || key(name) != o.Key { // a move into place that was cut short
			return f.remove(ctx, o.Key, limit, &swept.Incoming, &swept.Bytes)
		}
		used, err := referenced(ctx, name)
		if err != nil || used {
			return err
		}
		return f.remove(ctx, o.Key, limit, &swept.Blobs, &swept.Bytes)
	})
	return swept, err
}

// remove deletes one object and counts it, unless it is gone or was stored anew
// since it was listed: Put holds the lock while it does that.
func (f *Files) remove(ctx context.Context, key string, limit time.Time, number *int, bytes *int64) error {
	f.placing.Lock()
	defer f.placing.Unlock()
	a, err := f.bucket.Attributes(ctx, key)
	if err == nil && a.ModTime.Before(limit) {
		if err = f.bucket.Delete(ctx, key); err == nil {
			*number, *bytes = *number+1, *bytes+a.Size
		}
	}
	if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("sweep files: %w", err)
	}
	return nil
}

// each calls do with the objects below a folder that changed last before limit.
func (f *Files) each(ctx context.Context, folder string, limit time.Time, do func(*blob.ListObject) error) error {
	for it := f.bucket.List(&blob.ListOptions{Prefix: folder}); ; {
		o, err := it.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		if o.IsDir || !o.ModTime.Before(limit) {
			continue
		}
		if err := do(o); err != nil {
			return err
		}
	}
}

// All yields the names of all blobs, in their order, until list fails or do
// returns an error.
func (f *Files) All(ctx context.Context, do func(Blob) error) error {
	return f.each(ctx, blobFolder, time.Unix(1<<40, 0), func(o *blob.ListObject) error {
		if name := o.Key[strings.LastIndexByte(o.Key, '/')+1:]; studio.ValidBlob(name) {
			return do(Blob{Name: name, Size: o.Size})
		}
		return nil
	})
}
