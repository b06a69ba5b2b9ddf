package web

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/ichimai/ichimai/studio"
)

// trialStory is a story with a trial that was planned, run and decided on, and
// another that is only planned.
type trialStory struct {
	*story
	trial, planned string // addresses
}

// plan fills in the four steps.
func (s *story) plan(t *testing.T, name string, photo int64) string {
	t.Helper()
	b := s.creator
	made := b.fill(b.get(s.project+"/trials/new"), s.project+"/trials", "name", name, "product_line", "オオカミのぬいぐるみ",
		"audience", "春のカタログをご覧のお客様", "goal", "半数以上がそのまま使えること").wants(t, http.StatusOK)
	trial := regexp.MustCompile(s.project + `/trials/` + uuid).FindString(made.path)
	b.get(trial).wants(t, http.StatusOK, "商品の写真") // what it lacks
	photos := b.upload(made, trial+"/photos", "photo", "ookami2.png", pngFile(t, 8)).wants(t, http.StatusUnprocessableEntity)
	if strings.Contains(photos.body, "<script>") {
		t.Error("markup")
	}
	prompts := b.upload(b.get(trial+"/photos"), trial+"/photos", "photo", "ookami.png", pngFile(t, photo),
		"owner", "株式会社いちまい", "licence", "自社で撮影", "confirmed", "yes").wants(t, http.StatusOK)
	baseline := b.fill(prompts, trial+"/prompts", "per_prompt", "2").wants(t, http.StatusOK)
	b.fill(baseline, trial+"/baseline", "cost_per_picture", "abc").wants(t, http.StatusUnprocessableEntity, "abc")
	b.fill(baseline, trial+"/baseline", "cost_per_picture", "３０,０００", "days_per_picture", "10", "baseline_hours", "1.5", "cost_of_hour", "4000",
		"machine_hour_cost", "300", "setup_cost", "500,000", "pictures_per_year", "240").wants(t, http.StatusOK, "36,000円")
	return trial
}

func (s *story) runTrial(t *testing.T, trial string) {
	t.Helper()
	b := s.creator
	b.fill(b.get(trial), trial+"/start").wants(t, http.StatusOK)
	s.until(func() bool { return strings.Contains(b.get(trial+"/now").body, `/submit"`) })
	if strings.Contains(b.get(trial+"/now").body, `id="poll"`) {
		t.Error("the page goes on asking")
	}
	b.get(trial+"/report").wants(t, http.StatusOK, "審査はまだ行われていません")
	b.fill(b.get(trial).wants(t, http.StatusOK, "すべてチェックして提出"), trial+"/submit").wants(t, http.StatusOK)
	s.quiet(trial).wants(t, http.StatusOK, "8枚を審査に提出しました。")
	actor := s.actor(t, "shonin@example.com")
	report, err := s.work.TrialReport(t.Context(), actor, s.id(s.project), s.id(trial))
	must(t, err)
	if report.Trial.State != studio.TrialReviewing || len(report.Pictures) != 8 {
		t.Fatalf("%s, %d pictures", report.Trial.State, len(report.Pictures))
	}
	for i, p := range report.Pictures {
		decision, reason := studio.DecisionApprove, ""
		switch {
		case i == 7:
			continue
		case i%3 == 1:
			decision, reason = studio.DecisionReject, "耳の形が実物と異なります"
		}
		_, _, err := s.work.Decide(t.Context(), actor, s.id(s.project), p.ID, decision, reason)
		must(t, err)
	}
}

func tellTrial(t *testing.T) *trialStory {
	t.Helper()
	s := &trialStory{story: tell(t, open(t, &painter{}), "ja")}
	s.trial = s.plan(t, "春のカタログ試作", 7)
	s.runTrial(t, s.trial)
	s.planned = s.plan(t, "秋のカタログ試作", 11)
	return s
}

// addresses are the trial's pages by their routes.
func (s *trialStory) addresses() map[string]string {
	return map[string]string{
		"/trials": s.project + "/trials", "/trials/new": s.project + "/trials/new", "/trials/{trial}": s.trial,
		"/trials/{trial}/product": s.planned + "/product", "/trials/{trial}/photos": s.planned + "/photos",
		"/trials/{trial}/prompts": s.planned + "/prompts", "/trials/{trial}/baseline": s.planned + "/baseline",
		"/trials/{trial}/report": s.trial + "/report", "/trials/{trial}/planned": s.planned,
	}
}

// TestTrialPages looks at every page of trials in both languages.
func TestTrialPages(t *testing.T) {
	s := tellTrial(t)
	pages := s.addresses()
	for _, m := range registered.FindAllStringSubmatch(string(got[[]byte](t)(os.ReadFile("trial.go"))), -1) {
		if pages[m[2]] == "" && m[2] != "/trials/{trial}/now" {
			t.Errorf("%s is walked by no test", m[2])
		}
	}
	seen := map[string]bool{}
	for _, language := range []string{"ja", "en"} {
		s.admin.fill(s.admin.get("/account"), "/language", "language", language).wants(t, http.StatusOK)
		for route, path := range pages {
			p := s.admin.get(path)
			checkPage(t, p, route, language, true)
			s.follow(t, p, seen)
		}
	}
	if n := strings.Count(s.logged.String(), "level=ERROR"); n > 0 {
		t.Errorf("the log has %d errors:\n%s", n, s.logged)
	}
	t.Run("report", func(t *testing.T) {
		s.creator.get(s.trial+"/report").wants(t, http.StatusOK, "耳の形が実物と異なります", "36,000円", "5枚が承認", "実測（7件）", "仮定", "この方法でできないこと", "8,640,000円", "投資利益率")
	})
	t.Run("delete", func(t *testing.T) {
		if strings.Contains(s.creator.get(s.trial).body, s.trial+"/delete") {
			t.Error("a creator is offered to delete a trial that has started")
		}
		list := s.creator.fill(s.creator.get(s.planned), s.planned+"/delete").wants(t, http.StatusOK, "削除しました")
		if strings.Contains(list.body, s.planned) {
			t.Error("the trial is still listed")
		}
		s.creator.get(s.trial).wants(t, http.StatusOK)
	})
	t.Run("close", func(t *testing.T) {
		closed := s.creator.fill(s.creator.get(s.trial), s.trial+"/close", "conclusion", "本格導入に進みます。").wants(t, http.StatusOK, "本格導入に進みます。", "8枚")
		if !strings.Contains(closed.body, "トライアルは終了しています") {
			t.Error("the report does not say that the trial is closed")
		}
		if p := s.creator.get(s.trial + "/baseline"); p.path != s.trial {
			t.Errorf("a closed trial can be changed at %s", p.path)
		}
	})
}

// TestTrialWithTemplate plans by a template and a concept.
func TestTrialWithTemplate(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	trial := s.plan(t, "型", 7)
	b := s.creator
	photos := b.get(trial + "/photos")
	b.upload(photos, trial+"/photos", "photo", "", nil, "concept", s.id(s.concept)).wants(t, http.StatusOK)
	b.fill(b.get(trial+"/prompts"), trial+"/prompts", "template", s.id(s.template), "rows", "place=山").wants(t, http.StatusOK)
	b.fill(b.get(trial+"/prompts"), trial+"/prompts", "template", s.id(s.template), "rows", "山").wants(t, http.StatusUnprocessableEntity)
	b.get(trial+"/prompts").wants(t, http.StatusOK, "place=山")
	b.fill(b.get(trial), trial+"/start").wants(t, http.StatusOK)
	s.until(func() bool { return strings.Contains(b.get(trial+"/now").body, `/submit"`) })
	b.get(trial).wants(t, http.StatusOK, "山の&lt;オオカミ&gt;、春")
}

func TestAmounts(t *testing.T) {
	ja, en := &visit{lang: japanese}, &visit{lang: english}
	for _, c := range []struct {
		minor    float64
		currency string
		ja, en   string
	}{
		{1234567, "JPY", "1,234,567円", "JPY 1,234,567"}, {-5, "JPY", "−5円", "JPY −5"}, {0, "JPY", "0円", "JPY 0"},
		{123456, "USD", "1,234.56米ドル", "USD 1,234.56"}, {5, "EUR", "0.05ユーロ", "EUR 0.05"},
	} {
		if a, b := ja.money(c.minor, c.currency), en.money(c.minor, c.currency); a != c.ja || b != c.en {
			t.Errorf("%v %s: %q, %q", c.minor, c.currency, a, b)
		}
	}
	for n, want := range map[int64]string{0: "0.00", 5: "0.05", 123456: "1234.56"} {
		if s := amountField(n, "USD"); s != want {
			t.Errorf("%d: %q", n, s)
		}
	}
	for days, want := range map[float64]string{0: "0日", 10: "10日", 1.5: "1.5日", 0.5: "12時間", 0.01: "14.4分", 1e-6: "1分未満"} {
		if s := ja.daysText(days); s != want {
			t.Errorf("%v: %q", days, s)
		}
	}
}

// TestTrialBrowser keeps pictures of the trial's pages, as TestBrowser does.
func TestTrialBrowser(t *testing.T) {
	browser := chromium(t)
	s, signed := tellTrial(t), false
	for _, language := range []string{"ja", "en"} {
		for _, width := range []int64{390, 1440} {
			b := s.tab(browser, language, width)
			if !signed { // the tabs share their cookies
				b.signIn("kanri@example.com")
				signed = true
			}
			s.admin.fill(s.admin.get("/account"), "/language", "language", language).wants(t, http.StatusOK)
			for route, path := range s.addresses() {
				b.open(path)
				name := "trial" + strings.NewReplacer("/trials", "", "/", "-", "{", "", "}", "").Replace(route) + "-" + language + "-" + itoa(width)
				b.look(name)
				b.print(name, width == 1440 && strings.HasSuffix(path, "/report"))
			}
		}
	}
	s.painter.gate = make(chan struct{}) // nothing runs that would look at it
	s.creator.fill(s.creator.get(s.planned), s.planned+"/start").wants(t, http.StatusOK)
	s.painter.gate <- struct{}{}
	for _, width := range []int64{390, 1440} {
		b := s.tab(browser, "ja", width)
		b.open(s.planned)
		b.run(chromedp.WaitVisible("progress[value]"))
		b.look("trial-running-" + itoa(width))
	}
	b := s.tab(browser, "ja", 1440)
	b.open(s.planned)
	close(s.painter.gate)
	b.run(chromedp.WaitVisible("form[action$=submit]"), chromedp.WaitNotPresent("#poll")) // by itself
	b.quiet("running")
}
