-- Trials: a few pictures of one product beside what a picture takes today.

-- +goose Up

CREATE TABLE trials (
  id           TEXT     NOT NULL PRIMARY KEY,
  project_id   TEXT     NOT NULL REFERENCES projects (id),
  revision     INTEGER  NOT NULL,
  created_at   DATETIME NOT NULL,
  updated_at   DATETIME NOT NULL,
  created_by   TEXT     NOT NULL,
  name         TEXT     NOT NULL,
  product_line TEXT     NOT NULL,
  audience     TEXT     NOT NULL,
  goal         TEXT     NOT NULL,
  source_ids   TEXT     NOT NULL, -- JSON array
  concept_ids  TEXT     NOT NULL, -- JSON array
  prompts      TEXT     NOT NULL, -- JSON array
  template_id  TEXT     NOT NULL,
  row_values   TEXT     NOT NULL, -- JSON array of objects of texts
  per_prompt   INTEGER  NOT NULL,
  baseline     TEXT     NOT NULL, -- JSON object
  assumptions  TEXT     NOT NULL, -- JSON object
  state        TEXT     NOT NULL,
  job_ids      TEXT     NOT NULL, -- JSON array; jobs may be deleted
  message      TEXT     NOT NULL,
  conclusion   TEXT     NOT NULL,
  started_by   TEXT     NOT NULL,
  started_at   DATETIME NOT NULL,
  closed_at    DATETIME NOT NULL,
  template_ref TEXT GENERATED ALWAYS AS (NULLIF(template_id, '')) STORED,
  UNIQUE (project_id, id),
  FOREIGN KEY (project_id, template_ref) REFERENCES templates (project_id, id)
);
CREATE INDEX trials_template ON trials (project_id, template_ref);

-- trial_sources and trial_concepts are source_ids and concept_ids again, for
-- foreign keys.
CREATE TABLE trial_sources (
  project_id TEXT NOT NULL,
  trial_id   TEXT NOT NULL,
  source_id  TEXT NOT NULL,
  PRIMARY KEY (trial_id, source_id),
  FOREIGN KEY (project_id, trial_id) REFERENCES trials (project_id, id) ON DELETE CASCADE,
  FOREIGN KEY (project_id, source_id) REFERENCES sources (project_id, id)
) WITHOUT ROWID;
CREATE INDEX trial_sources_trial ON trial_sources (project_id, trial_id);
CREATE INDEX trial_sources_source ON trial_sources (project_id, source_id);

CREATE TABLE trial_concepts (
  project_id TEXT NOT NULL,
  trial_id   TEXT NOT NULL,
  concept_id TEXT NOT NULL,
  PRIMARY KEY (trial_id, concept_id),
  FOREIGN KEY (project_id, trial_id) REFERENCES trials (project_id, id) ON DELETE CASCADE,
  FOREIGN KEY (project_id, concept_id) REFERENCES concepts (project_id, id)
) WITHOUT ROWID;
CREATE INDEX trial_concepts_trial ON trial_concepts (project_id, trial_id);
CREATE INDEX trial_concepts_concept ON trial_concepts (project_id, concept_id);

-- +goose StatementBegin
CREATE TRIGGER trials_refs AFTER INSERT ON trials BEGIN
  INSERT INTO trial_sources (project_id, trial_id, source_id)
  SELECT NEW.project_id, NEW.id, value FROM json_each(NEW.source_ids);
  INSERT INTO trial_concepts (project_id, trial_id, concept_id)
  SELECT NEW.project_id, NEW.id, value FROM json_each(NEW.concept_ids);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER trials_refs_changed AFTER UPDATE OF source_ids, concept_ids ON trials BEGIN
  DELETE FROM trial_sources WHERE trial_id = NEW.id;
  DELETE FROM trial_concepts WHERE trial_id = NEW.id;
  INSERT INTO trial_sources (project_id, trial_id, source_id)
  SELECT NEW.project_id, NEW.id, value FROM json_each(NEW.source_ids);
  INSERT INTO trial_concepts (project_id, trial_id, concept_id)
  SELECT NEW.project_id, NEW.id, value FROM json_each(NEW.concept_ids);
END;
-- +goose StatementEnd
