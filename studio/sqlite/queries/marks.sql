-- name: createMark :exec
INSERT INTO marks (
  id, created_at, created_by, name, owner, reason, blob, size, width, height, hash
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getMark :one
SELECT * FROM marks WHERE id = ?;

-- name: deleteMark :execrows
DELETE FROM marks WHERE id = ?;

-- name: listMarks :many
SELECT * FROM marks WHERE id < @after ORDER BY id DESC LIMIT @size;
