package studio

import (
	"fmt"
	"iter"
)

// AuditFault is how an audit record is not what was written.
type AuditFault string

// Faults of an audit record.
const (
	AuditEdited    AuditFault = "edited"    // the entry says something else than it did
	AuditRemoved   AuditFault = "removed"   // an entry that was here is gone
	AuditMoved     AuditFault = "moved"     // the entry that was here is in another place
	AuditInserted  AuditFault = "inserted"  // an entry is here that was not
	AuditRewritten AuditFault = "rewritten" // the entries agree with each other, but not with the head that was recorded apart
)

// AuditFaults lists all faults.
func AuditFaults() []AuditFault {
	return []AuditFault{AuditEdited, AuditRemoved, AuditMoved, AuditInserted, AuditRewritten}
}

// AuditError says where an audit record is not what was written.
type AuditError struct {
	Seq    int64 // of the first entry that is wrong, or whose place is
	Fault  AuditFault
	Reason string // in English
}

// Error says which entry, and what is wrong with it.
func (e *AuditError) Error() string {
	return fmt.Sprintf("audit entry %d was %s: %s", e.Seq, e.Fault, e.Reason)
}

// VerifyAudit reads entries from the first to the last and returns an
// *AuditError for the first that was edited, or at whose place one was removed,
// inserted or moved. It returns the head that the entries lead to, up to there.
//
// With head, which was recorded apart from the entries, it also finds a tail
// that was cut off or rewritten; nil leaves that open. An error of the iterator
// is returned as it is.
//
// The hashes have no key: whoever can rewrite the entries and every record of
// the head can make a new chain. Keep the head where that person cannot write.
func VerifyAudit(entries iter.Seq2[AuditEntry, error], head *AuditHead) (AuditHead, error) {
	at := AuditHead{Hash: AuditGenesis}
	var fault *AuditError
	for e, err := range entries {
		switch {
		case err != nil && fault != nil:
			return at, fault
		case err != nil:
			return at, err
		case fault != nil: // the entry that belongs there may come later
			if fault.Fault == AuditRemoved && at.belongs(&e) {
				fault.Fault, fault.Reason = AuditMoved, fmt.Sprintf("it stands behind, as number %d", e.Seq)
			}
			continue
		}
		next, wrong := at.follow(&e)
		if fault = wrong; fault != nil {
			continue
		}
		if at = next; head != nil && at.Seq == head.Seq && at.Hash != head.Hash {
			return at, errRewritten(at.Seq)
		}
	}
	if fault != nil {
		return at, fault
	}
	return at, at.reach(head)
}

func errRewritten(seq int64) *AuditError {
	return &AuditError{seq, AuditRewritten, "its hash is not the one that was recorded apart"}
}

// belongs reports whether e is the entry behind the head, whatever its number
// says.
func (h AuditHead) belongs(e *AuditEntry) bool {
	own := *e
	own.Seq = h.Seq + 1
	return own.PreviousHash == h.Hash && own.Hash == own.Sum()
}

// follow checks that e is the entry behind the head, and returns its own.
func (h AuditHead) follow(e *AuditEntry) (AuditHead, *AuditError) {
	seq := h.Seq + 1
	wrong := func(fault AuditFault, reason string, args ...any) (AuditHead, *AuditError) {
		return h, &AuditError{seq, fault, fmt.Sprintf(reason, args...)}
	}
	switch {
	case e.Seq != seq && h.belongs(e):
		return wrong(AuditEdited, "its number was changed to %d", e.Seq)
	case e.Seq > seq:
		return wrong(AuditRemoved, "entry %d is in its place", e.Seq)
	case e.Seq < seq:
		return wrong(AuditInserted, "entry %d is in its place", e.Seq)
	case e.PreviousHash != h.Hash && e.renumbered():
		return wrong(AuditRemoved, "a later entry has its number")
	case e.PreviousHash != h.Hash:
		return wrong(AuditEdited, "it does not follow the entry before it: one of the two was changed")
	case e.Hash != e.Sum():
		return wrong(AuditEdited, "its hash does not match what it says")
	case !e.At.Equal(Time(e.At)):
		return wrong(AuditEdited, "its time has more than milliseconds")
	}
	return AuditHead{Seq: seq, Hash: e.Hash}, nil
}

// maxRenumbered is how many places an entry is looked for from where it was.
const maxRenumbered = 100

// renumbered reports whether an entry is whole but for its number, which was a
// higher one: those before it were removed, and it was moved up.
func (e *AuditEntry) renumbered() bool {
	own := *e
	for own.Seq++; own.Seq <= e.Seq+maxRenumbered; own.Seq++ {
		if own.Hash == own.Sum() {
			return true
		}
	}
	return false
}

// ThroughHead yields entries, and an *AuditError where they do not lead through a
// head that was noted at some time: at its entry, or at their end where they do
// not reach it. Without a head, nil, it yields them as they are.
func ThroughHead(entries iter.Seq2[AuditEntry, error], noted *AuditHead) iter.Seq2[AuditEntry, error] {
	if noted == nil {
		return entries
	}
	return func(yield func(AuditEntry, error) bool) {
		at := AuditHead{Hash: AuditGenesis}
		for e, err := range entries {
			if err == nil {
				at = AuditHead{Seq: e.Seq, Hash: e.Hash}
				if at.Seq == noted.Seq && at.Hash != noted.Hash {
					err = errRewritten(at.Seq)
				}
			}
			if !yield(e, err) {
				return
			}
		}
		if at.Seq < noted.Seq {
			yield(AuditEntry{}, at.reach(noted))
		}
	}
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
