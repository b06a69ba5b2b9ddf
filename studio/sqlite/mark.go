package sqlite

import "github.com/ichimai/ichimai/studio"

func markOf(r markRow) studio.Mark {
	return studio.Mark{
		ID: r.ID, CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy, Name: r.Name, Owner: r.Owner, Reason: r.Reason,
		Blob: r.Blob, Size: r.Size, Width: r.Width, Height: r.Height, Hash: r.Hash,
	}
}

// CreateMark is studio.Marks's.
func (t *tx) CreateMark(m *studio.Mark) error {
	t.identify(&m.ID, &m.CreatedAt)
	if err := m.Validate(); err != nil {
		return err
	}
	return ofMark.fail("create", t.q.createMark(t.ctx, createMarkParams{
		ID: m.ID, CreatedAt: m.CreatedAt, CreatedBy: m.CreatedBy, Name: m.Name, Owner: m.Owner, Reason: m.Reason,
		Blob: m.Blob, Size: m.Size, Width: m.Width, Height: m.Height, Hash: m.Hash,
	}))
}

// Mark is studio.Marks's.
func (t *tx) Mark(id string) (studio.Mark, error) {
	r, err := t.q.getMark(t.ctx, id)
	return markOf(r), ofMark.fail("read", err)
}

// DeleteMark is studio.Marks's.
func (t *tx) DeleteMark(id string) error {
	n, err := t.q.deleteMark(t.ctx, id)
	return ofMark.found("delete", n, err)
}

// ListMarks is studio.Marks's.
func (t *tx) ListMarks(p studio.Page) (studio.List[studio.Mark], error) {
	rows, err := t.q.listMarks(t.ctx, listMarksParams{After: after(p), Size: size(p)})
	return page(ofMark, rows, err, p, markOf, func(v studio.Mark) string { return v.ID })
}
