-- The studio's tables. Columns stand in the order of the domain's fields.
--
-- Times are integers: microseconds since 1970-01-01 UTC. The zero time, which
-- means "not yet" or "never", is -62135596800000000 (the start of the year 1).
-- Texts that refer to something optional are '' where there is none; a generated
-- column beside them turns '' into NULL for the foreign key.
-- Foreign keys between a project's things hold the project too, so that none
-- can lead into another project.

-- +goose Up

CREATE TABLE projects (
  id          TEXT     NOT NULL PRIMARY KEY,
  revision    INTEGER  NOT NULL,
  created_at  DATETIME NOT NULL,
  updated_at  DATETIME NOT NULL,
  name        TEXT     NOT NULL,
  description TEXT     NOT NULL,
  created_by  TEXT     NOT NULL,
  archived_at DATETIME NOT NULL
);

CREATE TABLE users (
  id                    TEXT     NOT NULL PRIMARY KEY,
  revision              INTEGER  NOT NULL,
  created_at            DATETIME NOT NULL,
  updated_at            DATETIME NOT NULL,
  email                 TEXT     NOT NULL UNIQUE,
  name                  TEXT     NOT NULL,
  password_hash         TEXT     NOT NULL,
  language              TEXT     NOT NULL,
  admin                 BOOLEAN  NOT NULL,
  guideline_version     INTEGER  NOT NULL,
  guideline_accepted_at DATETIME NOT NULL,
  disabled_at           DATETIME NOT NULL
);

CREATE TABLE members (
  project_id TEXT     NOT NULL REFERENCES projects (id),
  user_id    TEXT     NOT NULL REFERENCES users (id),
  revision   INTEGER  NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  role       TEXT     NOT NULL,
  PRIMARY KEY (project_id, user_id)
);
CREATE INDEX members_user ON members (user_id, project_id);

CREATE TABLE sessions (
  id           TEXT     NOT NULL PRIMARY KEY,
  created_at   DATETIME NOT NULL,
  user_id      TEXT     NOT NULL REFERENCES users (id),
  hash         TEXT     NOT NULL UNIQUE,
  expires_at   DATETIME NOT NULL,
  last_seen_at DATETIME NOT NULL,
  agent        TEXT     NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE tokens (
  id           TEXT     NOT NULL PRIMARY KEY,
  created_at   DATETIME NOT NULL,
  user_id      TEXT     NOT NULL REFERENCES users (id),
  project_id   TEXT     NOT NULL,
  name         TEXT     NOT NULL,
  hash         TEXT     NOT NULL UNIQUE,
  scopes       TEXT     NOT NULL, -- JSON array
  expires_at   DATETIME NOT NULL,
  last_used_at DATETIME NOT NULL,
  revoked_at   DATETIME NOT NULL,
  project_ref  TEXT GENERATED ALWAYS AS (NULLIF(project_id, '')) STORED REFERENCES projects (id)
);
CREATE INDEX tokens_user ON tokens (user_id, id);

CREATE TABLE invitations (
  id          TEXT     NOT NULL PRIMARY KEY,
  created_at  DATETIME NOT NULL,
  kind        TEXT     NOT NULL,
  hash        TEXT     NOT NULL UNIQUE,
  email       TEXT     NOT NULL,
  project_id  TEXT     NOT NULL,
  role        TEXT     NOT NULL,
  user_id     TEXT     NOT NULL,
  created_by  TEXT     NOT NULL,
  expires_at  DATETIME NOT NULL,
  used_at     DATETIME NOT NULL,
  used_by     TEXT     NOT NULL,
  project_ref TEXT GENERATED ALWAYS AS (NULLIF(project_id, '')) STORED REFERENCES projects (id),
  user_ref    TEXT GENERATED ALWAYS AS (NULLIF(user_id, '')) STORED REFERENCES users (id)
);
CREATE INDEX invitations_project ON invitations (project_id, id);

CREATE TABLE sources (
  id                  TEXT     NOT NULL PRIMARY KEY,
  project_id          TEXT     NOT NULL REFERENCES projects (id),
  revision            INTEGER  NOT NULL,
  created_at          DATETIME NOT NULL,
  updated_at          DATETIME NOT NULL,
  created_by          TEXT     NOT NULL,
  name                TEXT     NOT NULL,
  blob                TEXT     NOT NULL,
  thumb_blob          TEXT     NOT NULL,
  size                INTEGER  NOT NULL,
  width               INTEGER  NOT NULL,
  height              INTEGER  NOT NULL,
  rights_owner        TEXT     NOT NULL,
  rights_licence      TEXT     NOT NULL,
  rights_consent_blob TEXT     NOT NULL,
  rights_territory    TEXT     NOT NULL,
  rights_expires      DATETIME NOT NULL,
  rights_confirmed_by TEXT     NOT NULL,
  rights_confirmed_at DATETIME NOT NULL,
  withdrawn_at        DATETIME NOT NULL,
  withdrawn_why       TEXT     NOT NULL,
  UNIQUE (project_id, id)
);
CREATE INDEX sources_blob ON sources (blob);
CREATE INDEX sources_thumb ON sources (thumb_blob);
CREATE INDEX sources_consent ON sources (rights_consent_blob);

CREATE TABLE concepts (
  id            TEXT     NOT NULL PRIMARY KEY,
  project_id    TEXT     NOT NULL REFERENCES projects (id),
  revision      INTEGER  NOT NULL,
  created_at    DATETIME NOT NULL,
  updated_at    DATETIME NOT NULL,
  created_by    TEXT     NOT NULL,
  name          TEXT     NOT NULL,
  placeholder   TEXT     NOT NULL,
  version       INTEGER  NOT NULL,
  parent_id     TEXT     NOT NULL,
  source_ids    TEXT     NOT NULL, -- JSON array, in the order that was given
  blob          TEXT     NOT NULL,
  preview_blob  TEXT     NOT NULL,
  method        TEXT     NOT NULL,
  model_hash    TEXT     NOT NULL,
  fidelity      REAL     NOT NULL,
  alpha         REAL     NOT NULL,
  scores        TEXT     NOT NULL, -- JSON object of numbers
  state         TEXT     NOT NULL,
  message       TEXT     NOT NULL,
  withdrawn_at  DATETIME NOT NULL,
  withdrawn_why TEXT     NOT NULL,
  parent_ref    TEXT GENERATED ALWAYS AS (NULLIF(parent_id, '')) STORED,
  UNIQUE (project_id, id),
  UNIQUE (project_id, name, version),
  FOREIGN KEY (project_id, parent_ref) REFERENCES concepts (project_id, id)
);
CREATE INDEX concepts_parent ON concepts (project_id, parent_ref);
CREATE INDEX concepts_blob ON concepts (blob);
CREATE INDEX concepts_preview ON concepts (preview_blob);

-- concept_sources is source_ids again, for foreign keys and for the way back.
CREATE TABLE concept_sources (
  project_id TEXT NOT NULL,
  concept_id TEXT NOT NULL,
  source_id  TEXT NOT NULL,
  PRIMARY KEY (concept_id, source_id),
  FOREIGN KEY (project_id, concept_id) REFERENCES concepts (project_id, id) ON DELETE CASCADE,
  FOREIGN KEY (project_id, source_id) REFERENCES sources (project_id, id)
) WITHOUT ROWID;
CREATE INDEX concept_sources_concept ON concept_sources (project_id, concept_id);
CREATE INDEX concept_sources_source ON concept_sources (project_id, source_id);

-- +goose StatementBegin
CREATE TRIGGER concepts_sources AFTER INSERT ON concepts BEGIN
  INSERT INTO concept_sources (project_id, concept_id, source_id)
  SELECT NEW.project_id, NEW.id, value FROM json_each(NEW.source_ids);
END;
-- +goose StatementEnd

CREATE TABLE cases (
  id              TEXT     NOT NULL PRIMARY KEY,
  project_id      TEXT     NOT NULL REFERENCES projects (id),
  revision        INTEGER  NOT NULL,
  created_at      DATETIME NOT NULL,
  updated_at      DATETIME NOT NULL,
  created_by      TEXT     NOT NULL,
  picture_id      TEXT     NOT NULL,
  good            BOOLEAN  NOT NULL,
  title           TEXT     NOT NULL,
  why             TEXT     NOT NULL,
  blob            TEXT     NOT NULL,
  prompt          TEXT     NOT NULL,
  negative_prompt TEXT     NOT NULL,
  settings        TEXT     NOT NULL, -- JSON object
  scores          TEXT     NOT NULL, -- JSON object of numbers
  picture_ref     TEXT GENERATED ALWAYS AS (NULLIF(picture_id, '')) STORED,
  UNIQUE (project_id, id),
  FOREIGN KEY (project_id, picture_ref) REFERENCES pictures (project_id, id)
);
CREATE INDEX cases_picture ON cases (project_id, picture_ref);
CREATE INDEX cases_blob ON cases (blob);

CREATE TABLE templates (
  id              TEXT     NOT NULL PRIMARY KEY,
  project_id      TEXT     NOT NULL REFERENCES projects (id),
  revision        INTEGER  NOT NULL,
  created_at      DATETIME NOT NULL,
  updated_at      DATETIME NOT NULL,
  created_by      TEXT     NOT NULL,
  name            TEXT     NOT NULL,
  prompt          TEXT     NOT NULL,
  negative_prompt TEXT     NOT NULL,
  defaults        TEXT     NOT NULL, -- JSON object of texts
  settings        TEXT     NOT NULL, -- JSON object
  case_id         TEXT     NOT NULL,
  uses            INTEGER  NOT NULL,
  approvals       INTEGER  NOT NULL CHECK (approvals BETWEEN 0 AND uses),
  case_ref        TEXT GENERATED ALWAYS AS (NULLIF(case_id, '')) STORED,
  UNIQUE (project_id, id),
  FOREIGN KEY (project_id, case_ref) REFERENCES cases (project_id, id)
);
CREATE INDEX templates_case ON templates (project_id, case_ref);

CREATE TABLE jobs (
  id               TEXT     NOT NULL PRIMARY KEY,
  project_id       TEXT     NOT NULL REFERENCES projects (id),
  revision         INTEGER  NOT NULL,
  created_at       DATETIME NOT NULL,
  updated_at       DATETIME NOT NULL,
  created_by       TEXT     NOT NULL,
  kind             TEXT     NOT NULL,
  state            TEXT     NOT NULL,
  params           TEXT     NOT NULL, -- JSON object
  input_blob       TEXT     NOT NULL,
  result_blob      TEXT     NOT NULL,
  result           TEXT     NOT NULL, -- JSON object
  progress_step    INTEGER  NOT NULL,
  progress_steps   INTEGER  NOT NULL,
  progress_rate    REAL     NOT NULL, -- steps a second
  progress_left    INTEGER  NOT NULL, -- milliseconds
  progress_message TEXT     NOT NULL,
  progress_preview TEXT     NOT NULL, -- blob
  attempt          INTEGER  NOT NULL,
  error            TEXT     NOT NULL,
  started_at       DATETIME NOT NULL,
  ended_at         DATETIME NOT NULL,
  UNIQUE (project_id, id)
);
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_input ON jobs (input_blob);
CREATE INDEX jobs_result ON jobs (result_blob);
CREATE INDEX jobs_preview ON jobs (progress_preview);

CREATE TABLE pictures (
  id              TEXT     NOT NULL PRIMARY KEY,
  project_id      TEXT     NOT NULL REFERENCES projects (id),
  revision        INTEGER  NOT NULL,
  created_at      DATETIME NOT NULL,
  updated_at      DATETIME NOT NULL,
  created_by      TEXT     NOT NULL,
  job_id          TEXT     NOT NULL,
  template_id     TEXT     NOT NULL,
  concept_ids     TEXT     NOT NULL, -- JSON array, in the prompt's order
  name            TEXT     NOT NULL,
  blob            TEXT     NOT NULL,
  thumb_blob      TEXT     NOT NULL,
  size            INTEGER  NOT NULL,
  prompt          TEXT     NOT NULL,
  negative_prompt TEXT     NOT NULL,
  seed            INTEGER  NOT NULL,
  width           INTEGER  NOT NULL,
  height          INTEGER  NOT NULL,
  settings        TEXT     NOT NULL, -- JSON object
  scores          TEXT     NOT NULL, -- JSON object of numbers
  favourite       BOOLEAN  NOT NULL,
  state           TEXT     NOT NULL,
  submitted_by    TEXT     NOT NULL,
  withdrawn_at    DATETIME NOT NULL,
  withdrawn_why   TEXT     NOT NULL,
  job_ref         TEXT GENERATED ALWAYS AS (NULLIF(job_id, '')) STORED,
  template_ref    TEXT GENERATED ALWAYS AS (NULLIF(template_id, '')) STORED,
  UNIQUE (project_id, id),
  FOREIGN KEY (project_id, job_ref) REFERENCES jobs (project_id, id),
  FOREIGN KEY (project_id, template_ref) REFERENCES templates (project_id, id)
);
CREATE INDEX pictures_state ON pictures (project_id, state, id);
CREATE INDEX pictures_job ON pictures (project_id, job_ref);
CREATE INDEX pictures_template ON pictures (project_id, template_ref);
CREATE INDEX pictures_blob ON pictures (blob);
CREATE INDEX pictures_thumb ON pictures (thumb_blob);

-- picture_concepts is concept_ids again, for foreign keys and for the way back.
CREATE TABLE picture_concepts (
  project_id TEXT NOT NULL,
  picture_id TEXT NOT NULL,
  concept_id TEXT NOT NULL,
  PRIMARY KEY (picture_id, concept_id),
  FOREIGN KEY (project_id, picture_id) REFERENCES pictures (project_id, id) ON DELETE CASCADE,
  FOREIGN KEY (project_id, concept_id) REFERENCES concepts (project_id, id)
) WITHOUT ROWID;
CREATE INDEX picture_concepts_picture ON picture_concepts (project_id, picture_id);
CREATE INDEX picture_concepts_concept ON picture_concepts (project_id, concept_id);

-- +goose StatementBegin
CREATE TRIGGER pictures_concepts AFTER INSERT ON pictures BEGIN
  INSERT INTO picture_concepts (project_id, picture_id, concept_id)
  SELECT NEW.project_id, NEW.id, value FROM json_each(NEW.concept_ids);
END;
-- +goose StatementEnd

CREATE TABLE reviews (
  id         TEXT     NOT NULL PRIMARY KEY,
  project_id TEXT     NOT NULL,
  created_at DATETIME NOT NULL,
  picture_id TEXT     NOT NULL,
  by_user    TEXT     NOT NULL REFERENCES users (id),
  decision   TEXT     NOT NULL,
  reason     TEXT     NOT NULL,
  FOREIGN KEY (project_id, picture_id) REFERENCES pictures (project_id, id) ON DELETE CASCADE
);
CREATE INDEX reviews_picture ON reviews (project_id, picture_id, id);

-- +goose StatementBegin
CREATE TRIGGER reviews_stay BEFORE UPDATE ON reviews BEGIN
  SELECT RAISE(ABORT, 'reviews are never changed');
END;
-- +goose StatementEnd

CREATE TABLE policy (
  id                 INTEGER  NOT NULL PRIMARY KEY CHECK (id = 1),
  revision           INTEGER  NOT NULL,
  updated_at         DATETIME NOT NULL,
  updated_by         TEXT     NOT NULL,
  retention_days     INTEGER  NOT NULL,
  blocked_words      TEXT     NOT NULL, -- JSON array
  four_eyes          BOOLEAN  NOT NULL,
  watermark          BOOLEAN  NOT NULL,
  export_formats     TEXT     NOT NULL, -- JSON array
  webhook_hosts      TEXT     NOT NULL, -- JSON array
  guideline_english  TEXT     NOT NULL,
  guideline_japanese TEXT     NOT NULL,
  guideline_version  INTEGER  NOT NULL
);

CREATE TABLE audit (
  seq           INTEGER  NOT NULL PRIMARY KEY,
  at            DATETIME NOT NULL,
  actor         TEXT     NOT NULL,
  project_id    TEXT     NOT NULL,
  action        TEXT     NOT NULL,
  object        TEXT     NOT NULL,
  detail        TEXT     NOT NULL, -- JSON object, exactly as it was hashed
  previous_hash TEXT     NOT NULL,
  hash          TEXT     NOT NULL
);
CREATE INDEX audit_project ON audit (project_id, seq);
CREATE INDEX audit_object ON audit (object, seq);

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit record is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit record is never shortened');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.seq <> (SELECT seq + 1 FROM audit_head)
  OR NEW.previous_hash <> (SELECT hash FROM audit_head) BEGIN
  SELECT RAISE(ABORT, 'an audit entry follows the last one');
END;
-- +goose StatementEnd

CREATE TABLE audit_head (
  id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  seq  INTEGER NOT NULL,
  hash TEXT    NOT NULL
);
INSERT INTO audit_head (id, seq, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- +goose StatementBegin
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head BEGIN
  SELECT RAISE(ABORT, 'the audit record is never shortened');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_in_order BEFORE UPDATE ON audit_head
WHEN NEW.seq <> OLD.seq + 1
  OR NEW.hash IS NOT (SELECT hash FROM audit WHERE seq = NEW.seq) BEGIN
  SELECT RAISE(ABORT, 'the audit head follows the last entry');
END;
-- +goose StatementEnd

CREATE TABLE idempotency (
  user_id      TEXT     NOT NULL REFERENCES users (id),
  key          TEXT     NOT NULL,
  created_at   DATETIME NOT NULL,
  request_hash TEXT     NOT NULL,
  status       INTEGER  NOT NULL,
  content_type TEXT     NOT NULL,
  body         BLOB     NOT NULL,
  expires_at   DATETIME NOT NULL,
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);

CREATE TABLE webhooks (
  id          TEXT     NOT NULL PRIMARY KEY,
  project_id  TEXT     NOT NULL REFERENCES projects (id),
  revision    INTEGER  NOT NULL,
  created_at  DATETIME NOT NULL,
  updated_at  DATETIME NOT NULL,
  created_by  TEXT     NOT NULL,
  url         TEXT     NOT NULL,
  secret      TEXT     NOT NULL,
  events      TEXT     NOT NULL, -- JSON array
  active      BOOLEAN  NOT NULL,
  last_status INTEGER  NOT NULL,
  last_error  TEXT     NOT NULL,
  last_at     DATETIME NOT NULL
);
CREATE INDEX webhooks_project ON webhooks (project_id, id);
