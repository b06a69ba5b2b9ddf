-- name: createMember :exec
INSERT INTO members (
  project_id, user_id, revision, created_at, updated_at, role
) VALUES (
  ?, ?, ?, ?, ?, ?
);

-- name: getMember :one
SELECT * FROM members WHERE project_id = ? AND user_id = ?;

-- name: updateMember :execrows
UPDATE members SET
  revision = revision + 1, updated_at = @updated_at, role = @role
WHERE project_id = @project_id AND user_id = @user_id AND revision = @revision;

-- name: deleteMember :execrows
DELETE FROM members WHERE project_id = ? AND user_id = ?;

-- name: listMembers :many
SELECT * FROM members
WHERE project_id = @project_id
  AND user_id < @after
ORDER BY user_id DESC LIMIT @size;

-- name: listMemberships :many
SELECT * FROM members
WHERE user_id = @user_id AND project_id < @after
ORDER BY project_id DESC LIMIT @size;
