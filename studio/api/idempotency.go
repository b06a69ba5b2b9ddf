package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/ichimai/ichimai/studio"
)

const idempotencyHeader = "Idempotency-Key"

// keepAnswers is how long a repeat gets the first answer.
const keepAnswers = 24 * time.Hour

var (
	stillRunning = text{
		"the first request with this idempotency key is still running; ask again in a moment",
		"同じ冪等キーの最初のリクエストを処理中です。しばらくしてからもう一度お試しください。",
	}
	cutShort = text{
		"the first request with this idempotency key was cut short, and nobody knows whether it was done; look, and use a new key",
		"同じ冪等キーの最初のリクエストが途中で中断されました。結果を確認のうえ、新しい冪等キーを使用してください。",
	}
	answerNotKept = text{
		"the request with this idempotency key was done; its answer held a secret or was too large, and was not kept",
		"同じ冪等キーのリクエストは完了しています。応答は、秘密の値を含むかサイズが大きいため、保存されていません。",
	}
	oneKey = text{"send one idempotency key", "冪等キーは1つだけ指定してください。"}
)

// once gives a repeat of a request the answer of the first.
func (s *server) once(ctx huma.Context, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	keys := v.request.Header.Values(idempotencyHeader)
	if len(keys) == 0 || safe(v.request.Method) || v.actor.User.ID == "" {
		next(ctx)
		return
	}
	if len(keys) > 1 {
		s.refuse(v.writer, v.request, oneKey.error(studio.Invalid))
		return
	}
	record := studio.Idempotency{
		UserID: v.actor.User.ID, Key: keys[0], RequestHash: requestHash(v), ExpiresAt: s.Clock().Add(keepAnswers),
	}
	first := false
	err := s.Store.Update(ctx.Context(), func(tx studio.Tx) (err error) {
		first, err = tx.ClaimIdempotency(&record)
		return err
	})
	switch {
	case err != nil:
		s.refuse(v.writer, v.request, err)
	case first:
		s.doFirst(ctx, &record, next)
	default:
		s.repeat(v, &record, ofHuma(ctx.Operation()).timeout)
	}
}

// requestHash tells requests apart: method, path with query, type and bytes of
// the body, and the token, whose scopes the answer depends on.
func requestHash(v *visit) string {
	r := v.request
	parts := []string{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type"), v.actor.TokenID, v.body}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// doFirst does the request and keeps its answer before it is sent, or forgets
// the key where nothing was done.
func (s *server) doFirst(ctx huma.Context, record *studio.Idempotency, next func(huma.Context)) {
	v := visitOf(ctx.Context())
	answer := &heldAnswer{header: v.writer.Header()}
	w := v.writer
	v.writer = answer
	done := false
	defer func() {
		v.writer = w
		if !done { // a panic
			s.settle(ctx.Context(), record, func(tx studio.Tx) error { return tx.DeleteIdempotency(record.UserID, record.Key) })
		}
	}()
	next(humachi.NewContext(ctx.Operation(), v.request, answer))
	done = true
	if s.keep(ctx.Context(), record, answer, ofHuma(ctx.Operation()).secret) {
		answer.sendTo(w)
		return
	}
	v.writer = w
	w.Header().Del("Content-Type")
	s.refuseStatus(w, v.request, http.StatusInternalServerError, internalError)
}

// keep writes down what was answered; that an answer was not kept is written
// down with an empty type. False means that nothing could be written.
func (s *server) keep(ctx context.Context, record *studio.Idempotency, answer *heldAnswer, secret bool) bool {
	if answer.status < 200 || answer.status > 299 {
		return s.settle(ctx, record, func(tx studio.Tx) error { return tx.DeleteIdempotency(record.UserID, record.Key) })
	}
	record.Status = answer.status
	record.ContentType, record.Body = answer.header.Get("Content-Type"), answer.body.Bytes()
	if secret || len(record.Body) > studio.MaxReplay {
		record.ContentType, record.Body = notKept, nil
	}
	return s.settle(ctx, record, func(tx studio.Tx) error { return tx.FinishIdempotency(record) })
}

// notKept is the type of an answer of which only the status was kept.
const notKept = "none"

// settle writes even where the asker has left.
func (s *server) settle(ctx context.Context, record *studio.Idempotency, write func(studio.Tx) error) bool {
	err := s.Store.Update(context.WithoutCancel(ctx), write)
	if err != nil {
		s.Log.ErrorContext(ctx, "keep answer for repeats", "error", err, "user", record.UserID, "request", requestID(ctx))
	}
	return err == nil
}

// repeat answers as the first request was answered.
func (s *server) repeat(v *visit, record *studio.Idempotency, timeout time.Duration) {
	switch {
	case !record.Finished() && s.Clock().Sub(record.CreatedAt) > 2*timeout:
		s.refuse(v.writer, v.request, cutShort.error(studio.Conflict))
	case !record.Finished():
		setRetryAfter(v.writer.Header(), time.Second)
		s.refuse(v.writer, v.request, stillRunning.error(studio.Conflict))
	case record.ContentType == notKept:
		s.refuse(v.writer, v.request, answerNotKept.error(studio.Conflict))
	default:
		answer := heldAnswer{header: v.writer.Header(), status: record.Status, body: *bytes.NewBuffer(record.Body)}
		answer.header.Set("Idempotency-Replayed", "true")
		if record.ContentType != "" {
			answer.header.Set("Content-Type", record.ContentType)
		}
		answer.sendTo(v.writer)
	}
}

// heldAnswer is an answer that is kept back until it is written down.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the real answer's.
func (a *heldAnswer) Header() http.Header { return a.header }

// WriteHeader takes the first status.
func (a *heldAnswer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

// Write holds bytes back.
func (a *heldAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// SetReadDeadline does nothing: the body was read already.
func (a *heldAnswer) SetReadDeadline(time.Time) error { return nil }

func (a *heldAnswer) sendTo(w http.ResponseWriter) {
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // who does not read it may ask again
}
