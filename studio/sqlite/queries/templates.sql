-- name: createTemplate :exec
INSERT INTO templates (
  id, project_id, revision, created_at, updated_at, created_by, name, prompt, negative_prompt, defaults, settings,
  case_id, uses, approvals
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getTemplate :one
SELECT * FROM templates WHERE project_id = ? AND id = ?;

-- name: updateTemplate :execrows
UPDATE templates SET
  revision = revision + 1, updated_at = @updated_at, name = @name, prompt = @prompt,
  negative_prompt = @negative_prompt, defaults = @defaults, settings = @settings, case_id = @case_id
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: countTemplate :execrows
UPDATE templates SET uses = uses + @uses, approvals = approvals + @approvals
WHERE project_id = @project_id AND id = @id;

-- name: forgetTemplate :exec
UPDATE pictures SET template_id = '' WHERE project_id = ? AND template_id = ?;

-- name: deleteTemplate :execrows
DELETE FROM templates WHERE project_id = ? AND id = ?;

-- name: listTemplates :many
SELECT * FROM templates
WHERE project_id = @project_id
  AND id < @after
  AND instr(lower(name || char(10) || prompt), lower(CAST(@text AS TEXT))) > 0
ORDER BY id DESC LIMIT @size;
