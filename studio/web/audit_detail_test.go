package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ichimai/ichimai/studio"
)

func TestAuditDetail(t *testing.T) {
	id := "0198a5c2-1111-7222-8333-944455556666"
	users := map[string]string{id: "鈴木 翔太"}
	for _, c := range []struct{ name, detail, en, ja string }{
		{"rights", `{"name":"a.jpg","blob":"` + strings.Repeat("ab", 32) + `","owner":"Example","expires":"2027-03-31T00:00:00Z","confirmed":true}`,
			"Name: a.jpg · Rights holder: Example · Until: 31 Mar 2027 · Confirmed: yes", "名前：a.jpg · 権利者：Example · 有効期限：2027年3月31日 · 権利の確認：はい"},
		{"role", `{"before":"viewer","role":"approver"}`, "Before: Viewer · Role: Approver", "変更前：閲覧者 · 役割：承認者"},
		{"review", `{"reason":"too dark","review":"` + id + `"}`, "Reason: too dark", "理由：too dark"},
		{"person", `{"user":"` + id + `","kind":"reset"}`, "Kind: new password · Person: 鈴木 翔太", "種類：パスワードの再設定 · 対象者：鈴木 翔太"},
		{"checks", `{"prompt":"passed","sharpness":"refused"}`, "Prompt: passed · Sharpness: look at this", "プロンプトとの一致度：問題なし · 鮮明さ：要確認"},
		{"failure", `{"message":"no memory","message_ja":"メモリーが足りません。"}`, "Message: no memory", "メッセージ：メモリーが足りません。"},
		{"list", `{"scopes":["read","create"],"pictures":["` + id + `"]}`, "Scopes: See, Create", "スコープ：閲覧、制作"},
		{"picture", `{"index":0,"concepts":["` + id + `"]}`, "Picture: 1", "画像の番号：1"},
		{"nothing", `null`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for l, want := range map[lang]string{english: c.en, japanese: c.ja} {
				v := &visit{lang: l, server: &server{zone: time.UTC}}
				if got := v.auditDetail(studio.AuditEntry{Detail: json.RawMessage(c.detail)}, users); got != want {
					t.Errorf("%s: %q, want %q", l, got, want)
				}
			}
		})
	}
}

// TestAuditDetailsAreNamed wants every detail that the workspace notes to be either
// named or left out on purpose.
func TestAuditDetailsAreNamed(t *testing.T) {
	known := slices.Clone(detailHidden)
	for _, n := range detailNames {
		known = append(known, n.key)
	}
	paths := got[[]string](t)(filepath.Glob("../workspace/*.go"))
	noted, seen := regexp.MustCompile(`fields\{([^}]*)`), 0
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range noted.FindAllStringSubmatch(string(got[[]byte](t)(os.ReadFile(path))), -1) {
			for _, key := range regexp.MustCompile(`"([a-z_]+)":`).FindAllStringSubmatch(m[1], -1) {
				seen++
				if !slices.Contains(known, key[1]) {
					t.Errorf("%s notes %q, which the audit page has no name for", path, key[1])
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d details were found; the search is broken", seen)
	}
}

// TestDemoFolder compares the beginning of a folder's name with the demo's own.
func TestDemoFolder(t *testing.T) {
	if source := string(got[[]byte](t)(os.ReadFile("../../demo/demo.go"))); !strings.Contains(source, `FolderPrefix = "`+demoFolder+`"`) {
		t.Errorf("the demo model's folder does not begin with %q", demoFolder)
	}
	v := &visit{lang: english}
	if got := v.settingOf("model", map[string]any{"name": "demo-model-0123456789abcdef", "hash": "fedcba9876543210"}); got != "the built-in demo model (fedcba987654)" {
		t.Errorf("the model is called %q", got)
	}
}
