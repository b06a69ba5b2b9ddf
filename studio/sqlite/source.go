package sqlite

import "github.com/ichimai/ichimai/studio"

func sourceOf(r sourceRow) studio.Source {
	return studio.Source{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, Name: r.Name, Blob: r.Blob, ThumbBlob: r.ThumbBlob, Size: r.Size, Width: r.Width,
		Height: r.Height, WithdrawnAt: r.WithdrawnAt, WithdrawnWhy: r.WithdrawnWhy,
		Rights: studio.Rights{
			Owner: r.RightsOwner, Licence: r.RightsLicence, ConsentBlob: r.RightsConsentBlob, Territory: r.RightsTerritory,
			Expires: r.RightsExpires, ConfirmedBy: r.RightsConfirmedBy, ConfirmedAt: r.RightsConfirmedAt,
		},
	}
}

// CreateSource is studio.Sources's.
func (t *tx) CreateSource(s *studio.Source) error {
	t.identify(&s.ID, &s.CreatedAt)
	t.begin(&s.Revision, &s.CreatedAt, &s.UpdatedAt)
	if err := s.Validate(); err != nil {
		return err
	}
	return ofSource.fail("create", t.q.createSource(t.ctx, createSourceParams{
		ID: s.ID, ProjectID: s.ProjectID, Revision: s.Revision, CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
		CreatedBy: s.CreatedBy, Name: s.Name, Blob: s.Blob, ThumbBlob: s.ThumbBlob, Size: s.Size, Width: s.Width,
		Height: s.Height, RightsOwner: s.Rights.Owner, RightsLicence: s.Rights.Licence,
		RightsConsentBlob: s.Rights.ConsentBlob, RightsTerritory: s.Rights.Territory, RightsExpires: s.Rights.Expires,
		RightsConfirmedBy: s.Rights.ConfirmedBy, RightsConfirmedAt: s.Rights.ConfirmedAt, WithdrawnAt: s.WithdrawnAt,
		WithdrawnWhy: s.WithdrawnWhy,
	}))
}

// Source is studio.Sources's.
func (t *tx) Source(project, id string) (studio.Source, error) {
	r, err := t.q.getSource(t.ctx, getSourceParams{ProjectID: project, ID: id})
	return sourceOf(r), ofSource.fail("read", err)
}

// UpdateSource is studio.Sources's.
func (t *tx) UpdateSource(s *studio.Source) error {
	if err := s.Validate(); err != nil {
		return err
	}
	n, err := t.q.updateSource(t.ctx, updateSourceParams{
		UpdatedAt: t.now, Name: s.Name, Blob: s.Blob, ThumbBlob: s.ThumbBlob, Size: s.Size, Width: s.Width,
		Height: s.Height, RightsOwner: s.Rights.Owner, RightsLicence: s.Rights.Licence,
		RightsConsentBlob: s.Rights.ConsentBlob, RightsTerritory: s.Rights.Territory, RightsExpires: s.Rights.Expires,
		RightsConfirmedBy: s.Rights.ConfirmedBy, RightsConfirmedAt: s.Rights.ConfirmedAt, WithdrawnAt: s.WithdrawnAt,
		WithdrawnWhy: s.WithdrawnWhy, ProjectID: s.ProjectID, ID: s.ID, Revision: s.Revision,
	})
	return t.revised(ofSource, n, err, &s.Revision, &s.UpdatedAt, func() error {
		_, err := t.Source(s.ProjectID, s.ID)
		return err
	})
}

// DeleteSource is studio.Sources's.
func (t *tx) DeleteSource(project, id string) error {
	n, err := t.q.deleteSource(t.ctx, deleteSourceParams{ProjectID: project, ID: id})
	return ofSource.found("delete", n, err)
}

// ListSources is studio.Sources's.
func (t *tx) ListSources(project string, f studio.SourceFilter, p studio.Page) (studio.List[studio.Source], error) {
	rows, err := t.q.listSources(t.ctx, listSourcesParams{
		ProjectID: project, After: after(p), Text: f.Text, Withdrawn: choice(f.Withdrawn),
		ExpiresBefore: f.ExpiresBefore.UnixMicro(), Blob: f.Blob, Size: size(p),
	})
	return page(ofSource, rows, err, p, sourceOf, func(v studio.Source) string { return v.ID })
}
