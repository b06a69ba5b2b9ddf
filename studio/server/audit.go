package server

import (
	"context"
	"io"

	"github.com/ichimai/ichimai/studio"
)

// VerifyAudit goes through the audit record of the studio in a folder and returns
// its head. It opens the database for reading alone, and may run beside a studio
// that is open. A studio.AuditError names the first entry that was edited,
// removed, inserted or moved. noted, where it is not nil, is the head as it was
// kept elsewhere at some time: the record has to lead through it.
func VerifyAudit(ctx context.Context, folder string, noted *studio.AuditHead) (head studio.AuditHead, err error) {
	err = View(ctx, folder, func(tx studio.Tx) error {
		known, err := tx.AuditHead()
		if err != nil {
			return err
		}
		head, err = studio.VerifyAudit(studio.ThroughHead(studio.ReadAudits(tx), noted), &known)
		return err
	})
	return head, err
}

// ExportAudit writes the audit record of the studio in a folder as JSON lines (see
// studio.WriteAudit) and returns its head. It reads as VerifyAudit does, and does
// not verify. An error may leave a part written.
func ExportAudit(ctx context.Context, folder string, to io.Writer) (head studio.AuditHead, err error) {
	err = View(ctx, folder, func(tx studio.Tx) error {
		head, err = studio.WriteAudit(to, studio.ReadAudits(tx))
		return err
	})
	return head, err
}
