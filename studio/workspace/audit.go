package workspace

import (
	"context"
	"io"

	"github.com/ichimai/ichimai/studio"
)

// Audit lists what was done, the latest first. With the filter's ProjectID it
// takes an admin of that project, without one an admin of the workspace.
func (w *Workspace) Audit(ctx context.Context, actor Actor, filter studio.AuditFilter, page studio.Page) (list studio.List[studio.AuditEntry], err error) {
	err = w.view(ctx, actor, filter.ProjectID, managing(filter.ProjectID), func(c *call) error {
		list, err = c.ListAudit(filter, page)
		return err
	})
	return list, err
}

// ExportAudit writes the whole record as JSON lines (see studio.WriteAudit) and
// returns its head. An error may leave a part written.
func (w *Workspace) ExportAudit(ctx context.Context, actor Actor, to io.Writer) (head studio.AuditHead, err error) {
	err = w.view(ctx, actor, "", mayMaintain, func(c *call) error {
		head, err = studio.WriteAudit(to, studio.ReadAudits(c.Tx))
		return err
	})
	return head, err
}

// VerifyAudit goes through the whole record and returns its head. A
// studio.AuditError names the first entry that was edited, removed, inserted or
// moved.
func (w *Workspace) VerifyAudit(ctx context.Context, actor Actor) (head studio.AuditHead, err error) {
	err = w.view(ctx, actor, "", mayMaintain, func(c *call) error {
		known, err := c.AuditHead()
		if err != nil {
			return err
		}
		head, err = studio.VerifyAudit(studio.ReadAudits(c.Tx), &known)
		return err
	})
	return head, err
}
