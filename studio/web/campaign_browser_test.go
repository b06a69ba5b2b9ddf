package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestCampaignBrowser looks at the campaign's pages in a real browser, in both
// languages and at a phone's and a desk's width, and at what they print.
func TestCampaignBrowser(t *testing.T) {
	browser := chromium(t)
	for _, language := range []string{"ja", "en"} {
		s := runCampaign(t, language)
		s.submitAndApprove(t)
		for _, width := range []int64{390, 1440} {
			t.Run(fmt.Sprintf("%s-%d", language, width), func(t *testing.T) {
				b := s.tab(browser, language, width)
				if width == 390 { // the widths share the browser's cookies
					b.signIn("seisaku@example.com")
				}
				name := func(page string) string { return fmt.Sprintf("campaign-%s-%s-%d", page, language, width) }
				for _, page := range []string{"", "/contact", "/catalogue"} {
					b.open(s.campaign + page)
					b.run(chromedp.WaitReady(`main h1`))
					b.look(name("batch" + strings.ReplaceAll(page, "/", "-")))
					b.print(name("batch"+strings.ReplaceAll(page, "/", "-")), page != "")
				}
				b.open(s.project + "/campaign?template=" + s.id(s.template))
				b.look(name("new"))
				file := filepath.Join(t.TempDir(), "customers.csv")
				must(t, os.WriteFile(file, shops(t, 8), 0o600))
				b.run(chromedp.SetUploadFiles(`input[name=file]`, []string{file}), chromedp.Click(`button.primary`), chromedp.WaitVisible(`.matching`))
				b.look(name("plan"))
			})
		}
		s.wrongPlan(t, browser, language)
	}
}

// wrongPlan looks at a dry run that found something.
func (s *campaignStory) wrongPlan(t *testing.T, browser context.Context, language string) {
	t.Helper()
	rules := s.admin.get("/admin/policy")
	s.admin.fill(rules, "/admin/policy", "blocked_words", "競合社").wants(t, 200)
	b := s.tab(browser, language, 1440)
	b.open(s.project + "/campaign?template=" + s.id(s.template))
	file := filepath.Join(t.TempDir(), "customers.csv")
	must(t, os.WriteFile(file, []byte("顧客名,場所,季節\n第1号店,山,春\n第2号店,競合社の前,\n第3号店,,秋\n"), 0o600))
	b.run(chromedp.SetUploadFiles(`input[name=file]`, []string{file}), chromedp.Click(`button.primary`), chromedp.WaitVisible(`.row-notes`))
	b.look("campaign-wrong-" + language + "-1440")
}

// print keeps what the page prints, where somebody wants to see it.
func (b *tab) print(name string, wanted bool) {
	b.t.Helper()
	folder := os.Getenv(envShots)
	if folder == "" || !wanted {
		return
	}
	pdf := ask(b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
	must(b.t, os.WriteFile(filepath.Join(folder, name+".pdf"), pdf, 0o600))
}
