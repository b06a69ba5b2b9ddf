-- name: blobReferenced :one
SELECT CAST(
  EXISTS (SELECT 1 FROM sources AS s WHERE s.blob = @hash OR s.thumb_blob = @hash OR s.rights_consent_blob = @hash)
  OR EXISTS (SELECT 1 FROM concepts AS c WHERE c.blob = @hash OR c.preview_blob = @hash)
  OR EXISTS (SELECT 1 FROM jobs AS j WHERE j.input_blob = @hash OR j.result_blob = @hash OR j.progress_preview = @hash)
  OR EXISTS (SELECT 1 FROM pictures AS p WHERE p.blob = @hash OR p.thumb_blob = @hash)
  OR EXISTS (SELECT 1 FROM cases AS e WHERE e.blob = @hash)
  OR EXISTS (SELECT 1 FROM marks AS m WHERE m.blob = @hash)
AS BOOLEAN) AS referenced;
