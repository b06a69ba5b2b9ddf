-- name: createProject :exec
INSERT INTO projects (
  id, revision, created_at, updated_at, name, description, created_by, archived_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getProject :one
SELECT * FROM projects WHERE id = ?;

-- name: updateProject :execrows
UPDATE projects SET
  revision = revision + 1, updated_at = @updated_at, name = @name, description = @description,
  archived_at = @archived_at
WHERE id = @id AND revision = @revision;

-- name: listProjects :many
SELECT * FROM projects
WHERE id < @after
  AND instr(lower(name), lower(CAST(@text AS TEXT))) > 0
  AND (archived_at <> -62135596800000000) = COALESCE(NULLIF(CAST(@archived AS INTEGER), -1), (archived_at <> -62135596800000000))
  AND (CAST(@user_id AS TEXT) = ''
    OR EXISTS (SELECT 1 FROM members WHERE members.project_id = projects.id AND members.user_id = CAST(@user_id AS TEXT)))
ORDER BY id DESC LIMIT @size;
