package sqlite

import "github.com/ichimai/ichimai/studio"

func conceptOf(r conceptRow) studio.Concept {
	return studio.Concept{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, Name: r.Name, Placeholder: r.Placeholder, Version: r.Version, ParentID: r.ParentID,
		SourceIDs: r.SourceIds.V, Blob: r.Blob, PreviewBlob: r.PreviewBlob, Method: r.Method, ModelHash: r.ModelHash,
		Fidelity: r.Fidelity, Alpha: r.Alpha, Scores: r.Scores.V, State: r.State,
		Message:     studio.Words{English: r.Message, Japanese: r.MessageJa},
		WithdrawnAt: r.WithdrawnAt, WithdrawnWhy: r.WithdrawnWhy,
	}
}

// CreateConcept is studio.Concepts's.
func (t *tx) CreateConcept(c *studio.Concept) error {
	t.identify(&c.ID, &c.CreatedAt)
	t.begin(&c.Revision, &c.CreatedAt, &c.UpdatedAt)
	if c.State == "" {
		c.State = studio.ConceptLearning
	}
	if err := checkFirst(ofConcept, c.State, studio.ConceptLearning, studio.ConceptReady); err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return err
	}
	return ofConcept.fail("create", t.q.createConcept(t.ctx, createConceptParams{
		ID: c.ID, ProjectID: c.ProjectID, Revision: c.Revision, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		CreatedBy: c.CreatedBy, Name: c.Name, Placeholder: c.Placeholder, Version: c.Version, ParentID: c.ParentID,
		SourceIds: textList{c.SourceIDs}, Blob: c.Blob, PreviewBlob: c.PreviewBlob, Method: c.Method,
		ModelHash: c.ModelHash, Fidelity: c.Fidelity, Alpha: c.Alpha, Scores: numberMap{c.Scores}, State: c.State,
		Message: c.Message.English, MessageJa: c.Message.Japanese, WithdrawnAt: c.WithdrawnAt, WithdrawnWhy: c.WithdrawnWhy,
	}))
}

// Concept is studio.Concepts's.
func (t *tx) Concept(project, id string) (studio.Concept, error) {
	r, err := t.q.getConcept(t.ctx, getConceptParams{ProjectID: project, ID: id})
	return conceptOf(r), ofConcept.fail("read", err)
}

// UpdateConcept is studio.Concepts's.
func (t *tx) UpdateConcept(c *studio.Concept) error {
	stored, err := t.Concept(c.ProjectID, c.ID)
	if err != nil {
		return err
	}
	if stored.Revision != c.Revision {
		return ofConcept.stale()
	}
	if err := c.Validate(); err != nil {
		return err
	}
	if err := stored.State.CheckTransition(c.State); err != nil {
		return err
	}
	n, err := t.q.updateConcept(t.ctx, updateConceptParams{
		UpdatedAt: t.now, Name: c.Name, Placeholder: c.Placeholder, Blob: c.Blob, PreviewBlob: c.PreviewBlob, Method: c.Method,
		ModelHash: c.ModelHash, Fidelity: c.Fidelity, Alpha: c.Alpha, Scores: numberMap{c.Scores}, State: c.State,
		Message: c.Message.English, MessageJa: c.Message.Japanese, WithdrawnAt: c.WithdrawnAt, WithdrawnWhy: c.WithdrawnWhy,
		ProjectID: c.ProjectID, ID: c.ID, Revision: c.Revision,
	})
	return t.revised(ofConcept, n, err, &c.Revision, &c.UpdatedAt, func() error {
		_, err := t.Concept(c.ProjectID, c.ID)
		return err
	})
}

// DeleteConcept is studio.Concepts's.
func (t *tx) DeleteConcept(project, id string) error {
	n, err := t.q.deleteConcept(t.ctx, deleteConceptParams{ProjectID: project, ID: id})
	return ofConcept.found("delete", n, err)
}

// ListConcepts is studio.Concepts's.
func (t *tx) ListConcepts(project string, f studio.ConceptFilter, p studio.Page) (studio.List[studio.Concept], error) {
	rows, err := t.q.listConcepts(t.ctx, listConceptsParams{
		ProjectID: project, After: after(p), Text: f.Text, Name: f.Name, State: string(f.State),
		SourceID: f.SourceID, Size: size(p),
	})
	return page(ofConcept, rows, err, p, conceptOf, func(v studio.Concept) string { return v.ID })
}
