package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// AuditEntry records one action.
type AuditEntry struct {
	Seq          int64     `json:"seq" doc:"From 1, without gaps"`
	At           time.Time `json:"at"`
	Actor        string    `json:"actor" doc:"Id of the user, or system"`
	ProjectID    string    `json:"project_id,omitempty" doc:"Absent for the workspace"`
	Action       string    `json:"action"`
	Object       string    `json:"object" doc:"Id of what it was done to"`
	Detail       Object    `json:"detail,omitempty"`
	PreviousHash string    `json:"previous_hash"`
	Hash         string    `json:"hash"`
}

func auditOf(e studio.AuditEntry) AuditEntry {
	return AuditEntry{
		Seq: e.Seq, At: e.At, Actor: e.Actor, ProjectID: e.ProjectID, Action: e.Action, Object: e.Object,
		Detail: Object(e.Detail), PreviousHash: e.PreviousHash, Hash: e.Hash,
	}
}

// AuditHead is the last entry's number and hash.
type AuditHead struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

func headOf(h studio.AuditHead) AuditHead { return AuditHead(h) }

type inAudit struct {
	Paged
	Project string `query:"project" maxLength:"64"`
	Actor   string `query:"actor" maxLength:"64" doc:"Id of a user, or system"`
	Action  string `query:"action" maxLength:"200" doc:"Such as picture.approve"`
	Object  string `query:"object" maxLength:"200"`
}

func (s *server) audit() {
	handle(s, operation{
		id: "list-audit", method: http.MethodGet, path: "/audit", tag: tagRules,
		summary: text{"What was done, newest first", "監査記録の一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *inAudit) (*listing[AuditEntry], error) {
		filter := studio.AuditFilter{ProjectID: in.Project, Actor: in.Actor, Action: in.Action, Object: in.Object}
		return replyList(ctx, auditOf)(s.work.Audit(ctx, actor, filter, in.page()))
	})
	handle(s, operation{
		id: "export-audit", method: http.MethodGet, path: "/audit/export", tag: tagRules,
		summary: text{"Download the audit record", "監査記録をダウンロード"}, stream: true, produces: "application/x-ndjson",
		detail: "JSON lines, oldest first.",
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*stream, error) {
		return s.produce(ctx, "application/x-ndjson", "audit.jsonl", func(w io.Writer) error {
			_, err := s.work.ExportAudit(ctx, actor, w)
			return err
		})
	})
	handle(s, operation{
		id: "verify-audit", method: http.MethodGet, path: "/audit/verification", tag: tagRules,
		summary: text{"Verify the audit record", "監査記録を検証"}, timeout: 5 * time.Minute,
		detail: "A conflict names the first entry that was changed, removed or moved.",
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[AuditHead], error) {
		return reply(headOf)(s.work.VerifyAudit(ctx, actor))
	})
}
