package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// visit is what is known of a request; it fills up on the way in.
type visit struct {
	id      string
	address string
	request *http.Request
	writer  http.ResponseWriter
	actor   workspace.Actor // zero until somebody is signed in
	session string          // the session's secret, where a cookie was shown
	token   string          // the API token's secret, where one was shown
	body    string          // SHA-256 of the body in hexadecimal, once it was read
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

func requestID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.id
	}
	return ""
}

// begin is the outermost layer: it names the request, sets the headers of every
// answer, turns a panic into an error, and writes the log.
func (s *server) begin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: s.IDs.NewID(), address: s.Address(r)}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		out := &meteredWriter{ResponseWriter: w}
		start := s.Clock()
		setSafeHeaders(w.Header(), v.id)
		defer func() { s.logRequest(r, out, start) }() // after recoverPanic has answered
		defer s.recoverPanic(out, r)
		next.ServeHTTP(out, r)
	})
}

// setSafeHeaders sets what keeps a browser from doing anything with an answer
// but reading it.
func setSafeHeaders(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Authorization, Cookie, Accept-Language")
}

func (s *server) recoverPanic(w *meteredWriter, r *http.Request) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason == http.ErrAbortHandler {
		panic(reason)
	}
	if r.Context().Err() == nil { // else the client left, and huma panics for want of a reader
		s.Log.ErrorContext(r.Context(), "panic", "reason", reason, "path", r.URL.Path, "request", requestID(r.Context()), "stack", string(debug.Stack()))
	}
	if w.status == 0 {
		s.refuseStatus(w, r, http.StatusInternalServerError, internalError)
	}
}

var internalError = text{
	studio.ErrorMessage(context.Canceled, studio.LanguageEnglish),
	studio.ErrorMessage(context.Canceled, studio.LanguageJapanese),
}

// logRequest writes one line. The path's pattern stands for the path, and
// neither query nor header is written, so no secret gets into the log.
func (s *server) logRequest(r *http.Request, w *meteredWriter, start time.Time) {
	level := slog.LevelInfo
	if w.status >= 500 {
		level = slog.LevelError
	}
	v, pattern := visitOf(r.Context()), ""
	if c := chi.RouteContext(r.Context()); c != nil {
		pattern = c.RoutePattern()
	}
	s.Log.Log(r.Context(), level, "request", "request", v.id, "method", r.Method, "route", pattern, "status", w.status,
		"bytes", w.bytes, "took", s.Clock().Sub(start), "user", v.actor.User.ID, "address", v.address)
}

// meteredWriter remembers what was answered.
type meteredWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the first status.
func (w *meteredWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (w *meteredWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *meteredWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// remoteAddress is the address of the connection's other end, without its port.
func remoteAddress(r *http.Request) string {
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return a.Addr().Unmap().WithZone("").String()
	}
	return strings.TrimSpace(r.RemoteAddr)
}
