package web

import (
	"strings"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/jobs"
)

// named is a key of the domain with what people call it.
type named struct {
	key  string
	text text
}

func nameOf(v *visit, list []named, key string) string {
	for _, n := range list {
		if n.key == key {
			return v.say(n.text)
		}
	}
	return key
}

var roleNames = []named{
	{string(studio.RoleViewer), text{"Viewer", "閲覧者"}},
	{string(studio.RoleCreator), text{"Creator", "制作者"}},
	{string(studio.RoleApprover), text{"Approver", "承認者"}},
	{string(studio.RoleAdmin), text{"Admin", "管理者"}},
}

func (v *visit) roleName(r studio.Role) string { return nameOf(v, roleNames, string(r)) }

var pictureStates = []named{
	{string(studio.PictureDraft), text{"Draft", "下書き"}},
	{string(studio.PictureSubmitted), text{"In review", "審査中"}},
	{string(studio.PictureApproved), text{"Approved", "承認済み"}},
	{string(studio.PictureRejected), text{"Rejected", "却下"}},
	{string(studio.PictureChangeRequested), text{"Change requested", "修正依頼"}},
	{string(studio.PicturePublished), text{"Published", "公開済み"}},
	{string(studio.PictureWithdrawn), text{"Withdrawn", "取り消し"}},
}

func (v *visit) pictureState(s studio.PictureState) string {
	return nameOf(v, pictureStates, string(s))
}

var conceptStates = []named{
	{string(studio.ConceptLearning), text{"Learning", "学習中"}},
	{string(studio.ConceptReady), text{"Ready", "利用可能"}},
	{string(studio.ConceptFailed), text{"Failed", "失敗"}},
	{string(studio.ConceptWithdrawn), text{"Withdrawn", "取り消し"}},
}

func (v *visit) conceptState(s studio.ConceptState) string {
	return nameOf(v, conceptStates, string(s))
}

var jobStates = []named{
	{string(studio.JobQueued), text{"Waiting", "待機中"}},
	{string(studio.JobRunning), text{"Running", "実行中"}},
	{string(studio.JobDone), text{"Done", "完了"}},
	{string(studio.JobFailed), text{"Failed", "失敗"}},
	{string(studio.JobCancelled), text{"Cancelled", "キャンセル"}},
}

func (v *visit) jobState(s studio.JobState) string { return nameOf(v, jobStates, string(s)) }

var jobMessages = []named{
	{jobs.MessagePreparing, text{"Getting ready", "準備しています"}},
	{jobs.MessageLearning, text{"Learning the subject", "写真の特徴を学習しています"}},
	{jobs.MessageDrawing, text{"Drawing", "画像を生成しています"}},
	{jobs.MessageScoring, text{"Checking the result", "結果を確認しています"}},
	{jobs.MessageChecking, text{"Checking", "チェックしています"}},
	{jobs.MessagePacking, text{"Packing", "ファイルにまとめています"}},
}

// jobMessage says what a job does just now.
func (v *visit) jobMessage(j *studio.Job) string {
	switch {
	case j.State == studio.JobQueued:
		return v.say(text{"Waiting for its turn", "順番を待っています"})
	case j.State.Ended():
		return v.jobState(j.State)
	case j.Progress.Message == "":
		return v.say(text{"Getting ready", "準備しています"})
	}
	return nameOf(v, jobMessages, j.Progress.Message)
}

var decisionNames = []named{
	{string(studio.DecisionApprove), text{"Approved", "承認"}},
	{string(studio.DecisionReject), text{"Rejected", "却下"}},
	{string(studio.DecisionRequestChange), text{"Asked for a change", "修正を依頼"}},
}

func (v *visit) decisionName(d studio.Decision) string { return nameOf(v, decisionNames, string(d)) }

var scopeNames = []named{
	{string(studio.ScopeRead), text{"See", "閲覧"}},
	{string(studio.ScopeCreate), text{"Create", "制作"}},
	{string(studio.ScopeReview), text{"Review", "審査"}},
	{string(studio.ScopeAdmin), text{"Administer", "管理"}},
}

func (v *visit) scopeName(s studio.Scope) string { return nameOf(v, scopeNames, string(s)) }

var knownScores = []named{
	{"subject", text{"Likeness to the photos", "写真との一致度"}},
	{"prompt", text{"Match with the prompt", "プロンプトとの一致度"}},
	{"copying", text{"Copying of the photos", "写真の複製度"}},
	{"sharpness", text{"Sharpness", "鮮明さ"}},
}

func (v *visit) scoreName(key string) string {
	switch key {
	case studio.CheckBlockedWords:
		return v.say(text{"Blocked words", "禁止語"})
	case studio.CheckMark:
		return v.say(text{"Protected marks", "保護対象マーク"})
	case studio.CheckWatermark:
		return v.say(text{"Invisible mark", "透かし"})
	}
	if name := nameOf(v, knownScores, key); name != key {
		return name
	}
	return strings.ReplaceAll(key, "_", " ")
}

// knownSettings are those of diffusion's record of how a picture was drawn.
var knownSettings = []named{
	{"sampler", text{"Sampler", "サンプラー"}},
	{"steps", text{"Steps", "ステップ数"}},
	{"guidance_scale", text{"Guidance", "ガイダンス"}},
	{"model", text{"Model", "モデル"}},
	{"concepts", text{"Concept files", "コンセプトファイル"}},
	{"device", text{"Device", "デバイス"}},
	{"dtype", text{"Precision", "精度"}},
}

// methodNames are what the ways to learn are for; "" leaves it to the model.
var methodNames = []named{
	{"", text{"As the model does best (recommended)", "モデルに任せる（推奨）"}},
	{"encoder", text{"From one look, fastest", "エンコーダー（最速）"}},
	{"lora", text{"Adapter (LoRA)", "アダプター（LoRA）"}},
	{"dreambooth_lora", text{"Adapter with examples (DreamBooth LoRA)", "比較例付きアダプター（DreamBooth LoRA）"}},
	{"textual_inversion", text{"A new word alone", "新しい語のみ（Textual Inversion）"}},
}

// methodOption is a way to learn with what it needs.
func (v *visit) methodOption(m named) string {
	if m.key != "dreambooth_lora" {
		return v.say(m.text)
	}
	return v.say(text{"{method}: needs the kind of thing", "{method}：ものの種類が必要"}, "method", v.say(m.text))
}

// methodName is how a concept was learned, "" before it was.
func (v *visit) methodName(key string) string {
	if key == "" {
		return ""
	}
	return nameOf(v, methodNames, key)
}
