-- name: createTrial :exec
INSERT INTO trials (
  id, project_id, revision, created_at, updated_at, created_by, name, product_line, audience, goal, source_ids,
  concept_ids, prompts, template_id, row_values, per_prompt, baseline, assumptions, state, job_ids, message,
  message_ja, conclusion, started_by, started_at, closed_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getTrial :one
SELECT * FROM trials WHERE project_id = ? AND id = ?;

-- name: updateTrial :execrows
UPDATE trials SET
  revision = revision + 1, updated_at = @updated_at, name = @name, product_line = @product_line,
  audience = @audience, goal = @goal, source_ids = @source_ids, concept_ids = @concept_ids, prompts = @prompts,
  template_id = @template_id, row_values = @row_values, per_prompt = @per_prompt, baseline = @baseline,
  assumptions = @assumptions, state = @state, job_ids = @job_ids, message = @message, message_ja = @message_ja,
  conclusion = @conclusion, started_by = @started_by, started_at = @started_at, closed_at = @closed_at
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: deleteTrial :execrows
DELETE FROM trials WHERE project_id = ? AND id = ?;

-- name: forgetTrialTemplate :exec
UPDATE trials SET template_id = '' WHERE project_id = ? AND template_id = ?;

-- name: listTrials :many
SELECT * FROM trials
WHERE project_id = @project_id
  AND id < @after
  AND instr(lower(name || char(10) || product_line), lower(CAST(@text AS TEXT))) > 0
  AND state = COALESCE(NULLIF(CAST(@state AS TEXT), ''), state)
ORDER BY id DESC LIMIT @size;
