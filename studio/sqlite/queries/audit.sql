-- name: createAuditEntry :exec
INSERT INTO audit (
  seq, at, actor, project_id, action, object, detail, previous_hash, hash
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getAuditHead :one
SELECT seq, hash FROM audit_head;

-- name: setAuditHead :exec
UPDATE audit_head SET seq = ?, hash = ?;

-- name: listAudit :many
SELECT * FROM audit
WHERE seq < @before
  AND project_id = COALESCE(NULLIF(CAST(@project_id AS TEXT), ''), project_id)
  AND actor = COALESCE(NULLIF(CAST(@actor AS TEXT), ''), actor)
  AND action = COALESCE(NULLIF(CAST(@action AS TEXT), ''), action)
  AND object = COALESCE(NULLIF(CAST(@object AS TEXT), ''), object)
ORDER BY seq DESC LIMIT @size;

-- name: auditFrom :many
SELECT * FROM audit WHERE seq >= @first ORDER BY seq LIMIT @size;
