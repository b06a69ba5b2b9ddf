package web

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ichimai/ichimai/studio"
)

// detailNames are what an audit entry's details are called, in the order in which
// they are shown. Ids and hashes are not shown: the export has them whole.
var detailNames = []named{
	{"name", text{"Name", "名前"}},
	{"class_word", text{"Kind of thing", "ものの種類"}},
	{"kind", text{"Kind", "種類"}},
	{"email", text{"E-mail", "メールアドレス"}},
	{"before", text{"Before", "変更前"}},
	{"role", text{"Role", "役割"}},
	{"admin", text{"Admin", "管理者"}},
	{"disabled", text{"Disabled", "停止"}},
	{"user", text{"Person", "対象者"}},
	{"address", text{"From", "接続元"}},
	{"scopes", text{"Scopes", "スコープ"}},
	{"owner", text{"Rights holder", "権利者"}},
	{"licence", text{"Licence", "ライセンス"}},
	{"territory", text{"Territory", "利用地域"}},
	{"expires", text{"Until", "有効期限"}},
	{"confirmed", text{"Confirmed", "権利の確認"}},
	{"version", text{"Version", "版"}},
	{"method", text{"Method", "学習方法"}},
	{"fidelity", text{"Fidelity", "忠実度"}},
	{"picture_count", text{"Pictures", "画像"}},
	{"concept_count", text{"Concepts", "コンセプト"}},
	{"pictures", text{"Pictures", "画像"}},
	{"submit", text{"Submits", "審査に提出"}},
	{"rows", text{"Rows", "行数"}},
	{"format", text{"Format", "形式"}},
	{"index", text{"Picture", "画像の番号"}},
	{"attempt", text{"Attempt", "試行回数"}},
	{"state", text{"State", "状態"}},
	{"good", text{"Good example", "良い例"}},
	{"favourite", text{"Pinned", "お気に入り"}},
	{"archived", text{"Archived", "アーカイブ"}},
	{"subject", text{"Likeness", "写真との一致度"}},
	{"prompt", text{"Prompt", "プロンプトとの一致度"}},
	{"copying", text{"Copying", "写真の複製度"}},
	{"sharpness", text{"Sharpness", "鮮明さ"}},
	{studio.CheckBlockedWords, text{"Blocked words", "禁止語"}},
	{studio.CheckMark, text{"Protected marks", "保護対象マーク"}},
	{"marks", text{"Marks", "マーク"}},
	{"retention_days", text{"Kept for days", "保存日数"}},
	{"four_eyes", text{"Four eyes", "ダブルチェック"}},
	{"watermark", text{"Watermark", "透かし"}},
	{"export_formats", text{"Formats", "書き出し形式"}},
	{"webhook_hosts", text{"Hosts", "送信先"}},
	{"guideline_version", text{"Guideline", "ガイドラインの版"}},
	{"host", text{"Host", "送信先"}},
	{"events", text{"Events", "イベント"}},
	{"active", text{"Active", "有効"}},
	{"sessions", text{"Sessions", "セッション"}},
	{"reason", text{"Reason", "理由"}},
	{"conclusion", text{"Conclusion", "結論"}},
	{"message", text{"Message", "メッセージ"}},
}

// detailHidden are details that are ids, hashes or parts of others.
var detailHidden = []string{
	"blob", "case", "concept", "concepts", "hash", "job", "jobs", "learning", "message_ja", "model", "parent", "picture", "project",
	"review", "sources", "template", "trial",
}

// detailWords are the words of details that have a few values.
var detailWords = map[string][]named{
	"role": roleNames, "before": slices.Concat(roleNames, pictureStates), "scopes": scopeNames, "method": methodNames, "format": exportFormats,
	"state": slices.Concat(pictureStates, jobStates, trialStates),
	"kind": {
		{string(studio.JobPersonalize), text{"learning a concept", "コンセプトの学習"}},
		{string(studio.JobGenerate), text{"pictures", "画像の生成"}},
		{string(studio.JobBatch), text{"campaign", "キャンペーン"}},
		{string(studio.JobEvaluate), text{"automatic checks", "自動チェック"}},
		{string(studio.JobExport), text{"export", "書き出し"}},
		{string(studio.InvitationFirst), text{"first admin", "最初の管理者"}},
		{string(studio.InvitationMember), text{"invitation", "招待"}},
		{string(studio.InvitationReset), text{"new password", "パスワードの再設定"}},
	},
}

// auditDetail says an entry's detail on a line.
func (v *visit) auditDetail(e studio.AuditEntry, users map[string]string) string {
	var all map[string]any
	if json.Unmarshal(e.Detail, &all) != nil {
		return ""
	}
	if v.lang == japanese && all["message_ja"] != nil {
		all["message"] = all["message_ja"]
	}
	var parts []string
	for _, n := range detailNames {
		if value := v.detailText(n.key, all[n.key], users); value != "" {
			parts = append(parts, v.say(text{"{name}: {value}", "{name}：{value}"}, "name", v.say(n.text), "value", value))
		}
	}
	return shorten(strings.Join(parts, " · "), 180)
}

// detailText is a detail's value for people, "" for none and for a list of ids.
func (v *visit) detailText(key string, value any, users map[string]string) string {
	switch x := value.(type) {
	case string:
		return v.detailWord(key, x, users)
	case float64:
		if key == "index" {
			x++ // people count from one
		}
		return number(x)
	case bool:
		if x {
			return v.say(text{"yes", "はい"})
		}
		return v.say(text{"no", "いいえ"})
	case []any:
		var parts []string
		for _, one := range x {
			if s := v.detailText(key, one, users); s != "" {
				parts = append(parts, s)
			}
		}
		return v.listed(parts)
	}
	return ""
}

func (v *visit) detailWord(key, value string, users map[string]string) string {
	if key == "user" {
		return users[value]
	}
	if studio.ValidID(value) || studio.ValidBlob(value) {
		return ""
	}
	if key == "expires" {
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return v.day(t)
		}
	}
	if words, known := outcomeWords[studio.Outcome(value)]; known && slices.Contains(studio.CheckNames(), key) {
		return v.say(words)
	}
	if value == "" {
		return ""
	}
	return nameOf(v, detailWords[key], value)
}
