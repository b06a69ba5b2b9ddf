-- name: createSession :exec
INSERT INTO sessions (
  id, created_at, user_id, hash, expires_at, last_seen_at, agent
) VALUES (
  ?, ?, ?, ?, ?, ?, ?
);

-- name: getSessionByHash :one
SELECT * FROM sessions WHERE hash = ?;

-- name: touchSession :execrows
UPDATE sessions SET last_seen_at = @last_seen_at, expires_at = @expires_at WHERE id = @id;

-- name: deleteSession :execrows
DELETE FROM sessions WHERE id = ?;

-- name: deleteSessionsOf :execrows
DELETE FROM sessions WHERE user_id = ?;

-- name: deleteSessionsBefore :execrows
DELETE FROM sessions WHERE expires_at < ?;

-- name: listSessions :many
SELECT * FROM sessions WHERE user_id = @user_id AND id < @after ORDER BY id DESC LIMIT @size;
