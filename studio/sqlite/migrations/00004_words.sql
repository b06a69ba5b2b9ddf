-- Why a job, a concept or a trial failed, in both languages; and indexes by which
-- jobs in one state are found.

-- +goose Up

ALTER TABLE jobs ADD COLUMN error_ja TEXT NOT NULL DEFAULT '';
ALTER TABLE concepts ADD COLUMN message_ja TEXT NOT NULL DEFAULT '';
ALTER TABLE trials ADD COLUMN message_ja TEXT NOT NULL DEFAULT '';

-- A failed job's error was "English / 日本語". What is not of that form is one
-- text, which both languages show.
UPDATE jobs SET error_ja = error;
UPDATE concepts SET message_ja = message;
UPDATE trials SET message_ja = message;
UPDATE jobs SET
  error = substr(error, 1, instr(error, ' / ') - 1), error_ja = substr(error, instr(error, ' / ') + 3)
WHERE state = 'failed' AND length(error) - length(replace(error, ' / ', '')) = 3;
UPDATE concepts SET
  message = substr(message, 1, instr(message, ' / ') - 1), message_ja = substr(message, instr(message, ' / ') + 3)
WHERE state = 'failed' AND length(message) - length(replace(message, ' / ', '')) = 3;

CREATE INDEX jobs_project_state ON jobs (project_id, state, id);
CREATE INDEX jobs_waiting ON jobs (project_id, kind, id) WHERE state = 'queued';
