-- name: createReview :exec
INSERT INTO reviews (
  id, project_id, created_at, picture_id, by_user, decision, reason
) VALUES (
  ?, ?, ?, ?, ?, ?, ?
);

-- name: getReview :one
SELECT * FROM reviews WHERE project_id = ? AND id = ?;

-- name: listReviews :many
SELECT * FROM reviews
WHERE project_id = @project_id
  AND id < @after
  AND picture_id = COALESCE(NULLIF(CAST(@picture_id AS TEXT), ''), picture_id)
  AND by_user = COALESCE(NULLIF(CAST(@by_user AS TEXT), ''), by_user)
  AND decision = COALESCE(NULLIF(CAST(@decision AS TEXT), ''), decision)
ORDER BY id DESC LIMIT @size;
