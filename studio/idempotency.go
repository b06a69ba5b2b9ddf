package studio

import "time"

// MaxReplay is the largest answer that is kept for a repeat, in bytes.
const MaxReplay = 1 << 20

// Idempotency records a request that carried a key, so that a repeat of it gets
// the same answer and nothing is done twice.
type Idempotency struct {
	UserID      string
	Key         string // that the client chose
	CreatedAt   time.Time
	RequestHash string // SHA-256 in hexadecimal of method, path and body
	Status      int    // of the answer; 0 while the first request still runs
	ContentType string
	Body        []byte
	ExpiresAt   time.Time
}

// Validate returns an Invalid error that names the first field that is wrong.
func (i *Idempotency) Validate() error {
	return firstError(
		checkID("user_id", i.UserID),
		checkName("key", i.Key),
		checkHash("request_hash", i.RequestHash),
		checkRange("status", i.Status, 0, 599),
		checkText("content_type", i.ContentType, MaxName),
		checkRange("body", len(i.Body), 0, MaxReplay),
		checkExpiry("expires_at", i.ExpiresAt),
	)
}

// Finished reports whether there is an answer to repeat.
func (i *Idempotency) Finished() bool { return i.Status != 0 }
