package sqlite

import (
	"time"

	"github.com/ichimai/ichimai/studio"
)

func sessionOf(r sessionRow) studio.Session { return studio.Session(r) }

// CreateSession is studio.Sessions's.
func (t *tx) CreateSession(s *studio.Session) error {
	t.identify(&s.ID, &s.CreatedAt)
	if err := s.Validate(); err != nil {
		return err
	}
	return ofSession.fail("create", t.q.createSession(t.ctx, createSessionParams(*s)))
}

// SessionByHash is studio.Sessions's.
func (t *tx) SessionByHash(hash string) (studio.Session, error) {
	r, err := t.q.getSessionByHash(t.ctx, hash)
	return sessionOf(r), ofSession.fail("read", err)
}

// TouchSession is studio.Sessions's.
func (t *tx) TouchSession(id string, seen, expires time.Time) error {
	n, err := t.q.touchSession(t.ctx, touchSessionParams{LastSeenAt: seen, ExpiresAt: expires, ID: id})
	return ofSession.found("update", n, err)
}

// DeleteSession is studio.Sessions's.
func (t *tx) DeleteSession(id string) error {
	n, err := t.q.deleteSession(t.ctx, id)
	return ofSession.found("delete", n, err)
}

// DeleteSessionsOf is studio.Sessions's.
func (t *tx) DeleteSessionsOf(user string) (int, error) {
	n, err := t.q.deleteSessionsOf(t.ctx, user)
	return int(n), ofSession.fail("delete", err)
}

// DeleteSessionsBefore is studio.Sessions's.
func (t *tx) DeleteSessionsBefore(limit time.Time) (int, error) {
	n, err := t.q.deleteSessionsBefore(t.ctx, limit)
	return int(n), ofSession.fail("delete", err)
}

// ListSessions is studio.Sessions's.
func (t *tx) ListSessions(user string, p studio.Page) (studio.List[studio.Session], error) {
	rows, err := t.q.listSessions(t.ctx, listSessionsParams{UserID: user, After: after(p), Size: size(p)})
	return page(ofSession, rows, err, p, sessionOf, func(v studio.Session) string { return v.ID })
}
