package api

import (
	"context"
	"io"
	"net/http"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// ReportPage makes the report on a trial as one HTML file in a language, with
// pictures and styles in it. It asks the workspace for what it shows, in the name
// of the actor.
type ReportPage func(ctx context.Context, actor workspace.Actor, project, trial, language string) ([]byte, error)

var noPages = text{"this studio has no pages to make a report of; use the report as JSON", "このスタジオでは報告書のページを作成できません。JSON形式の報告を使用してください。"}

func (s *server) reportPages() {
	handle(s, operation{
		id: "trial-report-page", method: http.MethodGet, path: "/projects/{project}/trials/{id}/report.html", tag: tagTrials,
		summary: text{"Download the report on a trial, to show and to print", "トライアルの報告書をダウンロード（閲覧・印刷用）"},
		detail:  "One HTML file with its pictures in it, in the language of Accept-Language.", stream: true, produces: "text/html",
	}, func(ctx context.Context, actor workspace.Actor, in *InProjectItem) (*stream, error) {
		if s.Report == nil {
			return nil, noPages.error(studio.Conflict)
		}
		page, err := s.Report(ctx, actor, in.Project, in.ID, languageOf(visitOf(ctx).request))
		if err != nil {
			return nil, err
		}
		return s.produce(ctx, "text/html; charset=utf-8", "trial-"+in.ID+".html", func(w io.Writer) error {
			_, err := w.Write(page)
			return err
		})
	})
}
