package studio

import (
	"fmt"
	"iter"
)

// AuditError says where an audit record is not what was written.
type AuditError struct {
	Seq    int64  // of the first entry that is wrong, or whose place is
	Reason string // in English
}

func (e *AuditError) Error() string { return fmt.Sprintf("audit entry %d: %s", e.Seq, e.Reason) }

// VerifyAudit reads entries from the first to the last and returns an
// *AuditError for the first that was edited, or at whose place one was removed,
// inserted or moved. It returns the head that the entries lead to.
//
// With head, which was recorded apart from the entries, it also finds a tail
// that was cut off or rewritten; nil leaves that open. An error of the iterator
// is returned as it is.
//
// The hashes have no key: whoever can rewrite the entries and every record of
// the head can make a new chain. Keep the head where that person cannot write.
func VerifyAudit(entries iter.Seq2[AuditEntry, error], head *AuditHead) (AuditHead, error) {
	at := AuditHead{Hash: AuditGenesis}
	for e, err := range entries {
		if err != nil {
			return at, err
		}
		if at, err = at.follow(&e); err != nil {
			return at, err
		}
		if head != nil && at.Seq == head.Seq && at.Hash != head.Hash {
			return at, &AuditError{at.Seq, "the entries were rewritten: its hash is not the one that was recorded apart"}
		}
	}
	return at, at.reach(head)
}

// follow checks that e is the entry behind the head, and returns its own.
func (h AuditHead) follow(e *AuditEntry) (AuditHead, error) {
	seq := h.Seq + 1
	switch {
	case e.Seq != seq:
		return h, &AuditError{seq, fmt.Sprintf("removed or moved: entry %d is in its place", e.Seq)}
	case e.PreviousHash != h.Hash:
		return h, &AuditError{seq, "does not follow the entry before it"}
	case e.Hash != e.Sum():
		return h, &AuditError{seq, "edited: its hash does not match what it says"}
	case !e.At.Equal(Time(e.At)):
		return h, &AuditError{seq, "edited: its time has more than milliseconds"}
	}
	return AuditHead{Seq: seq, Hash: e.Hash}, nil
}

// auditBatch is how many entries ReadAudits takes at a time.
const auditBatch = 500

// ReadAudits yields all entries of a store's record, oldest first.
func ReadAudits(tx Audits) iter.Seq2[AuditEntry, error] {
	return func(yield func(AuditEntry, error) bool) {
		for next := int64(1); ; {
			part, err := tx.AuditFrom(next, auditBatch)
			if err != nil {
				yield(AuditEntry{}, err)
				return
			}
			for _, e := range part {
				if !yield(e, nil) {
					return
				}
				next = e.Seq + 1
			}
			if len(part) < auditBatch {
				return
			}
		}
	}
}
