-- name: createPolicy :exec
INSERT INTO policy (
  id, revision, updated_at, updated_by, retention_days, blocked_words, four_eyes, watermark, export_formats,
  webhook_hosts, guideline_english, guideline_japanese, guideline_version
) VALUES (
  1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
) ON CONFLICT (id) DO NOTHING;

-- name: getPolicy :one
SELECT * FROM policy;

-- name: updatePolicy :execrows
UPDATE policy SET
  revision = revision + 1, updated_at = @updated_at, updated_by = @updated_by, retention_days = @retention_days,
  blocked_words = @blocked_words, four_eyes = @four_eyes, watermark = @watermark, export_formats = @export_formats,
  webhook_hosts = @webhook_hosts, guideline_english = @guideline_english, guideline_japanese = @guideline_japanese,
  guideline_version = @guideline_version
WHERE revision = @revision;
