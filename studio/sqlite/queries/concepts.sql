-- name: createConcept :exec
INSERT INTO concepts (
  id, project_id, revision, created_at, updated_at, created_by, name, placeholder, version, parent_id, source_ids,
  blob, preview_blob, method, model_hash, fidelity, alpha, scores, state, message, message_ja, withdrawn_at,
  withdrawn_why
) VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- name: getConcept :one
SELECT * FROM concepts WHERE project_id = ? AND id = ?;

-- name: updateConcept :execrows
UPDATE concepts SET
  revision = revision + 1, updated_at = @updated_at, name = @name, placeholder = @placeholder, blob = @blob,
  preview_blob = @preview_blob, method = @method, model_hash = @model_hash, fidelity = @fidelity, alpha = @alpha,
  scores = @scores, state = @state, message = @message, message_ja = @message_ja,
  withdrawn_at = @withdrawn_at, withdrawn_why = @withdrawn_why
WHERE project_id = @project_id AND id = @id AND revision = @revision;

-- name: deleteConcept :execrows
DELETE FROM concepts WHERE project_id = ? AND id = ?;

-- name: listConcepts :many
SELECT * FROM concepts
WHERE concepts.project_id = @project_id
  AND concepts.id < @after
  AND instr(lower(name), lower(CAST(@text AS TEXT))) > 0
  AND name = COALESCE(NULLIF(CAST(@name AS TEXT), ''), name)
  AND state = COALESCE(NULLIF(CAST(@state AS TEXT), ''), state)
  AND (CAST(@source_id AS TEXT) = ''
    OR concepts.id IN (SELECT cs.concept_id FROM concept_sources AS cs WHERE cs.source_id = CAST(@source_id AS TEXT)))
ORDER BY concepts.id DESC LIMIT @size;
