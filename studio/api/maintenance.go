package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Status is how the workspace stands.
type Status struct {
	Projects  int                           `json:"projects"`
	Users     int                           `json:"users"`
	Jobs      map[studio.JobState]int       `json:"jobs" doc:"Queued and running"`
	Pictures  map[studio.PictureState]int64 `json:"pictures" doc:"Of all projects"`
	Files     int                           `json:"files"`
	FileBytes int64                         `json:"file_bytes"`
	FreeBytes int64                         `json:"free_bytes" doc:"-1 where that is not known"`
	AuditSeq  int64                         `json:"audit_seq"`
}

func statusOf(s workspace.Status) Status { return Status(s) }

// Swept says what was removed.
type Swept struct {
	Pictures    int   `json:"pictures" doc:"Drafts and rejected ones past the policy's retention"`
	Sessions    int   `json:"sessions" doc:"That had expired"`
	Idempotency int   `json:"idempotency" doc:"Answers that were kept for repeats"`
	Files       int   `json:"files" doc:"That nothing refers to"`
	FileBytes   int64 `json:"file_bytes"`
}

func (s *server) maintenance() {
	handle(s, operation{
		id: "get-status", method: http.MethodGet, path: "/status", tag: tagRules,
		summary: text{"How the workspace stands", "ワークスペースの状態を取得"},
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[Status], error) {
		return reply(statusOf)(s.work.Status(ctx, actor))
	})
	handle(s, operation{
		id: "sweep", method: http.MethodPost, path: "/sweep", tag: tagRules,
		summary: text{"Remove what is past its time", "保存期間を過ぎたデータを削除"}, timeout: 5 * time.Minute,
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[Swept], error) {
		return reply(sweptOf)(s.work.Sweep(ctx, actor))
	})
	handle(s, operation{
		id: "backup", method: http.MethodGet, path: "/backup", tag: tagRules,
		summary: text{"Download a backup of the whole workspace", "ワークスペース全体のバックアップをダウンロード"},
		detail:  "A tar archive.", stream: true, produces: "application/x-tar",
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*stream, error) {
		name := "ichimai-studio-" + s.Clock().Format("20060102-150405") + ".tar"
		return s.produce(ctx, "application/x-tar", name, func(w io.Writer) error { return s.work.Backup(ctx, actor, w) })
	})
}

func sweptOf(s workspace.Swept) Swept {
	return Swept{
		Pictures: s.Pictures, Sessions: s.Sessions, Idempotency: s.Idempotency,
		Files: s.Files.Blobs + s.Files.Incoming, FileBytes: s.Files.Bytes,
	}
}
