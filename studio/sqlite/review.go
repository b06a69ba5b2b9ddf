package sqlite

import "github.com/ichimai/ichimai/studio"

func reviewOf(r reviewRow) studio.Review { return studio.Review(r) }

// CreateReview is studio.Reviews's.
func (t *tx) CreateReview(r *studio.Review) error {
	t.identify(&r.ID, &r.CreatedAt)
	if err := r.Validate(); err != nil {
		return err
	}
	return ofReview.fail("create", t.q.createReview(t.ctx, createReviewParams(*r)))
}

// Review is studio.Reviews's.
func (t *tx) Review(project, id string) (studio.Review, error) {
	r, err := t.q.getReview(t.ctx, getReviewParams{ProjectID: project, ID: id})
	return reviewOf(r), ofReview.fail("read", err)
}

// ListReviews is studio.Reviews's.
func (t *tx) ListReviews(project string, f studio.ReviewFilter, p studio.Page) (studio.List[studio.Review], error) {
	rows, err := t.q.listReviews(t.ctx, listReviewsParams{
		ProjectID: project, After: after(p), PictureID: f.PictureID, By: f.By, Decision: string(f.Decision), Size: size(p),
	})
	return page(ofReview, rows, err, p, reviewOf, func(v studio.Review) string { return v.ID })
}
