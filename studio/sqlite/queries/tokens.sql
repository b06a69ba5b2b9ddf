-- name: createToken :exec
INSERT INTO tokens (
  id, created_at, user_id, project_id, name, hash, scopes, expires_at, last_used_at, revoked_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getTokenByHash :one
SELECT * FROM tokens WHERE hash = ?;

-- name: touchToken :execrows
UPDATE tokens SET last_used_at = @last_used_at WHERE id = @id;

-- name: revokeToken :execrows
UPDATE tokens
SET revoked_at = CASE WHEN revoked_at = -62135596800000000 THEN @revoked_at ELSE revoked_at END
WHERE user_id = @user_id AND id = @id;

-- name: listTokens :many
SELECT * FROM tokens WHERE user_id = @user_id AND id < @after ORDER BY id DESC LIMIT @size;
