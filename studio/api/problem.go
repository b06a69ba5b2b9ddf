package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Codes beyond those of package studio, for what only HTTP knows.
const (
	RateLimited studio.Code = "rate_limited" // too many requests; Retry-After says when
	Unavailable studio.Code = "unavailable"  // it took too long; try again
)

// Problem is the body of every answer that is an error (RFC 9457).
type Problem struct {
	Title     string          `json:"title" doc:"The HTTP status in words" example:"Not Found"`
	Status    int             `json:"status" doc:"The HTTP status" example:"404"`
	Code      studio.Code     `json:"code" doc:"What kind of error it is; programs compare this" enum:"invalid,not_found,forbidden,conflict,expired,too_large,unauthorised,rate_limited,unavailable,internal"`
	Detail    string          `json:"detail" doc:"What was wrong and what to do, in the language of Accept-Language (en or ja)"`
	Field     string          `json:"field,omitempty" doc:"The field to blame, where it is one"`
	Errors    []ProblemDetail `json:"errors,omitempty" doc:"Each thing that was wrong with the request"`
	RequestID string          `json:"request_id,omitempty" doc:"Names the request in the studio's log"`

	retryAfter time.Duration
}

// ProblemDetail is one thing that was wrong with a request.
type ProblemDetail struct {
	Location string `json:"location" doc:"Where, such as body.name or query.limit"`
	Message  string `json:"message" doc:"What, in the language of Accept-Language"`
}

// Error returns the code and the message.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus tells huma the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the type of the body.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// statuses gives each code its HTTP status.
var statuses = map[studio.Code]int{
	studio.Invalid:      http.StatusUnprocessableEntity,
	studio.NotFound:     http.StatusNotFound,
	studio.Forbidden:    http.StatusForbidden,
	studio.Conflict:     http.StatusConflict,
	studio.Expired:      http.StatusGone,
	studio.TooLarge:     http.StatusRequestEntityTooLarge,
	studio.Unauthorised: http.StatusUnauthorized,
	studio.Internal:     http.StatusInternalServerError,
	RateLimited:         http.StatusTooManyRequests,
	Unavailable:         http.StatusServiceUnavailable,
}

// codeOf gives an HTTP status that huma or the router chose the nearest code.
func codeOf(status int) studio.Code {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return studio.NotFound
	case http.StatusRequestEntityTooLarge:
		return studio.TooLarge
	case http.StatusRequestTimeout, http.StatusServiceUnavailable:
		return Unavailable
	}
	if status >= 500 {
		return studio.Internal
	}
	return studio.Invalid
}

var tookTooLong = text{
	"this took too long and was stopped; nothing was changed, please try again",
	"時間がかかりすぎたため中断しました。変更は行われていません。もう一度お試しください。",
}

// problemOf turns any error into what the asker sees. What is nobody's but ours
// is logged here, with its detail.
func (s *server) problemOf(r *http.Request, err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = tookTooLong.error(Unavailable)
	}
	if wait, limited := workspace.RetryAfter(err); limited {
		p := s.problem(r, http.StatusTooManyRequests, RateLimited, studio.ErrorMessage(err, languageOf(r)))
		p.retryAfter = wait
		return p
	}
	code := studio.ErrorCode(err)
	status, known := statuses[code]
	if !known || code == studio.Internal {
		code, status = studio.Internal, http.StatusInternalServerError
		if !errors.Is(err, context.Canceled) {
			s.Log.ErrorContext(r.Context(), "request failed", "error", err, "path", r.URL.Path, "request", requestID(r.Context()))
		}
	}
	p := s.problem(r, status, code, studio.ErrorMessage(err, languageOf(r)))
	var e *studio.Error
	if errors.As(err, &e) && code != studio.Internal {
		p.Field = e.Field
	}
	return p
}

func (s *server) problem(r *http.Request, status int, code studio.Code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail, RequestID: requestID(r.Context())}
}

// refuse answers with an error outside of an operation's own code.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.write(w, r, s.problemOf(r, err))
}

// refuseStatus is refuse for a status of HTTP's own.
func (s *server) refuseStatus(w http.ResponseWriter, r *http.Request, status int, message text) {
	s.write(w, r, s.problem(r, status, codeOf(status), message.in(languageOf(r))))
}

func (s *server) write(w http.ResponseWriter, r *http.Request, p *Problem) {
	setErrorHeaders(w.Header(), p)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.Log.DebugContext(r.Context(), "answer was not read", "error", err)
	}
}

// setErrorHeaders says how to sign in, and keeps errors out of caches.
func setErrorHeaders(h http.Header, p *Problem) {
	h.Set("Cache-Control", "no-store")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="ichimai studio"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if h.Get("Retry-After") == "" {
			setRetryAfter(h, p.retryAfter)
		}
	}
}

// setRetryAfter says in whole seconds, rounded up, when to try again.
func setRetryAfter(h http.Header, wait time.Duration) {
	h.Set("Retry-After", strconv.FormatInt(max(1, int64((wait+time.Second-1)/time.Second)), 10))
}
