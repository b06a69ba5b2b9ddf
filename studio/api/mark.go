package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// Mark is a mark that no published picture may show unless an approver allows it.
type Mark struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by,omitempty" doc:"User"`
	Name      string    `json:"name"`
	Owner     string    `json:"owner" doc:"Whose it is"`
	Reason    string    `json:"reason" doc:"Why it is protected"`
	Size      int64     `json:"size" doc:"Bytes of its picture"`
	Width     int       `json:"width" doc:"Pixels"`
	Height    int       `json:"height" doc:"Pixels"`
	Hash      string    `json:"hash" doc:"Perceptual hash (DCT, 64 bits) in hexadecimal"`
}

func markOf(m studio.Mark) Mark {
	return Mark{
		ID: m.ID, CreatedAt: m.CreatedAt, CreatedBy: m.CreatedBy, Name: m.Name, Owner: m.Owner, Reason: m.Reason,
		Size: m.Size, Width: m.Width, Height: m.Height, Hash: m.Hash,
	}
}

// markForm are the fields of a new mark.
var markForm = []formField{
	{name: "file", doc: "A picture of the mark alone: JPEG, PNG, WebP, AVIF, TIFF, BMP or GIF; its plain border is cut away", file: true},
	{name: "name", doc: "What people know it by"},
	{name: "owner", doc: "Whose it is"},
	{name: "reason", doc: "Why it is protected"},
}

type inMark struct {
	ID string `path:"id" maxLength:"64" doc:"Id"`
}

func (s *server) marks() {
	handle(s, operation{
		id: "list-marks", method: http.MethodGet, path: "/policy/marks", tag: tagRules,
		summary: text{"List protected marks", "保護対象マークの一覧"},
	}, func(ctx context.Context, actor workspace.Actor, in *Paged) (*listing[Mark], error) {
		return replyList(ctx, markOf)(s.work.Marks(ctx, actor, in.page()))
	})
	handle(s, operation{
		id: "add-mark", method: http.MethodPost, path: "/policy/marks", tag: tagRules, status: http.StatusCreated,
		summary: text{"Protect a mark", "保護対象マークを追加"}, form: markForm, maxBody: s.uploadBody(), timeout: uploadTimeout,
		detail: "Pictures are compared with it when they are submitted, approved and published. One that shows it is approved and published only after override-marks.",
	}, func(ctx context.Context, actor workspace.Actor, _ *struct{}) (*answer[Mark], error) {
		f, err := readForm(visitOf(ctx).request, markForm)
		if err != nil {
			return nil, err
		}
		defer s.closeForm(ctx, f)
		file, err := f.reader()
		if err != nil {
			return nil, err
		}
		return reply(markOf)(s.work.AddMark(ctx, actor, workspace.NewMark{
			Name: f.values["name"], Owner: f.values["owner"], Reason: f.values["reason"], File: file,
		}))
	})
	handle(s, operation{
		id: "get-mark", method: http.MethodGet, path: "/policy/marks/{id}", tag: tagRules,
		summary: text{"Get a protected mark", "保護対象マークを取得"},
	}, func(ctx context.Context, actor workspace.Actor, in *inMark) (*answer[Mark], error) {
		return reply(markOf)(s.work.Mark(ctx, actor, in.ID))
	})
	handle(s, operation{
		id: "get-mark-file", method: http.MethodGet, path: "/policy/marks/{id}/file", tag: tagRules,
		summary: text{"Download the picture of a protected mark", "保護対象マークの画像をダウンロード"}, stream: true, produces: "image/png",
	}, func(ctx context.Context, actor workspace.Actor, in *inMark) (*stream, error) {
		file, m, err := s.work.OpenMark(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		return s.download(ctx, file, "image/png", m.Blob, fileName(m.Blob, "image/png")), nil
	})
	handle(s, operation{
		id: "remove-mark", method: http.MethodDelete, path: "/policy/marks/{id}", tag: tagRules,
		summary: text{"No longer protect a mark", "保護対象マークを削除"},
	}, func(ctx context.Context, actor workspace.Actor, in *inMark) (*nothing, error) {
		return done(s.work.RemoveMark(ctx, actor, in.ID))
	})
}
