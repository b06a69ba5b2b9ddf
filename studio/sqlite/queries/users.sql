-- name: createUser :exec
INSERT INTO users (
  id, revision, created_at, updated_at, email, name, password_hash, language, admin, guideline_version,
  guideline_accepted_at, disabled_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getUser :one
SELECT * FROM users WHERE id = ?;

-- name: getUserByEmail :one
SELECT * FROM users WHERE email = ?;

-- name: updateUser :execrows
UPDATE users SET
  revision = revision + 1, updated_at = @updated_at, email = @email, name = @name, password_hash = @password_hash,
  language = @language, admin = @admin, guideline_version = @guideline_version,
  guideline_accepted_at = @guideline_accepted_at, disabled_at = @disabled_at
WHERE id = @id AND revision = @revision;

-- name: listUsers :many
SELECT * FROM users
WHERE id < @after
  AND instr(lower(name || char(10) || email), lower(CAST(@text AS TEXT))) > 0
  AND admin = COALESCE(NULLIF(CAST(@admin AS INTEGER), -1), admin)
  AND (disabled_at <> -62135596800000000) = COALESCE(NULLIF(CAST(@disabled AS INTEGER), -1), (disabled_at <> -62135596800000000))
ORDER BY id DESC LIMIT @size;
