-- name: createPicture :exec
INSERT INTO pictures (
  id, project_id, revision, created_at, updated_at, created_by, job_id, template_id, concept_ids, name, blob,
  thumb_blob, size, prompt, negative_prompt, seed, width, height, settings, scores, favourite, state, submitted_by,
  withdrawn_at, withdrawn_why, checks
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getPicture :one
SELECT * FROM pictures WHERE project_id = ? AND id = ?;

-- name: updatePicture :execrows
UPDATE pictures SET
  revision = revision + 1, updated_at = @updated_at, name = @name, thumb_blob = @thumb_blob, scores = @scores,
  favourite = @favourite, state = @state, submitted_by = @submitted_by, withdrawn_at = @withdrawn_at,
  withdrawn_why = @withdrawn_why, checks = @checks
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: forgetPicture :exec
UPDATE cases SET picture_id = '' WHERE project_id = ? AND picture_id = ?;

-- name: deletePicture :execrows
DELETE FROM pictures WHERE project_id = ? AND id = ?;

-- name: listPictures :many
SELECT * FROM pictures
WHERE pictures.project_id = @project_id
  AND pictures.id < @after
  AND instr(lower(name || char(10) || prompt), lower(CAST(@text AS TEXT))) > 0
  AND state = COALESCE(NULLIF(CAST(@state AS TEXT), ''), state)
  AND favourite = COALESCE(NULLIF(CAST(@favourite AS INTEGER), -1), favourite)
  AND job_id = COALESCE(NULLIF(CAST(@job_id AS TEXT), ''), job_id)
  AND template_id = COALESCE(NULLIF(CAST(@template_id AS TEXT), ''), template_id)
  AND (CAST(@concept_id AS TEXT) = ''
    OR pictures.id IN (SELECT pc.picture_id FROM picture_concepts AS pc WHERE pc.concept_id = CAST(@concept_id AS TEXT)))
  AND created_by = COALESCE(NULLIF(CAST(@created_by AS TEXT), ''), created_by)
  AND created_at < @created_before
ORDER BY pictures.id DESC LIMIT @size;

-- name: countPictures :many
SELECT state, count(*) AS number FROM pictures WHERE project_id = ? GROUP BY state;
