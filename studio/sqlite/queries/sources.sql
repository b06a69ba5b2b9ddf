-- name: createSource :exec
INSERT INTO sources (
  id, project_id, revision, created_at, updated_at, created_by, name, blob, thumb_blob, size, width, height,
  rights_owner, rights_licence, rights_consent_blob, rights_territory, rights_expires, rights_confirmed_by,
  rights_confirmed_at, withdrawn_at, withdrawn_why
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getSource :one
SELECT * FROM sources WHERE project_id = ? AND id = ?;

-- name: updateSource :execrows
UPDATE sources SET
  revision = revision + 1, updated_at = @updated_at, name = @name, blob = @blob, thumb_blob = @thumb_blob,
  size = @size, width = @width, height = @height, rights_owner = @rights_owner, rights_licence = @rights_licence,
  rights_consent_blob = @rights_consent_blob, rights_territory = @rights_territory, rights_expires = @rights_expires,
  rights_confirmed_by = @rights_confirmed_by, rights_confirmed_at = @rights_confirmed_at,
  withdrawn_at = @withdrawn_at, withdrawn_why = @withdrawn_why
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: deleteSource :execrows
DELETE FROM sources WHERE project_id = ? AND id = ?;

-- name: listSources :many
SELECT * FROM sources
WHERE project_id = @project_id
  AND id < @after
  AND instr(lower(name), lower(CAST(@text AS TEXT))) > 0
  AND (withdrawn_at <> -62135596800000000) = COALESCE(NULLIF(CAST(@withdrawn AS INTEGER), -1), (withdrawn_at <> -62135596800000000))
  AND (CAST(@expires_before AS INTEGER) = -62135596800000000
    OR rights_expires <> -62135596800000000 AND rights_expires < CAST(@expires_before AS INTEGER))
  AND blob = COALESCE(NULLIF(CAST(@blob AS TEXT), ''), blob)
ORDER BY id DESC LIMIT @size;
