package workspace

import (
	"context"

	"github.com/ichimai/ichimai/studio"
)

// Policy returns the workspace's rules, which everybody may see.
func (w *Workspace) Policy(ctx context.Context, actor Actor) (policy studio.Policy, err error) {
	err = w.view(ctx, actor, "", mayAsk, func(c *call) error {
		policy, err = c.Tx.Policy()
		return err
	})
	return policy, err
}

// UpdatePolicy sets the rules. p's Revision is that of the policy as it was read,
// 0 for whatever it is. GuidelineVersion is not the caller's: it is raised when
// a text changes, and everybody then has to accept it anew.
func (w *Workspace) UpdatePolicy(ctx context.Context, actor Actor, p studio.Policy) (studio.Policy, error) {
	err := w.update(ctx, actor, "", mayAdminister, func(c *call) error {
		before, err := c.Tx.Policy()
		if err != nil {
			return err
		}
		if err := asRead(p.Revision, before.Revision); err != nil {
			return err
		}
		p.Revision, p.UpdatedAt, p.UpdatedBy = before.Revision, before.UpdatedAt, c.actor.User.ID
		p.GuidelineVersion = before.GuidelineVersion
		if p.GuidelineEnglish != before.GuidelineEnglish || p.GuidelineJapanese != before.GuidelineJapanese {
			p.GuidelineVersion++
		}
		if err := c.Tx.UpdatePolicy(&p); err != nil {
			return err
		}
		return c.note(Changed, "policy.update", "", fields{
			"retention_days": p.RetentionDays, "blocked_words": p.BlockedWords, "four_eyes": p.FourEyes, "watermark": p.Watermark,
			"export_formats": p.ExportFormats, "webhook_hosts": p.WebhookHosts, "guideline_version": p.GuidelineVersion,
		})
	})
	if err != nil {
		return studio.Policy{}, err
	}
	return p, nil
}
