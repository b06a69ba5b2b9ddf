-- name: createWebhook :exec
INSERT INTO webhooks (
  id, project_id, revision, created_at, updated_at, created_by, url, secret, events, active, last_status, last_error,
  last_at
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getWebhook :one
SELECT * FROM webhooks WHERE project_id = ? AND id = ?;

-- name: updateWebhook :execrows
UPDATE webhooks SET
  revision = revision + 1, updated_at = @updated_at, url = @url, secret = @secret, events = @events, active = @active,
  last_status = @last_status, last_error = @last_error, last_at = @last_at
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: deleteWebhook :execrows
DELETE FROM webhooks WHERE project_id = ? AND id = ?;

-- name: listWebhooks :many
SELECT * FROM webhooks
WHERE project_id = @project_id
  AND id < @after
ORDER BY id DESC LIMIT @size;
