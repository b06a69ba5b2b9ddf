package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

var (
	errSignIn  = errorOf(studio.Unauthorised, text{"Please sign in.", "サインインしてください。"})
	errNoPage  = errorOf(studio.NotFound, text{"There is no page at this address.", "このアドレスのページは見つかりません。"})
	errTooMany = errorOf(tooMany, text{"Too many requests at once. Please wait a moment.", "アクセスが集中しています。しばらくしてからもう一度お試しください。"})
)

// tooMany is the code of what only HTTP knows.
const tooMany studio.Code = "too_many"

// statusOf is an error's HTTP status, 200 for none.
func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	if _, limited := workspace.RetryAfter(err); limited {
		return http.StatusTooManyRequests
	}
	switch studio.ErrorCode(err) {
	case studio.Invalid:
		return http.StatusUnprocessableEntity
	case studio.NotFound:
		return http.StatusNotFound
	case studio.Forbidden:
		return http.StatusForbidden
	case studio.Conflict:
		return http.StatusConflict
	case studio.Expired:
		return http.StatusGone
	case studio.TooLarge:
		return http.StatusRequestEntityTooLarge
	case studio.Unauthorised:
		return http.StatusUnauthorized
	case tooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

// fail answers with what went wrong: a page, the way to sign in, or for a part
// of a page a line.
func (v *visit) fail(err error) {
	status := statusOf(err)
	switch {
	case v.ctx().Err() != nil:
		return // nobody reads it
	case status == http.StatusInternalServerError:
		v.server.Log.ErrorContext(v.ctx(), "page failed", "error", err, "route", v.r.Pattern, "request", v.id)
	case status == http.StatusUnauthorized && !v.signedIn():
		v.toSignIn()
		return
	}
	v.failure = err
	if v.fragment() {
		err = v.render(failureNote(v))
	} else {
		err = v.show(problemTitle(status), problem(v, status))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		v.server.Log.ErrorContext(v.ctx(), "page failed", "error", err, "route", v.r.Pattern, "request", v.id)
	}
}

// toSignIn leads to the page for signing in, and from there back here.
func (v *visit) toSignIn() {
	path := "/signin"
	if back := localPath(v.r.URL.RequestURI()); v.r.Method == http.MethodGet && !v.fragment() && back != "/" {
		path += "?next=" + queryEscape(back)
	}
	_ = v.redirect(path, "") // always nil
}

func problemTitle(status int) text {
	switch status {
	case http.StatusNotFound:
		return text{"Not found", "見つかりません"}
	case http.StatusForbidden:
		return text{"Not allowed", "権限がありません"}
	case http.StatusGone:
		return text{"No longer valid", "有効期限切れ"}
	case http.StatusConflict:
		return text{"Not possible now", "現在は実行できません"}
	case http.StatusTooManyRequests:
		return text{"Please wait a moment", "しばらくお待ちください"}
	case http.StatusInternalServerError:
		return text{"Something went wrong", "エラーが発生しました"}
	}
	return text{"Please check what you sent", "入力内容をご確認ください"}
}

// failureText says what was wrong, with the field's name where one is to blame.
func (v *visit) failureText() string {
	message := v.message(v.failure)
	var e *studio.Error
	if !errors.As(v.failure, &e) || e.Field == "" || e.Code == studio.Internal {
		return message
	}
	name, known := fieldNames[e.Field]
	if !known {
		return message
	}
	return v.say(text{"{field}: {message}", "{field}：{message}"}, "field", v.say(name), "message", message)
}

// fieldNames are what the pages call fields of the domain.
var fieldNames = map[string]text{
	"email":              {"E-mail", "メールアドレス"},
	"name":               {"Name", "名前"},
	"title":              {"Title", "タイトル"},
	"password":           {"Password", "パスワード"},
	"prompt":             {"Prompt", "プロンプト"},
	"negative_prompt":    {"Negative prompt", "ネガティブプロンプト"},
	"placeholder":        {"Word in prompts", "プロンプトで使う語"},
	"class_word":         {"Kind of thing", "ものの種類"},
	"reason":             {"Reason", "理由"},
	"withdrawn_why":      {"Reason", "理由"},
	"seed":               {"Seed", "シード"},
	"count":              {"Number of pictures", "枚数"},
	"concept_ids":        {"Concepts", "コンセプト"},
	"source_ids":         {"Photos", "写真"},
	"owner":              {"Owner of the rights", "権利者"},
	"licence":            {"Licence", "ライセンス"},
	"territory":          {"Territory", "利用地域"},
	"expires_at":         {"Expiry", "有効期限"},
	"scopes":             {"Scopes", "スコープ"},
	"role":               {"Role", "役割"},
	"defaults":           {"Defaults", "既定値"},
	"blocked_words":      {"Blocked words", "禁止語"},
	"webhook_hosts":      {"Webhook hosts", "Webhookのホスト"},
	"export_formats":     {"Export formats", "書き出し形式"},
	"retention_days":     {"Retention", "保存期間"},
	"guideline_english":  {"Guideline in English", "ガイドライン（英語）"},
	"guideline_japanese": {"Guideline in Japanese", "ガイドライン（日本語）"},
	"steps":              {"Steps", "ステップ数"},
	"fidelity":           {"Fidelity", "忠実度"},
	"description":        {"Description", "説明"},
}
