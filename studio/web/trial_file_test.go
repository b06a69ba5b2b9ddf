package web

import (
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

// TestReportPage makes the report as one file, in both languages, for who may see
// it.
func TestReportPage(t *testing.T) {
	s := tellTrial(t)
	report := ReportPage(Options{Workspace: s.work})
	actor, project, trial := s.actor(t, "shonin@example.com"), s.id(s.project), s.id(s.trial)
	for language, words := range map[string][]string{
		"ja": {`lang="ja"`, "報告書：春のカタログ試作", "耳の形が実物と異なります", "投資利益率"},
		"en": {`lang="en"`, "Report: 春のカタログ試作", "Return on investment"},
	} {
		page := string(got[[]byte](t)(report(t.Context(), actor, project, trial, language)))
		for _, word := range words {
			if !strings.Contains(page, word) {
				t.Errorf("%s: the report lacks %q", language, word)
			}
		}
		if n := strings.Count(page, `src="data:image/`); n < 9 {
			t.Errorf("%s: %d pictures are in it", language, n)
		}
		for _, bad := range []string{"<script", "<link", "/p/", "href="} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the report needs the studio: %s", language, bad)
			}
		}
	}
	t.Run("ErrOther", func(t *testing.T) {
		if _, err := report(t.Context(), actor, project, s.id(s.project), "en"); studio.ErrorCode(err) != studio.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ErrNobody", func(t *testing.T) {
		nobody := actor
		nobody.User = studio.User{}
		if _, err := report(t.Context(), nobody, project, trial, "en"); studio.ErrorCode(err) != studio.Unauthorised {
			t.Errorf("got %v", err)
		}
	})
}
