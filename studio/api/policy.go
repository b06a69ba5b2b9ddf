package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// PolicyText are the rules that an admin sets.
type PolicyText struct {
	Revision          int64    `json:"revision" doc:"As it was read; a stale one is a conflict"`
	RetentionDays     int      `json:"retention_days" doc:"After which drafts and rejected pictures are deleted; 0 for never"`
	BlockedWords      []string `json:"blocked_words" nullable:"false" doc:"That no prompt may contain"`
	FourEyes          bool     `json:"four_eyes" doc:"Whoever submits a picture cannot approve it"`
	Watermark         bool     `json:"watermark" doc:"Exported and published pictures carry the invisible one"`
	ExportFormats     []string `json:"export_formats" nullable:"false" doc:"Out of png, jpeg, zip, html"`
	WebhookHosts      []string `json:"webhook_hosts" nullable:"false" doc:"To which webhooks may be sent"`
	GuidelineEnglish  string   `json:"guideline_english"`
	GuidelineJapanese string   `json:"guideline_japanese"`
	GuidelineVersion  int64    `json:"guideline_version" doc:"Raised when users have to acknowledge the text anew; 0 while there is none"`
}

// Policy holds the rules of the whole workspace.
type Policy struct {
	PolicyText
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	UpdatedBy string    `json:"updated_by,omitempty" doc:"User"`
}

func policyOf(p studio.Policy) Policy {
	return Policy{
		PolicyText: PolicyText{
			Revision: p.Revision, RetentionDays: p.RetentionDays, BlockedWords: listed(p.BlockedWords), FourEyes: p.FourEyes,
			Watermark: p.Watermark, ExportFormats: listed(p.ExportFormats), WebhookHosts: listed(p.WebhookHosts),
			GuidelineEnglish: p.GuidelineEnglish, GuidelineJapanese: p.GuidelineJapanese, GuidelineVersion: p.GuidelineVersion,
		},
		UpdatedAt: p.UpdatedAt, UpdatedBy: p.UpdatedBy,
	}
}

func (p PolicyText) asked() studio.Policy {
	return studio.Policy{
		Revision: p.Revision, RetentionDays: p.RetentionDays, BlockedWords: p.BlockedWords, FourEyes: p.FourEyes,
		Watermark: p.Watermark, ExportFormats: p.ExportFormats, WebhookHosts: p.WebhookHosts,
		GuidelineEnglish: p.GuidelineEnglish, GuidelineJapanese: p.GuidelineJapanese, GuidelineVersion: p.GuidelineVersion,
	}
}

type inPolicy struct{ Body PolicyText }

func (s *server) policy() {
	handle(s, operation{
		id: "get-policy", method: http.MethodGet, path: "/policy", tag: tagRules,
		summary: text{"The workspace's rules", "ワークスペースのポリシーを取得"},
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[Policy], error) {
		return reply(policyOf)(s.work.Policy(ctx, actor))
	})
	handle(s, operation{
		id: "update-policy", method: http.MethodPut, path: "/policy", tag: tagRules,
		summary: text{"Change the workspace's rules", "ワークスペースのポリシーを変更"},
	}, func(ctx context.Context, actor workspace.Actor, in *inPolicy) (*answer[Policy], error) {
		return reply(policyOf)(s.work.UpdatePolicy(ctx, actor, in.Body.asked()))
	})
}
