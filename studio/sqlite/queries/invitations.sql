-- name: createInvitation :exec
INSERT INTO invitations (
  id, created_at, kind, hash, email, project_id, role, user_id, created_by, expires_at, used_at, used_by
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getInvitationByHash :one
SELECT
  id, created_at, kind, hash, email, project_id, role, user_id, created_by, expires_at, used_at, used_by
FROM invitations WHERE hash = ?;

-- name: getInvitation :one
SELECT
  id, created_at, kind, hash, email, project_id, role, user_id, created_by, expires_at, used_at, used_by
FROM invitations WHERE id = ?;

-- name: useInvitation :exec
UPDATE invitations SET used_at = @used_at, used_by = @used_by WHERE id = @id;

-- name: deleteInvitation :execrows
DELETE FROM invitations WHERE id = ?;

-- name: listInvitations :many
SELECT
  id, created_at, kind, hash, email, project_id, role, user_id, created_by, expires_at, used_at, used_by
FROM invitations
WHERE project_id = @project_id AND id < @after
ORDER BY id DESC LIMIT @size;
