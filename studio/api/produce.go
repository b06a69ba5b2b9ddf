package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// produce answers with what write writes, as it comes. An error before the
// first byte is answered as any other; one after it cuts the connection, so that
// half a file is not taken for a whole one.
func (s *server) produce(ctx context.Context, contentType, name string, write func(io.Writer) error) (*stream, error) {
	v := visitOf(ctx)
	return &stream{Body: func(huma.Context) {
		out := &lateHeaders{w: v.writer, set: func(h http.Header) {
			h.Set("Content-Type", contentType)
			h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		}}
		// Not every writer knows deadlines; without them the server's own holds.
		_ = http.NewResponseController(v.writer).SetWriteDeadline(time.Time{})
		if v.request.Method == http.MethodHead {
			out.begin()
			return
		}
		err := write(out)
		switch {
		case err == nil:
			out.begin()
		case !out.begun:
			s.refuse(v.writer, v.request, err)
		default:
			s.Log.ErrorContext(ctx, "answer was cut short", "error", err, "request", v.id)
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// lateHeaders sets headers with the first byte.
type lateHeaders struct {
	w     http.ResponseWriter
	set   func(http.Header)
	begun bool
}

func (l *lateHeaders) begin() {
	if !l.begun {
		l.begun = true
		l.set(l.w.Header())
	}
}

// Write begins and writes.
func (l *lateHeaders) Write(p []byte) (int, error) {
	l.begin()
	return l.w.Write(p)
}
