-- name: createCase :exec
INSERT INTO cases (
  id, project_id, revision, created_at, updated_at, created_by, picture_id, good, title, why, blob, prompt,
  negative_prompt, settings, scores
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getCase :one
SELECT * FROM cases WHERE project_id = ? AND id = ?;

-- name: updateCase :execrows
UPDATE cases SET
  revision = revision + 1, updated_at = @updated_at, picture_id = @picture_id, good = @good, title = @title,
  why = @why, blob = @blob, prompt = @prompt, negative_prompt = @negative_prompt, settings = @settings,
  scores = @scores
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: forgetCase :exec
UPDATE templates SET case_id = '' WHERE project_id = ? AND case_id = ?;

-- name: deleteCase :execrows
DELETE FROM cases WHERE project_id = ? AND id = ?;

-- name: listCases :many
SELECT * FROM cases
WHERE project_id = @project_id
  AND id < @after
  AND instr(lower(title || char(10) || why || char(10) || prompt), lower(CAST(@text AS TEXT))) > 0
  AND good = COALESCE(NULLIF(CAST(@good AS INTEGER), -1), good)
ORDER BY id DESC LIMIT @size;
