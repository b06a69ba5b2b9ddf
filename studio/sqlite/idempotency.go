package sqlite

import (
	"time"

	"github.com/ichimai/ichimai/studio"
)

// ClaimIdempotency is studio.Idempotencies's.
func (t *tx) ClaimIdempotency(i *studio.Idempotency) (bool, error) {
	if i.Body == nil {
		i.Body = []byte{} // nil would be NULL
	}
	i.CreatedAt = t.now
	if err := i.Validate(); err != nil {
		return false, err
	}
	if err := t.q.expireIdempotency(t.ctx, expireIdempotencyParams{UserID: i.UserID, Key: i.Key, Now: t.now}); err != nil {
		return false, ofIdempotency.fail("expire", err)
	}
	n, err := t.q.claimIdempotency(t.ctx, claimIdempotencyParams(*i))
	if err != nil || n > 0 {
		return n > 0, ofIdempotency.fail("create", err)
	}
	stored, err := t.q.getIdempotency(t.ctx, getIdempotencyParams{UserID: i.UserID, Key: i.Key})
	if err != nil {
		return false, ofIdempotency.fail("read", err)
	}
	if stored.RequestHash != i.RequestHash {
		return false, studio.Errorf(studio.Conflict, "this idempotency key was used for another request",
			"この冪等キーは別のリクエストで使用されています。")
	}
	*i = studio.Idempotency(stored)
	return false, nil
}

// FinishIdempotency is studio.Idempotencies's.
func (t *tx) FinishIdempotency(i *studio.Idempotency) error {
	if i.Body == nil {
		i.Body = []byte{}
	}
	if err := i.Validate(); err != nil {
		return err
	}
	n, err := t.q.finishIdempotency(t.ctx, finishIdempotencyParams{
		Status: i.Status, ContentType: i.ContentType, Body: i.Body, UserID: i.UserID, Key: i.Key,
	})
	return ofIdempotency.found("update", n, err)
}

// DeleteIdempotency is studio.Idempotencies's.
func (t *tx) DeleteIdempotency(user, key string) error {
	n, err := t.q.deleteIdempotency(t.ctx, deleteIdempotencyParams{UserID: user, Key: key})
	return ofIdempotency.found("delete", n, err)
}

// DeleteIdempotencyBefore is studio.Idempotencies's.
func (t *tx) DeleteIdempotencyBefore(limit time.Time) (int, error) {
	n, err := t.q.deleteIdempotencyBefore(t.ctx, limit)
	return int(n), ofIdempotency.fail("delete", err)
}
