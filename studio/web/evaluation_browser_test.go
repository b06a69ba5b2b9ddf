package web

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestEvaluationBrowser looks at the pages from which drafts are checked and submitted, in a
// real browser: before, while the job runs, and after it with some refused.
func TestEvaluationBrowser(t *testing.T) {
	browser := chromium(t)
	for _, language := range []string{"ja", "en"} {
		t.Run(language, func(t *testing.T) {
			p := &painter{}
			s := runCampaignIn(t, tell(t, open(t, p), language))
			p.look = make(chan struct{})
			look := func(state string, pages map[string]string) {
				for _, width := range []int64{390, 1440} {
					b := s.tab(browser, language, width)
					if width == 390 && state == "before" { // the widths share the browser's cookies
						b.signIn("seisaku@example.com")
					}
					for page, path := range pages {
						b.open(path)
						b.run(chromedp.WaitReady(`main h1`))
						b.look(fmt.Sprintf("evaluation-%s-%s-%s-%d", page, state, language, width))
					}
				}
			}
			look("before", map[string]string{"campaign": s.campaign, "create": s.project + "/create"})
			s.admin.fill(s.admin.get("/admin/policy"), "/admin/policy", "blocked_words", "雪").wants(t, http.StatusOK)
			b := s.tab(browser, language, 1440)
			b.open(s.campaign)
			b.run(chromedp.Click(`button[value=all]`), chromedp.WaitVisible(`.job progress`))
			for range 5 {
				p.look <- struct{}{}
			}
			b.run(chromedp.WaitVisible(`.job progress:not([value="0"])`)) // without another load
			look("running", map[string]string{"campaign": s.campaign, "create": s.project + "/create"})
			close(p.look)
			b.run(chromedp.WaitNotPresent(`#poll`), chromedp.WaitVisible(`button[value=all]`))
			b.look("evaluation-live-" + language)
			refused := s.creator.get(s.project+"/pictures?state=draft&q=雪").linkIn(t, s.project+`/pictures/`+uuid)
			look("after", map[string]string{"campaign": s.campaign, "create": s.project + "/create", "picture": refused, "withdraw": s.source + "/withdraw"})
		})
	}
}

// TestTrialEvaluationBrowser looks at a trial whose pictures are to be submitted, and at one
// whose pictures were.
func TestTrialEvaluationBrowser(t *testing.T) {
	browser := chromium(t)
	s := &trialStory{story: tell(t, open(t, &painter{}), "ja")}
	trial := s.plan(t, "春のカタログ試作", 7)
	s.creator.fill(s.creator.get(trial), trial+"/start").wants(t, http.StatusOK)
	s.quiet(trial)
	for i, state := range []string{"before", "after"} {
		for _, language := range []string{"ja", "en"} {
			s.creator.fill(s.creator.get("/account"), "/language", "language", language).wants(t, http.StatusOK)
			for _, width := range []int64{390, 1440} {
				b := s.tab(browser, language, width)
				if i == 0 && language == "ja" && width == 390 {
					b.signIn("seisaku@example.com")
				}
				b.open(trial)
				b.run(chromedp.WaitReady(`main h1`))
				b.look(fmt.Sprintf("evaluation-trial-%s-%s-%d", state, language, width))
			}
		}
		if i == 0 {
			s.creator.fill(s.creator.get(trial), trial+"/submit").wants(t, http.StatusOK)
			s.quiet(trial)
		}
	}
}
