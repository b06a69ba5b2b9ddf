package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// inMemory is up to which size a body is kept in memory, in bytes. A larger one
// goes to a temporary file.
const inMemory = 1 << 20

// spool is a body that was read whole, within its bounds, before anything is
// done with it. Close removes its file.
type spool struct {
	memory []byte
	file   *os.File // nil where memory holds all
	sum    string   // SHA-256 in hexadecimal
}

var (
	bodyTooLarge = text{"the request's body is larger than is allowed here", "リクエストの本文が大きすぎます。"}
	bodyBroken   = text{"the request's body could not be read to its end", "リクエストの本文を最後まで読み取れませんでした。"}
	bodySlow     = text{"the request's body came too slowly", "リクエストの本文の受信が時間切れになりました。"}
)

// readBody reads the body of a request that changes something, before the
// operation sees it.
func (s *server) readBody(ctx huma.Context, next func(huma.Context)) {
	v, op := visitOf(ctx.Context()), ofHuma(ctx.Operation())
	if safe(v.request.Method) {
		next(ctx)
		return
	}
	body, status, why := s.spool(v, op)
	if body == nil {
		v.writer.Header().Set("Connection", "close") // the rest of the body is not read
		s.refuseStatus(v.writer, v.request, status, why)
		return
	}
	defer func() {
		if err := body.Close(); err != nil {
			s.Log.WarnContext(ctx.Context(), "remove spooled body", "error", err)
		}
	}()
	v.request = v.request.WithContext(ctx.Context())
	v.request.Body = io.NopCloser(body.reader())
	v.body = body.sum
	next(humachi.NewContext(ctx.Operation(), v.request, v.writer))
}

// spool reads a body, or says with which status and why it is refused.
func (s *server) spool(v *visit, op operation) (body *spool, status int, why text) {
	if v.request.ContentLength > op.maxBody {
		return nil, http.StatusRequestEntityTooLarge, bodyTooLarge
	}
	// Not every writer knows deadlines; the operation's own time bounds it then.
	control := http.NewResponseController(v.writer)
	_ = control.SetReadDeadline(time.Now().Add(op.timeout))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	body, err := newSpool(http.MaxBytesReader(v.writer, v.request.Body, op.maxBody))
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case err == nil:
		return body, 0, text{}
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge, bodyTooLarge
	case errors.As(err, &slow) && slow.Timeout():
		return nil, http.StatusRequestTimeout, bodySlow
	case errors.Is(err, errSpool):
		s.Log.ErrorContext(v.request.Context(), "spool body", "error", err)
		return nil, http.StatusInternalServerError, internalError
	}
	return nil, http.StatusBadRequest, bodyBroken
}

// errSpool marks what is our disk's fault and not the asker's.
var errSpool = errors.New("temporary file")

func newSpool(r io.Reader) (*spool, error) {
	sum := sha256.New()
	r = io.TeeReader(r, sum)
	head, err := io.ReadAll(io.LimitReader(r, inMemory+1))
	if err != nil {
		return nil, err
	}
	b := &spool{memory: head}
	if len(head) > inMemory {
		if err := b.toFile(r); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	b.sum = hex.EncodeToString(sum.Sum(nil))
	return b, nil
}

// toFile writes what is in memory and the rest to a file.
func (b *spool) toFile(rest io.Reader) (err error) {
	if b.file, err = os.CreateTemp("", "ichimai-body-*"); err != nil {
		return errors.Join(errSpool, err)
	}
	if _, err = b.file.Write(b.memory); err != nil {
		return errors.Join(errSpool, err)
	}
	b.memory = nil
	if _, err = io.Copy(fileWriter{b.file}, rest); err != nil {
		return err
	}
	if _, err = b.file.Seek(0, io.SeekStart); err != nil {
		return errors.Join(errSpool, err)
	}
	return nil
}

// fileWriter tells a failing disk from a failing reader.
type fileWriter struct{ w io.Writer }

func (f fileWriter) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil {
		err = errors.Join(errSpool, err)
	}
	return n, err
}

func (b *spool) reader() io.Reader {
	if b.file != nil {
		return b.file
	}
	return bytes.NewReader(b.memory)
}

// Close removes the file.
func (b *spool) Close() error {
	if b.file == nil {
		return nil
	}
	return errors.Join(b.file.Close(), os.Remove(b.file.Name()))
}
