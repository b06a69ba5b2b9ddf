package sqlite

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/ichimai/ichimai/studio"
)

func auditOf(r auditRow) studio.AuditEntry {
	return studio.AuditEntry{
		Seq: r.Seq, At: r.At, Actor: r.Actor, ProjectID: r.ProjectID, Action: r.Action, Object: r.Object,
		Detail: json.RawMessage(r.Detail), PreviousHash: r.PreviousHash, Hash: r.Hash,
	}
}

// AppendAudit is studio.Audits's.
func (t *tx) AppendAudit(e *studio.AuditEntry) error {
	e.At = t.now
	if err := e.Validate(); err != nil {
		return err
	}
	head, err := t.AuditHead()
	if err != nil {
		return err
	}
	if head, err = e.Chain(head); err != nil {
		return err
	}
	if err := t.q.createAuditEntry(t.ctx, createAuditEntryParams{
		Seq: e.Seq, At: e.At, Actor: e.Actor, ProjectID: e.ProjectID, Action: e.Action, Object: e.Object,
		Detail: string(e.Detail), PreviousHash: e.PreviousHash, Hash: e.Hash,
	}); err != nil {
		return ofAudit.fail("append", err)
	}
	return ofAudit.fail("append", t.q.setAuditHead(t.ctx, setAuditHeadParams(head)))
}

// AuditHead is studio.Audits's.
func (t *tx) AuditHead() (studio.AuditHead, error) {
	r, err := t.q.getAuditHead(t.ctx)
	return studio.AuditHead(r), ofAudit.fail("read", err)
}

// ListAudit is studio.Audits's.
func (t *tx) ListAudit(f studio.AuditFilter, p studio.Page) (studio.List[studio.AuditEntry], error) {
	before := int64(math.MaxInt64)
	if p.After != "" {
		n, err := strconv.ParseInt(p.After, 10, 64)
		if err != nil {
			return studio.List[studio.AuditEntry]{}, studio.Errorf(studio.Invalid, "%.40q is not a page of the audit record", "%.40qは監査記録のページではありません。", p.After)
		}
		before = n
	}
	rows, err := t.q.listAudit(t.ctx, listAuditParams{
		Before: before, ProjectID: f.ProjectID, Actor: f.Actor, Action: f.Action, Object: f.Object, Size: size(p),
	})
	return page(ofAudit, rows, err, p, auditOf, func(e studio.AuditEntry) string { return strconv.FormatInt(e.Seq, 10) })
}

// AuditFrom is studio.Audits's.
func (t *tx) AuditFrom(first int64, limit int) ([]studio.AuditEntry, error) {
	rows, err := t.q.auditFrom(t.ctx, auditFromParams{First: first, Size: int64(max(limit, 0))})
	if err != nil {
		return nil, ofAudit.fail("read", err)
	}
	entries := make([]studio.AuditEntry, len(rows))
	for i, r := range rows {
		entries[i] = auditOf(r)
	}
	return entries, nil
}
