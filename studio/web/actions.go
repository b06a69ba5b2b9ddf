package web

import (
	"cmp"
	"slices"
)

// actionNames are what the audit record's actions are called.
var actionNames = []named{
	{"project.create", text{"Project created", "プロジェクトを作成"}},
	{"project.update", text{"Project changed", "プロジェクトを変更"}},
	{"project.archive", text{"Project archived", "プロジェクトをアーカイブ"}},
	{"user.create", text{"Account created", "アカウントを作成"}},
	{"user.rename", text{"Name changed", "表示名を変更"}},
	{"user.set_language", text{"Language changed", "表示言語を変更"}},
	{"user.set_admin", text{"Admin right changed", "管理者権限を変更"}},
	{"user.disable", text{"Account disabled or enabled", "アカウントの停止・再開"}},
	{"user.change_password", text{"Password changed", "パスワードを変更"}},
	{"user.reset_password", text{"Password set anew", "パスワードを再設定"}},
	{"user.acknowledge_guideline", text{"Guideline accepted", "ガイドラインに同意"}},
	{"session.start", text{"Signed in", "サインイン"}},
	{"session.end", text{"Signed out", "サインアウト"}},
	{"token.create", text{"API token created", "APIトークンを作成"}},
	{"token.revoke", text{"API token revoked", "APIトークンを無効化"}},
	{"invitation.create", text{"Invitation made", "招待を発行"}},
	{"invitation.accept", text{"Invitation accepted", "招待を承諾"}},
	{"invitation.revoke", text{"Invitation revoked", "招待を無効化"}},
	{"member.join", text{"Member joined", "メンバーが参加"}},
	{"member.set_role", text{"Role changed", "役割を変更"}},
	{"member.remove", text{"Member removed", "メンバーを削除"}},
	{"source.add", text{"Photo added", "写真を登録"}},
	{"source.update_rights", text{"Rights changed", "権利情報を変更"}},
	{"source.add_consent", text{"Consent document added", "同意書を追加"}},
	{"source.withdraw", text{"Photo withdrawn", "写真を取り消し"}},
	{"concept.learn", text{"Learning begun", "学習を開始"}},
	{"concept.learned", text{"Concept learned", "学習が完了"}},
	{"concept.fail", text{"Learning failed", "学習に失敗"}},
	{"concept.rename", text{"Concept renamed", "コンセプト名を変更"}},
	{"concept.set_fidelity", text{"Fidelity set", "忠実度を設定"}},
	{"concept.withdraw", text{"Concept withdrawn", "コンセプトを取り消し"}},
	{"concept.delete", text{"Concept deleted", "コンセプトを削除"}},
	{"job.create", text{"Job created", "処理を登録"}},
	{"job.start", text{"Job started", "処理を開始"}},
	{"job.finish", text{"Job done", "処理が完了"}},
	{"job.fail", text{"Job failed", "処理に失敗"}},
	{"job.cancel", text{"Job cancelled", "処理を中止"}},
	{"job.retry", text{"Job tried again", "処理を再実行"}},
	{"job.requeue", text{"Job back in the queue", "処理を待機列に戻す"}},
	{"job.drop_files", text{"Job's files dropped", "処理のファイルを破棄"}},
	{"job.delete", text{"Job deleted", "処理を削除"}},
	{"picture.draw", text{"Picture drawn", "画像を生成"}},
	{"picture.rename", text{"Picture renamed", "画像名を変更"}},
	{"picture.favourite", text{"Picture pinned or unpinned", "お気に入りを変更"}},
	{"picture.submit", text{"Picture submitted", "審査に提出"}},
	{"picture.take_back", text{"Submission taken back", "提出を取り下げ"}},
	{"picture.check", text{"Checks run again", "自動チェックを再実行"}},
	{"picture.override", text{"Protected mark allowed", "保護対象マークを許可"}},
	{"picture.approve", text{"Picture approved", "画像を承認"}},
	{"picture.reject", text{"Picture rejected", "画像を却下"}},
	{"picture.request_change", text{"Change requested", "修正を依頼"}},
	{"picture.publish", text{"Picture published", "画像を公開"}},
	{"picture.unpublish", text{"Publication taken back", "公開を取りやめ"}},
	{"picture.withdraw", text{"Picture withdrawn", "画像を取り消し"}},
	{"picture.delete", text{"Picture deleted", "画像を削除"}},
	{"template.create", text{"Template created", "テンプレートを作成"}},
	{"template.update", text{"Template changed", "テンプレートを変更"}},
	{"template.delete", text{"Template deleted", "テンプレートを削除"}},
	{"case.create", text{"Case kept", "事例を保存"}},
	{"case.update", text{"Case changed", "事例を変更"}},
	{"case.drop_picture", text{"Case lost its picture", "事例の画像を除去"}},
	{"case.delete", text{"Case deleted", "事例を削除"}},
	{"trial.create", text{"Trial planned", "トライアルを作成"}},
	{"trial.update", text{"Trial changed", "トライアルを変更"}},
	{"trial.start", text{"Trial started", "トライアルを開始"}},
	{"trial.draw", text{"Trial drawing begun", "トライアルの生成を開始"}},
	{"trial.stall", text{"Trial could not go on", "トライアルが中断"}},
	{"trial.review", text{"Trial in review", "トライアルの審査を開始"}},
	{"trial.delete", text{"Trial deleted", "トライアルを削除"}},
	{"trial.close", text{"Trial closed", "トライアルを終了"}},
	{"policy.update", text{"Rules changed", "ポリシーを変更"}},
	{"mark.add", text{"Mark protected", "保護対象マークを追加"}},
	{"mark.remove", text{"Mark no longer protected", "保護対象マークを削除"}},
	{"webhook.create", text{"Webhook created", "Webhookを作成"}},
	{"webhook.update", text{"Webhook changed", "Webhookを変更"}},
	{"webhook.delete", text{"Webhook deleted", "Webhookを削除"}},
	{"workspace.backup", text{"Backup saved", "バックアップを保存"}},
	{"workspace.sweep", text{"Tidied up", "不要なファイルを整理"}},
}

// byName are the ids of a map of names, in the order of the names.
func byName(names map[string]string) []string {
	var ids []string
	for id := range names {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(names[a], names[b]), cmp.Compare(a, b)) })
	return ids
}

// nameOr is a name, or the id where there is none.
func nameOr(names map[string]string, id string) string { return cmp.Or(names[id], id) }

// pictures counts all pictures.
func (s *statusView) pictures() int64 {
	var n int64
	for _, count := range s.status.Pictures {
		n += count
	}
	return n
}
