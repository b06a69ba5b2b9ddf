package studio

import "time"

// Session is a user who is signed in on one browser. The secret itself is in
// the browser alone; Hash is that of [HashSecret].
type Session struct {
	ID         string
	CreatedAt  time.Time
	UserID     string
	Hash       string `json:"-"`
	ExpiresAt  time.Time
	LastSeenAt time.Time
	Agent      string // the browser's name for itself, for the list of one's sessions
}

// Validate returns an Invalid error that names the first field that is wrong.
func (s *Session) Validate() error {
	return firstError(
		checkID("user_id", s.UserID),
		checkHash("hash", s.Hash),
		checkExpiry("expires_at", s.ExpiresAt),
		checkText("agent", s.Agent, MaxName),
	)
}

// Expired reports whether the session is over.
func (s *Session) Expired(now time.Time) bool { return !now.Before(s.ExpiresAt) }
