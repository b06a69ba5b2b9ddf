-- name: createJob :exec
INSERT INTO jobs (
  id, project_id, revision, created_at, updated_at, created_by, kind, state, params, input_blob, result_blob, result,
  progress_step, progress_steps, progress_rate, progress_left, progress_message, progress_preview, attempt, error,
  error_ja, started_at, ended_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getJob :one
SELECT * FROM jobs WHERE project_id = ? AND id = ?;

-- name: updateJob :execrows
UPDATE jobs SET
  revision = revision + 1, updated_at = @updated_at, state = @state, result_blob = @result_blob, result = @result,
  progress_step = @progress_step, progress_steps = @progress_steps, progress_rate = @progress_rate,
  progress_left = @progress_left, progress_message = @progress_message, progress_preview = @progress_preview,
  attempt = @attempt, error = @error, error_ja = @error_ja, started_at = @started_at, ended_at = @ended_at
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: setJobProgress :execrows
UPDATE jobs SET
  progress_step = @progress_step, progress_steps = @progress_steps, progress_rate = @progress_rate,
  progress_left = @progress_left, progress_message = @progress_message, progress_preview = @progress_preview,
  updated_at = @updated_at
WHERE project_id = @project_id AND id = @id AND state = 'running';

-- name: forgetJob :exec
UPDATE pictures SET job_id = '' WHERE project_id = ? AND job_id = ?;

-- name: deleteJob :execrows
DELETE FROM jobs WHERE project_id = ? AND id = ?;

-- name: listJobs :many
SELECT * FROM jobs
WHERE project_id = @project_id
  AND id < @after
  AND kind = COALESCE(NULLIF(CAST(@kind AS TEXT), ''), kind)
  AND created_by = COALESCE(NULLIF(CAST(@created_by AS TEXT), ''), created_by)
ORDER BY id DESC LIMIT @size;

-- name: listJobsInState :many
SELECT * FROM jobs
WHERE project_id = @project_id
  AND state = @state
  AND id < @after
  AND kind = COALESCE(NULLIF(CAST(@kind AS TEXT), ''), kind)
  AND created_by = COALESCE(NULLIF(CAST(@created_by AS TEXT), ''), created_by)
ORDER BY id DESC LIMIT @size;

-- name: listAllJobs :many
SELECT * FROM jobs
WHERE id < @after
  AND kind = COALESCE(NULLIF(CAST(@kind AS TEXT), ''), kind)
  AND created_by = COALESCE(NULLIF(CAST(@created_by AS TEXT), ''), created_by)
ORDER BY id DESC LIMIT @size;

-- name: listAllJobsInState :many
SELECT * FROM jobs
WHERE state = @state
  AND id < @after
  AND kind = COALESCE(NULLIF(CAST(@kind AS TEXT), ''), kind)
  AND created_by = COALESCE(NULLIF(CAST(@created_by AS TEXT), ''), created_by)
ORDER BY id DESC LIMIT @size;

-- name: nextJobs :many
SELECT * FROM jobs WHERE id IN (
  SELECT (
    SELECT w.id FROM jobs AS w
    WHERE w.state = 'queued' AND w.project_id = projects.id AND w.kind = @kind
    ORDER BY w.id LIMIT 1)
  FROM projects)
ORDER BY id;
