package sqlite

import (
	"slices"

	"github.com/ichimai/ichimai/studio"
)

func pictureOf(r pictureRow) studio.Picture {
	return studio.Picture{
		ID: r.ID, ProjectID: r.ProjectID, Revision: r.Revision, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		CreatedBy: r.CreatedBy, JobID: r.JobID, TemplateID: r.TemplateID, ConceptIDs: r.ConceptIds.V, Name: r.Name,
		Blob: r.Blob, ThumbBlob: r.ThumbBlob, Size: r.Size, Prompt: r.Prompt, NegativePrompt: r.NegativePrompt,
		Seed: r.Seed, Width: r.Width, Height: r.Height, Settings: r.Settings.V, Scores: r.Scores.V,
		Favourite: r.Favourite, State: r.State, SubmittedBy: r.SubmittedBy, WithdrawnAt: r.WithdrawnAt,
		WithdrawnWhy: r.WithdrawnWhy, Checks: r.Checks.V,
	}
}

// CreatePicture is studio.Pictures's.
func (t *tx) CreatePicture(v *studio.Picture) error {
	t.identify(&v.ID, &v.CreatedAt)
	t.begin(&v.Revision, &v.CreatedAt, &v.UpdatedAt)
	if v.State == "" {
		v.State = studio.PictureDraft
	}
	if err := checkFirst(ofPicture, v.State, studio.PictureDraft); err != nil {
		return err
	}
	if err := v.Validate(); err != nil {
		return err
	}
	return ofPicture.fail("create", t.q.createPicture(t.ctx, createPictureParams{
		ID: v.ID, ProjectID: v.ProjectID, Revision: v.Revision, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
		CreatedBy: v.CreatedBy, JobID: v.JobID, TemplateID: v.TemplateID, ConceptIds: textList{v.ConceptIDs},
		Name: v.Name, Blob: v.Blob, ThumbBlob: v.ThumbBlob, Size: v.Size, Prompt: v.Prompt,
		NegativePrompt: v.NegativePrompt, Seed: v.Seed, Width: v.Width, Height: v.Height, Settings: object{v.Settings},
		Scores: numberMap{v.Scores}, Favourite: v.Favourite, State: v.State, SubmittedBy: v.SubmittedBy,
		WithdrawnAt: v.WithdrawnAt, WithdrawnWhy: v.WithdrawnWhy, Checks: verdictList{v.Checks},
	}))
}

// Picture is studio.Pictures's.
func (t *tx) Picture(project, id string) (studio.Picture, error) {
	r, err := t.q.getPicture(t.ctx, getPictureParams{ProjectID: project, ID: id})
	return pictureOf(r), ofPicture.fail("read", err)
}

// UpdatePicture is studio.Pictures's.
func (t *tx) UpdatePicture(v *studio.Picture) error {
	stored, err := t.Picture(v.ProjectID, v.ID)
	if err != nil {
		return err
	}
	if stored.Revision != v.Revision {
		return ofPicture.stale()
	}
	if err := v.Validate(); err != nil {
		return err
	}
	if err := stored.State.CheckTransition(v.State); err != nil {
		return err
	}
	n, err := t.q.updatePicture(t.ctx, updatePictureParams{
		UpdatedAt: t.now, Name: v.Name, ThumbBlob: v.ThumbBlob, Scores: numberMap{v.Scores}, Favourite: v.Favourite,
		State: v.State, SubmittedBy: v.SubmittedBy, WithdrawnAt: v.WithdrawnAt, WithdrawnWhy: v.WithdrawnWhy,
		Checks: verdictList{v.Checks}, ProjectID: v.ProjectID, ID: v.ID, Revision: v.Revision,
	})
	return t.revised(ofPicture, n, err, &v.Revision, &v.UpdatedAt, func() error {
		_, err := t.Picture(v.ProjectID, v.ID)
		return err
	})
}

// DeletePicture is studio.Pictures's.
func (t *tx) DeletePicture(project, id string) error {
	if err := t.q.forgetPicture(t.ctx, forgetPictureParams{ProjectID: project, PictureID: id}); err != nil {
		return ofPicture.fail("delete", err)
	}
	n, err := t.q.deletePicture(t.ctx, deletePictureParams{ProjectID: project, ID: id})
	return ofPicture.found("delete", n, err)
}

// ListPictures is studio.Pictures's.
func (t *tx) ListPictures(project string, f studio.PictureFilter, p studio.Page) (studio.List[studio.Picture], error) {
	rows, err := t.q.listPictures(t.ctx, listPicturesParams{
		ProjectID: project, After: after(p), Text: f.Text, State: string(f.State),
		Favourite: choice(f.Favourite), JobID: f.JobID, TemplateID: f.TemplateID, ConceptID: f.ConceptID,
		CreatedBy: f.CreatedBy, CreatedBefore: before(f.CreatedBefore), Size: size(p),
	})
	return page(ofPicture, rows, err, p, pictureOf, func(v studio.Picture) string { return v.ID })
}

// CountPictures is studio.Pictures's.
func (t *tx) CountPictures(project string) (map[studio.PictureState]int64, error) {
	rows, err := t.q.countPictures(t.ctx, project)
	if err != nil {
		return nil, ofPicture.fail("count", err)
	}
	counts := make(map[studio.PictureState]int64, len(rows))
	for _, r := range rows {
		counts[r.State] = r.Number
	}
	return counts, nil
}

// checkFirst wants one of the states in which a new thing may begin.
func checkFirst[S ~string](of noun, state S, allowed ...S) error {
	if slices.Contains(allowed, state) {
		return nil
	}
	return studio.Errorf(studio.Invalid, "a new %[1]s cannot be %[3]s", "新しい%[2]sの状態を%[3]sにすることはできません。", of.en, of.ja, state)
}
