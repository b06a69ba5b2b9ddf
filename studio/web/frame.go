package web

import (
	"net/url"
	"strings"

	"github.com/ichimai/ichimai/studio"
)

// section is a place of the navigation.
type section string

const (
	sectionOverview  section = "overview"
	sectionStart     section = "start"
	sectionPhotos    section = "photos"
	sectionConcepts  section = "concepts"
	sectionCreate    section = "create"
	sectionPictures  section = "pictures"
	sectionReview    section = "review"
	sectionKnowledge section = "knowledge"
	sectionMembers   section = "members"
	sectionPeople    section = "people"
	sectionPolicy    section = "policy"
	sectionAudit     section = "audit"
	sectionStatus    section = "status"
)

// destination is a link of the navigation.
type destination struct {
	section section
	path    string
	icon    string
	name    string
	count   int // beside the name, where there is something to do
}

// destinations are the pages of the project, or else of the workspace, that the
// visitor has a use for.
func (v *visit) destinations() []destination {
	if v.project.ID == "" {
		return v.workspaceDestinations()
	}
	all := []destination{{sectionOverview, v.path(), "home", v.say(text{"Overview", "概要"}), 0}}
	if v.role.CanCreate() && !v.project.Archived() {
		all = append(all,
			destination{sectionStart, v.path("start"), "spark", v.say(text{"Start", "はじめる"}), 0},
			destination{sectionCreate, v.path("create"), "brush", v.say(text{"Create", "つくる"}), 0})
	}
	return append(all,
		destination{sectionCampaign, v.path("campaign"), "list", v.say(text{"Campaign", "キャンペーン"}), 0},
		destination{sectionPictures, v.path("pictures"), "pictures", v.say(text{"Pictures", "画像"}), 0},
		destination{sectionConcepts, v.path("concepts"), "cube", v.say(text{"Concepts", "コンセプト"}), 0},
		destination{sectionPhotos, v.path("photos"), "photo", v.say(text{"Photos and rights", "写真と権利"}), 0},
		destination{sectionReview, v.path("review"), "check", v.say(text{"Review", "審査"}), v.waiting},
		destination{sectionKnowledge, v.path("knowledge"), "book", v.say(text{"Knowledge", "ナレッジ"}), 0},
		destination{sectionTrials, v.path("trials"), "chart", v.say(text{"Trials", "トライアル"}), 0},
		destination{sectionMembers, v.path("members"), "people", v.say(text{"Members", "メンバー"}), 0},
	)
}

func (v *visit) workspaceDestinations() []destination {
	all := []destination{{"projects", "/projects", "home", v.say(text{"Projects", "プロジェクト"}), 0}}
	if v.actor.User.Admin {
		all = append(all,
			destination{sectionPeople, "/admin/people", "people", v.say(text{"People", "ユーザー"}), 0},
			destination{sectionPolicy, "/admin/policy", "shield", v.say(text{"Rules", "ポリシー"}), 0},
			destination{sectionAudit, "/admin/audit", "list", v.say(text{"Audit", "監査ログ"}), 0},
			destination{sectionStatus, "/admin/status", "pulse", v.say(text{"Status", "稼働状況"}), 0})
	}
	return append(all, destination{"account", "/account", "user", v.say(text{"Account", "アカウント"}), 0})
}

// heading is the page's title in the window.
func (v *visit) heading() string {
	parts := []string{v.title}
	if v.project.Name != "" {
		parts = append(parts, v.project.Name)
	}
	return strings.Join(append(parts, "Ichimai Studio"), " · ")
}

// other is the language to switch to.
func (v *visit) other() (lang, string) {
	if v.lang == japanese {
		return english, "English"
	}
	return japanese, "日本語"
}

func queryEscape(s string) string { return url.QueryEscape(s) }

// notices say what was done, by the word that the address carries.
var notices = map[string]text{
	"accepted":     {"Thank you. You can begin.", "ご確認ありがとうございます。利用を開始できます。"},
	"saved":        {"Saved.", "保存しました。"},
	"password":     {"Your password is changed, and your other sessions have ended.", "パスワードを変更し、ほかのセッションを終了しました。"},
	"ended":        {"The session has ended.", "セッションを終了しました。"},
	"revoked":      {"Revoked.", "無効にしました。"},
	"removed":      {"Removed.", "削除しました。"},
	"created":      {"Created.", "作成しました。"},
	"drawing":      {"Your pictures are being drawn.", "画像の生成を開始しました。"},
	"packing":      {"The pictures are being packed.", "画像の書き出しを開始しました。"},
	"learning":     {"A new version is being learned.", "新しいバージョンの学習を開始しました。"},
	"cancelled":    {"Cancelled. What is done so far stays.", "キャンセルしました。完了した分は残ります。"},
	"retried":      {"Back in the queue.", "もう一度実行します。"},
	"submitted":    {"Submitted. The approvers see it in their queue.", "審査に提出しました。承認者の一覧に表示されます。"},
	"takenback":    {"Taken back. It is a draft again.", "提出を取り下げ、下書きに戻しました。"},
	"checking":     {"The checks have begun. What none of them refuses is submitted by itself.", "チェックを開始しました。不合格のない画像は自動的に審査に提出されます。"},
	"checked":      {"The checks were run again.", "チェックを再実行しました。"},
	"allowed":      {"The mark is allowed in this picture.", "この画像でのマークの表示を許可しました。"},
	"marked":       {"The mark is protected.", "保護対象マークを追加しました。"},
	"decided":      {"Your decision is recorded.", "審査結果を記録しました。"},
	"published":    {"Published.", "公開しました。"},
	"unpublish":    {"No longer published. It stays approved.", "公開を取りやめました。承認済みの状態に戻ります。"},
	"trialstarted": {"The trial has begun.", "トライアルを開始しました。"},
	"trialclosed":  {"The trial is closed. Its report is below.", "トライアルを終了しました。報告書を表示しています。"},
	"withdrawn":    {"Withdrawn. It can no longer be used.", "取り消しました。今後は使用できません。"},
	"archived":     {"The project is archived.", "プロジェクトをアーカイブしました。"},
	"restored":     {"The project is in use again.", "プロジェクトを再開しました。"},
	"consent":      {"The consent document is kept with the photo.", "同意書を写真とともに保存しました。"},
	"case":         {"Kept in the knowledge.", "ナレッジに保存しました。"},
	"template":     {"The template is ready. Name its fields in braces.", "テンプレートを作成しました。差し替える部分を波括弧で囲んでください。"},
	"swept":        {"Tidied up.", "不要なファイルを整理しました。"},
	"signedout":    {"You are signed out.", "サインアウトしました。"},
	"favourite":    {"Pinned.", "お気に入りに追加しました。"},
	"unfavoured":   {"No longer pinned.", "お気に入りから外しました。"},
}

// notice says what was done before this page.
func (v *visit) notice() string {
	if v.failure != nil {
		return ""
	}
	if t, known := notices[v.r.URL.Query().Get("done")]; known {
		return v.say(t)
	}
	return ""
}

// tone is how a state is coloured.
func tone[S ~string](state S) string {
	switch string(state) {
	case string(studio.PictureApproved), string(studio.PicturePublished), string(studio.ConceptReady), string(studio.JobDone):
		return "good"
	case string(studio.PictureSubmitted), string(studio.JobRunning), string(studio.ConceptLearning):
		return "busy"
	case string(studio.PictureChangeRequested):
		return "warn"
	case string(studio.PictureRejected), string(studio.PictureWithdrawn), string(studio.JobFailed):
		return "bad"
	}
	return "plain"
}
