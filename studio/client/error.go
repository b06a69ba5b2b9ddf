package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// Codes beyond those of package studio.
const (
	RateLimited studio.Code = "rate_limited" // too many requests
	Unavailable studio.Code = "unavailable"  // it took the studio too long
)

// Error is what the studio refused, and why.
type Error struct {
	Code       studio.Code   `json:"code"`
	Status     int           `json:"status"` // of HTTP
	Detail     string        `json:"detail"` // for people, in the client's language
	Field      string        `json:"field"`  // to blame, where it is one
	Errors     []FieldError  `json:"errors"`
	RequestID  string        `json:"request_id"` // names the request in the studio's log
	RetryAfter time.Duration `json:"-"`          // when the studio says so
}

// FieldError is one thing that was wrong with a request.
type FieldError struct {
	Location string `json:"location"` // such as "body.name"
	Message  string `json:"message"`
}

// Error returns the code and the detail.
func (e *Error) Error() string {
	message := fmt.Sprintf("studio: %s: %s", e.Code, e.Detail)
	for _, f := range e.Errors {
		message += fmt.Sprintf("; %s: %s", f.Location, f.Message)
	}
	return message
}

// ErrorCode returns the code of the first *Error in err's chain, "" where there
// is none: then the studio was not reached, or did not answer as one.
func ErrorCode(err error) studio.Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// refusal reads an error's body.
func refusal(response *http.Response, body []byte) *Error {
	e := &Error{}
	if err := json.Unmarshal(body, e); err != nil || e.Code == "" {
		e = &Error{Code: studio.Internal, Detail: "the answer is not a studio's: " + response.Status}
	}
	e.Status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
