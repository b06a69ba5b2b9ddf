package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/api"
)

// TestCheckAll has the drafts of a campaign checked, of which a word has been blocked
// since: those stay drafts and say why.
func TestCheckAll(t *testing.T) {
	s := runCampaign(t, "ja")
	s.admin.fill(s.admin.get("/admin/policy"), "/admin/policy", "blocked_words", "雪").wants(t, http.StatusOK)
	b := s.creator
	before := b.get(s.campaign).wants(t, http.StatusOK, "すべてチェックして提出", "下書き24枚が対象です。")
	b.fill(before, s.campaign+"/submit", "what", "all").wants(t, http.StatusOK, "チェックを開始しました", "24枚をチェックして提出")
	after := s.quiet(s.campaign).wants(t, http.StatusOK, "合格18枚、不合格6枚。", "18枚を審査に提出しました。", "禁止語", "下書き6枚が対象です。")
	if strings.Contains(after.body, "対象外") {
		t.Error("some were left out")
	}
	drafts := b.get(s.project+"/pictures?state=draft&q=雪").wants(t, http.StatusOK)
	picture := drafts.linkIn(t, s.project+`/pictures/`+uuid)
	b.get(picture).wants(t, http.StatusOK, "プロンプトに「雪」が含まれています。")
	t.Run("English", func(t *testing.T) {
		b.fill(b.get("/account"), "/language", "language", "en").wants(t, http.StatusOK)
		b.get(s.campaign).wants(t, http.StatusOK, "18 passed, 6 refused. 18 were submitted for review.", "Check and submit all", "6 drafts.", "Check and submit 24 pictures", "Blocked words")
		b.get(picture).wants(t, http.StatusOK, "The prompt contains 雪.")
	})
	t.Run("ErrNoDrafts", func(t *testing.T) { // allowed again, submitted, and then none is left
		s.admin.fill(s.admin.get("/admin/policy"), "/admin/policy", "blocked_words", "").wants(t, http.StatusOK)
		form := b.get(s.campaign)
		b.fill(form, s.campaign+"/submit", "what", "all").wants(t, http.StatusOK)
		if done := s.quiet(s.campaign); strings.Contains(done.body, "Check and submit all") {
			t.Error("the button is there without drafts")
		}
		b.fill(form, s.campaign+"/submit", "what", "all").wants(t, http.StatusConflict, "no drafts")
	})
}

// TestCheckDrawn submits what the page for drawing shows, of which one has passed on since.
func TestCheckDrawn(t *testing.T) {
	s := tell(t, open(t, &painter{}), "en")
	b, at := s.creator, s.project+"/create"
	p := s.quiet(at).wants(t, http.StatusOK, "Check and submit all")
	form, _ := p.form(t, at+"/check")
	if len(form["picture"]) < 2 {
		t.Fatalf("%d drafts are offered", len(form["picture"]))
	}
	others := s.approver.get(at).wants(t, http.StatusOK)
	if strings.Contains(others.body, "/create/check") {
		t.Error("somebody else's drafts are offered")
	}
	b.fill(p, at+"/check").wants(t, http.StatusOK, "The checks have begun")
	s.quiet(at).wants(t, http.StatusOK, " were submitted for review.")
	b.post(at+"/check", form).wants(t, http.StatusConflict, "cannot be submitted")
	form.Del("picture")
	b.post(at+"/check", form).wants(t, http.StatusUnprocessableEntity, "name pictures")
}

// TestCheckingLine says what a job that checks has found, in both languages.
func TestCheckingLine(t *testing.T) {
	j := &studio.Job{Kind: studio.JobEvaluate, State: studio.JobRunning, Params: []byte(`{"pictures":["a"],"submit":true}`),
		Progress: studio.Progress{Step: 3, Steps: 9, Rate: 0.5, Left: 12 * time.Second}}
	ja, en := &visit{lang: japanese}, &visit{lang: english}
	if a, b := ja.jobTitle(j), en.jobTitle(j); a != "1枚をチェックして提出" || b != "Check and submit 1 picture" {
		t.Errorf("called %q and %q", a, b)
	}
	if a, b := ja.progressText(j), en.progressText(j); a != "9枚中3枚 · 残り約12秒" || b != "3 of 9 pictures · about 12 s left" {
		t.Errorf("progress %q and %q", a, b)
	}
	if lines := en.evaluationSays(j); lines != nil {
		t.Errorf("before anything is known: %q", lines)
	}
	j.Result = []byte(`{"passed":1,"warned":1,"left_out":2,"submitted":1,"outcomes":{"a":"passed"},"reasons":[{"count":2,"why":{"en":"gone","ja":"ありません。"}}]}`)
	if lines := strings.Join(en.evaluationSays(j), "|"); lines != "1 passed, 1 with a warning, 2 left out. 1 was submitted for review.|Left out (2): gone" {
		t.Errorf("it says %q", lines)
	}
	if lines := strings.Join(ja.evaluationSays(j), "|"); lines != "合格1枚、警告あり1枚、対象外2枚。1枚を審査に提出しました。|対象外（2枚）：ありません。" {
		t.Errorf("it says %q", lines)
	}
}

// TestKeptPictures has a mark protected between the approval and the export: the job names
// the picture, and the campaign's page packs the others.
func TestKeptPictures(t *testing.T) {
	s := runCampaign(t, "ja")
	s.submitAndApprove(t)
	b := s.creator
	s.admin.upload(s.admin.get("/admin/policy"), "/admin/policy/marks", "mark", "x.png", pngFile(t, 5), "mark_name", "円").wants(t, http.StatusOK)
	b.fill(b.get(s.campaign), s.campaign+"/export", "format", "zip").wants(t, http.StatusOK)
	s.quiet(s.campaign).wants(t, http.StatusOK, "保護対象のマークが写っている画像があります：第", "（円）", "承認者が理由を添えて許可するまで書き出せない画像があります")
}

// TestManyBehindOneAddress has people behind one address ask as often as each may, while
// those who are not signed in share a limit.
func TestManyBehindOneAddress(t *testing.T) {
	s := tell(t, open(t, &painter{}), "en")
	handler := Handler(Options{Workspace: s.work, Zone: time.UTC, PerHost: api.Rate{PerSecond: 0.01, Burst: 2}, PerUser: api.Rate{PerSecond: 0.01, Burst: 5}})
	people := []string{"kanri@example.com", "seisaku@example.com", "shonin@example.com"}
	ask := func(secret string) int {
		r := httptest.NewRequest(http.MethodGet, "/guideline", nil)
		r.RemoteAddr = "192.0.2.9:1234"
		r.AddCookie(&http.Cookie{Name: api.SessionCookie, Value: secret})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, email := range people {
		secret, _, err := s.work.SignIn(t.Context(), email, password, "test", "192.0.2.9")
		must(t, err)
		for i := range 6 {
			if code, want := ask(secret), map[bool]int{true: http.StatusTooManyRequests, false: http.StatusOK}[i == 5]; code != want {
				t.Errorf("request %d of %s: status %d", i+1, email, code)
			}
		}
	}
	for i, secret := range []string{"", "none", ""} { // a session that is none is nobody's
		if code, limited := ask(secret), i == 2; (code == http.StatusTooManyRequests) != limited {
			t.Errorf("request %d of nobody: status %d", i+1, code)
		}
	}
}
