-- Protected marks, and what the automatic checks found of a picture. Until now checks
-- were among a picture's scores, as check_NAME and check_NAME_passed.

-- +goose Up

CREATE TABLE marks (
  id         TEXT     NOT NULL PRIMARY KEY,
  created_at DATETIME NOT NULL,
  created_by TEXT     NOT NULL,
  name       TEXT     NOT NULL,
  owner      TEXT     NOT NULL,
  reason     TEXT     NOT NULL,
  blob       TEXT     NOT NULL UNIQUE,
  size       INTEGER  NOT NULL,
  width      INTEGER  NOT NULL,
  height     INTEGER  NOT NULL,
  hash       TEXT     NOT NULL -- perceptual, hexadecimal
);

ALTER TABLE pictures ADD COLUMN checks TEXT NOT NULL DEFAULT '[]'; -- JSON array

UPDATE pictures SET checks = (
  SELECT json_group_array(json_object('check', name, 'outcome', iif(passed = 1, 'passed', 'refused'), 'value', value))
  FROM (
    SELECT substr(p.key, 7, length(p.key) - 13) AS name, p.value AS passed, v.value AS value
    FROM json_each(pictures.scores) AS p
    LEFT JOIN json_each(pictures.scores) AS v ON v.key = substr(p.key, 1, length(p.key) - 7)
    WHERE p.key IN ('check_subject_passed', 'check_prompt_passed', 'check_sharpness_passed', 'check_copying_passed', 'check_blocked_words_passed')
  )
) WHERE scores LIKE '%"check\_%\_passed"%' ESCAPE '\';

UPDATE pictures SET scores = (
  SELECT json_group_object(key, value) FROM json_each(pictures.scores) WHERE key NOT LIKE 'check\_%' ESCAPE '\'
) WHERE scores LIKE '%"check\_%' ESCAPE '\';
