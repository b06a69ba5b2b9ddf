package files

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"github.com/ichimai/ichimai/studio"
)

const (
	blobFolder     = "blobs/"
	incomingFolder = "incoming/"
)

// Files is a content-addressed store in a bucket. It may be used by many
// goroutines at once.
type Files struct {
	bucket *blob.Bucket
	clock  studio.Clock

	placing sync.RWMutex // Put holds it to read, Sweep to write
}

// New returns the store in a bucket, which Close closes. A nil clock is
// studio.SystemClock; it has to agree with the bucket's own, by which Sweep
// tells ages.
func New(bucket *blob.Bucket, clock studio.Clock) *Files {
	if clock == nil {
		clock = studio.SystemClock
	}
	return &Files{bucket: bucket, clock: clock}
}

// Close closes the bucket.
func (f *Files) Close() error { return f.bucket.Close() }

// Blob is what is known of a stored content.
type Blob struct {
	Name string // SHA-256 in 64 lower-case hexadecimal digits
	Size int64  // bytes
}

func key(name string) string { return blobFolder + name[:2] + "/" + name }

// checkName keeps anything but a hash from becoming part of a path.
func checkName(name string) error {
	if !studio.ValidBlob(name) {
		return missing()
	}
	return nil
}

func missing() error {
	return studio.Errorf(studio.NotFound, "there is no such file", "該当するファイルが見つかりません。")
}

// fail turns the bucket's errors into the studio's.
func fail(does string, err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		return missing()
	}
	return fmt.Errorf("%s file: %w", does, err)
}

// Put stores what r holds and returns its name. More than limit bytes are
// TooLarge. Content that is there already is written anew all the same, so that
// its age starts again and Sweep cannot take it away under the caller; what was
// damaged is thereby whole again. After an error nothing new counts as stored.
func (f *Files) Put(ctx context.Context, r io.Reader, limit int64) (Blob, error) {
	incoming := incomingFolder + rand.Text()
	sum := sha256.New()
	size, err := f.receive(ctx, incoming, r, sum, limit)
	if err != nil {
		return Blob{}, err
	}
	b := Blob{Name: hex.EncodeToString(sum.Sum(nil)), Size: size}
	err = f.place(ctx, incoming, b.Name)
	// The temporary object goes even when the caller has given up.
	err = errors.Join(err, f.bucket.Delete(context.WithoutCancel(ctx), incoming))
	if err != nil {
		return Blob{}, fail("store", err)
	}
	return b, nil
}

func (f *Files) place(ctx context.Context, incoming, name string) error {
	f.placing.RLock()
	defer f.placing.RUnlock()
	return f.bucket.Copy(ctx, key(name), incoming, nil)
}

// receive streams to a temporary object, which exists only where no error is
// returned: cancelling a writer's context before Close drops what it wrote.
func (f *Files) receive(ctx context.Context, name string, r io.Reader, sum hash.Hash, limit int64) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := f.bucket.NewWriter(ctx, name, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return 0, fail("store", err)
	}
	size, err := io.Copy(io.MultiWriter(w, sum), contextReader{ctx, io.LimitReader(r, limit+1)})
	if err == nil && size > limit {
		err = studio.Errorf(studio.TooLarge, "the file has more than %d bytes", "ファイルが%dバイトを超えています。", limit)
	}
	if err != nil {
		cancel()
		w.Close() // says only that it was cancelled
		var known *studio.Error
		if errors.As(err, &known) {
			return 0, err
		}
		return 0, fmt.Errorf("receive file: %w", err)
	}
	if err := w.Close(); err != nil {
		return 0, fail("store", err)
	}
	return size, nil
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Open opens a blob for reading, with seeking. The caller closes it.
func (f *Files) Open(ctx context.Context, name string) (io.ReadSeekCloser, Blob, error) {
	if err := checkName(name); err != nil {
		return nil, Blob{}, err
	}
	r, err := f.bucket.NewReader(ctx, key(name), nil)
	if err != nil {
		return nil, Blob{}, fail("open", err)
	}
	return r, Blob{Name: name, Size: r.Size()}, nil
}

// Get returns a blob's bytes. One of more than limit bytes is TooLarge.
func (f *Files) Get(ctx context.Context, name string, limit int64) ([]byte, error) {
	r, b, err := f.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if b.Size > limit {
		return nil, studio.Errorf(studio.TooLarge, "the file has %d bytes, more than %d", "ファイルは%dバイトあり、上限の%dバイトを超えています。", b.Size, limit)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fail("read", err)
	}
	return data, nil
}

// Exists reports whether a blob is there.
func (f *Files) Exists(ctx context.Context, name string) (bool, error) {
	if checkName(name) != nil {
		return false, nil
	}
	ok, err := f.bucket.Exists(ctx, key(name))
	if err != nil {
		return false, fail("look for", err)
	}
	return ok, nil
}

// Delete removes a blob. Whether anything still refers to it is the caller's
// question.
func (f *Files) Delete(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := f.bucket.Delete(ctx, key(name)); err != nil {
		return fail("delete", err)
	}
	return nil
}

// Verify reads a blob and compares its hash with its name.
func (f *Files) Verify(ctx context.Context, name string) error {
	r, _, err := f.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, contextReader{ctx, r}); err != nil {
		return fail("read", err)
	}
	if have := hex.EncodeToString(sum.Sum(nil)); have != name {
		return studio.Errorf(studio.Internal, "file %s is damaged: its content has the hash %s; restore a backup",
			"ファイル%sが破損しています（内容のハッシュ値：%s）。バックアップから復元してください。", name, have)
	}
	return nil
}
