package sqlite

import "github.com/ichimai/ichimai/studio"

// createFirstPolicy writes the default one where there is none.
func (t *tx) createFirstPolicy() error {
	p := studio.DefaultPolicy()
	return ofPolicy.fail("create", t.q.createPolicy(t.ctx, createPolicyParams{
		Revision: 1, UpdatedAt: t.now, RetentionDays: p.RetentionDays, BlockedWords: textList{p.BlockedWords},
		FourEyes: p.FourEyes, Watermark: p.Watermark, ExportFormats: textList{p.ExportFormats},
		WebhookHosts: textList{p.WebhookHosts},
	}))
}

// Policy is studio.Policies's.
func (t *tx) Policy() (studio.Policy, error) {
	r, err := t.q.getPolicy(t.ctx)
	return studio.Policy{
		Revision: r.Revision, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, RetentionDays: r.RetentionDays,
		BlockedWords: r.BlockedWords.V, FourEyes: r.FourEyes, Watermark: r.Watermark,
		ExportFormats: r.ExportFormats.V, WebhookHosts: r.WebhookHosts.V,
		GuidelineEnglish: r.GuidelineEnglish, GuidelineJapanese: r.GuidelineJapanese, GuidelineVersion: r.GuidelineVersion,
	}, ofPolicy.fail("read", err)
}

// UpdatePolicy is studio.Policies's.
func (t *tx) UpdatePolicy(p *studio.Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n, err := t.q.updatePolicy(t.ctx, updatePolicyParams{
		UpdatedAt: t.now, UpdatedBy: p.UpdatedBy, RetentionDays: p.RetentionDays, BlockedWords: textList{p.BlockedWords},
		FourEyes: p.FourEyes, Watermark: p.Watermark, ExportFormats: textList{p.ExportFormats},
		WebhookHosts: textList{p.WebhookHosts}, GuidelineEnglish: p.GuidelineEnglish,
		GuidelineJapanese: p.GuidelineJapanese, GuidelineVersion: p.GuidelineVersion, Revision: p.Revision,
	})
	return t.revised(ofPolicy, n, err, &p.Revision, &p.UpdatedAt, func() error { return nil })
}
