package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/ichimai/ichimai/studio"
)

// noun names a kind of thing in errors, in both languages.
type noun struct{ en, ja string }

var (
	ofProject     = noun{"project", "プロジェクト"}
	ofUser        = noun{"user", "ユーザー"}
	ofMember      = noun{"member", "メンバー"}
	ofSession     = noun{"session", "セッション"}
	ofToken       = noun{"token", "トークン"}
	ofInvitation  = noun{"link", "リンク"}
	ofSource      = noun{"source picture", "元画像"}
	ofConcept     = noun{"concept", "コンセプト"}
	ofTemplate    = noun{"template", "テンプレート"}
	ofJob         = noun{"job", "ジョブ"}
	ofPicture     = noun{"picture", "画像"}
	ofReview      = noun{"review", "レビュー"}
	ofCase        = noun{"case", "事例"}
	ofTrial       = noun{"trial", "トライアル"}
	ofMark        = noun{"protected mark", "保護対象マーク"}
	ofPolicy      = noun{"policy", "ポリシー"}
	ofAudit       = noun{"audit entry", "監査記録"}
	ofIdempotency = noun{"idempotency key", "冪等キー"}
	ofWebhook     = noun{"webhook", "Webhook"}
	ofBlob        = noun{"file", "ファイル"}
)

func (of noun) missing() error {
	return studio.Errorf(studio.NotFound, "there is no such %[1]s", "該当する%[2]sが見つかりません。", of.en, of.ja)
}

func (of noun) stale() error {
	return studio.Errorf(studio.Conflict, "the %[1]s was changed by somebody else meanwhile; load it again",
		"%[2]sは他のユーザーによって変更されています。再読み込みしてください。", of.en, of.ja)
}

func (of noun) taken() error {
	return studio.Errorf(studio.Conflict, "there is already such a %[1]s", "同じ%[2]sがすでに存在します。", of.en, of.ja)
}

func (of noun) used() error {
	return studio.Errorf(studio.Conflict, "the %[1]s is still in use", "%[2]sは使用中のため削除できません。", of.en, of.ja)
}

func (of noun) dangling() error {
	return studio.Errorf(studio.NotFound, "the %[1]s refers to something that is not there, or not in its project",
		"%[2]sの参照先が存在しないか、別のプロジェクトに属しています。", of.en, of.ja)
}

// fail turns what the database says into the studio's errors. does is the verb
// for what has no code of its own.
func (of noun) fail(does string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return of.missing()
	}
	var e *driver.Error
	if errors.As(err, &e) {
		switch e.Code() {
		case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY:
			return of.taken()
		case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
			if does == "delete" {
				return of.used()
			}
			return of.dangling()
		}
	}
	return fmt.Errorf("%s %s: %w", does, of.en, err)
}
