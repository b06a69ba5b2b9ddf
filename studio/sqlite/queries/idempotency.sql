-- name: claimIdempotency :execrows
INSERT INTO idempotency (
  user_id, key, created_at, request_hash, status, content_type, body, expires_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?
) ON CONFLICT (user_id, key) DO NOTHING;

-- name: getIdempotency :one
SELECT * FROM idempotency WHERE user_id = ? AND key = ?;

-- name: finishIdempotency :execrows
UPDATE idempotency SET status = @status, content_type = @content_type, body = @body
WHERE user_id = @user_id AND key = @key;

-- name: deleteIdempotency :execrows
DELETE FROM idempotency WHERE user_id = ? AND key = ?;

-- name: expireIdempotency :exec
DELETE FROM idempotency WHERE user_id = @user_id AND key = @key AND expires_at <= @now;

-- name: deleteIdempotencyBefore :execrows
DELETE FROM idempotency WHERE expires_at < ?;
