package sqlite

import "github.com/ichimai/ichimai/studio"

func trialOf(r trialRow) studio.Trial {
	return studio.Trial{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, Name: r.Name, ProductLine: r.ProductLine, Audience: r.Audience, Goal: r.Goal,
		SourceIDs: r.SourceIds.V, ConceptIDs: r.ConceptIds.V, Prompts: r.Prompts.V, TemplateID: r.TemplateID,
		Rows: r.RowValues.V, PerPrompt: r.PerPrompt, Baseline: r.Baseline.V, Assumptions: r.Assumptions.V,
		State: r.State, JobIDs: r.JobIds.V, Message: studio.Words{English: r.Message, Japanese: r.MessageJa}, Conclusion: r.Conclusion, StartedBy: r.StartedBy,
		StartedAt: r.StartedAt, ClosedAt: r.ClosedAt,
	}
}

// CreateTrial is studio.Trials's.
func (t *tx) CreateTrial(v *studio.Trial) error {
	t.identify(&v.ID, &v.CreatedAt)
	t.begin(&v.Revision, &v.CreatedAt, &v.UpdatedAt)
	if v.State == "" {
		v.State = studio.TrialPlanned
	}
	if err := checkFirst(ofTrial, v.State, studio.TrialPlanned); err != nil {
		return err
	}
	if err := v.Validate(); err != nil {
		return err
	}
	return ofTrial.fail("create", t.q.createTrial(t.ctx, createTrialParams{
		ID: v.ID, ProjectID: v.ProjectID, Revision: v.Revision, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
		CreatedBy: v.CreatedBy, Name: v.Name, ProductLine: v.ProductLine, Audience: v.Audience, Goal: v.Goal,
		SourceIds: textList{v.SourceIDs}, ConceptIds: textList{v.ConceptIDs}, Prompts: textList{v.Prompts},
		TemplateID: v.TemplateID, RowValues: rowList{v.Rows}, PerPrompt: v.PerPrompt,
		Baseline: trialBaseline{v.Baseline}, Assumptions: trialAssumptions{v.Assumptions}, State: v.State,
		JobIds: textList{v.JobIDs}, Message: v.Message.English, MessageJa: v.Message.Japanese, Conclusion: v.Conclusion, StartedBy: v.StartedBy,
		StartedAt: v.StartedAt, ClosedAt: v.ClosedAt,
	}))
}

// Trial is studio.Trials's.
func (t *tx) Trial(project, id string) (studio.Trial, error) {
	r, err := t.q.getTrial(t.ctx, getTrialParams{ProjectID: project, ID: id})
	return trialOf(r), ofTrial.fail("read", err)
}

// UpdateTrial is studio.Trials's.
func (t *tx) UpdateTrial(v *studio.Trial) error {
	stored, err := t.Trial(v.ProjectID, v.ID)
	if err != nil {
		return err
	}
	if stored.Revision != v.Revision {
		return ofTrial.stale()
	}
	if err := v.Validate(); err != nil {
		return err
	}
	if err := stored.State.CheckTransition(v.State); err != nil {
		return err
	}
	n, err := t.q.updateTrial(t.ctx, updateTrialParams{
		UpdatedAt: t.now, Name: v.Name, ProductLine: v.ProductLine, Audience: v.Audience, Goal: v.Goal,
		SourceIds: textList{v.SourceIDs}, ConceptIds: textList{v.ConceptIDs}, Prompts: textList{v.Prompts},
		TemplateID: v.TemplateID, RowValues: rowList{v.Rows}, PerPrompt: v.PerPrompt,
		Baseline: trialBaseline{v.Baseline}, Assumptions: trialAssumptions{v.Assumptions}, State: v.State,
		JobIds: textList{v.JobIDs}, Message: v.Message.English, MessageJa: v.Message.Japanese, Conclusion: v.Conclusion, StartedBy: v.StartedBy,
		StartedAt: v.StartedAt, ClosedAt: v.ClosedAt, ProjectID: v.ProjectID, ID: v.ID, Revision: v.Revision,
	})
	return t.revised(ofTrial, n, err, &v.Revision, &v.UpdatedAt, func() error {
		_, err := t.Trial(v.ProjectID, v.ID)
		return err
	})
}

// DeleteTrial is studio.Trials's.
func (t *tx) DeleteTrial(project, id string) error {
	n, err := t.q.deleteTrial(t.ctx, deleteTrialParams{ProjectID: project, ID: id})
	return ofTrial.found("delete", n, err)
}

// ListTrials is studio.Trials's.
func (t *tx) ListTrials(project string, f studio.TrialFilter, p studio.Page) (studio.List[studio.Trial], error) {
	rows, err := t.q.listTrials(t.ctx, listTrialsParams{
		ProjectID: project, After: after(p), Text: f.Text, State: string(f.State), Size: size(p),
	})
	return page(ofTrial, rows, err, p, trialOf, func(v studio.Trial) string { return v.ID })
}
