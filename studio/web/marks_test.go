package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var markFile = regexp.MustCompile("/admin/policy/marks/" + uuid + "/file")

// TestProtectedMark protects a mark that every drawing of the painter shows, and goes with
// one from its submission to its publication.
func TestProtectedMark(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	policy := "/admin/policy"
	t.Run("Add", func(t *testing.T) {
		rules := s.admin.get(policy).wants(t, http.StatusOK, "保護対象マークはまだ登録されていません。")
		s.admin.upload(rules, policy+"/marks", "mark", "x.txt", []byte("no picture"), "mark_name", "円").wants(t, http.StatusUnprocessableEntity, "画像として読み込めません")
		added := s.admin.upload(rules, policy+"/marks", "mark", "x.png", pngFile(t, 5), "mark_name", "円 <b>", "mark_owner", "競合社", "mark_reason", "商標")
		added.wants(t, http.StatusOK, "円 &lt;b&gt;", "競合社", "商標")
		picture := s.approver.get(markFile.FindString(added.body))
		if picture.status != http.StatusOK || picture.header.Get("Content-Type") != "image/png" {
			t.Errorf("the mark's picture: %d, %s", picture.status, picture.header.Get("Content-Type"))
		}
	})
	own := s.creator.get(s.project+"/pictures").linkIn(t, s.project+`/pictures/`+uuid)
	one := s.project + "/review/" + s.id(own)
	s.creator.fill(s.creator.get(own), own+"/submit").wants(t, http.StatusOK, "保護対象マーク", "類似度")
	t.Run("Override", func(t *testing.T) {
		seen := s.approver.get(one).wants(t, http.StatusOK, "保護対象マークが写っています", "円 &lt;b&gt;", "商標")
		if strings.Contains(seen.body, `value="approve"`) {
			t.Error("approval is offered")
		}
		s.approver.fill(seen, one+"/decide", "decision", "approve").wants(t, http.StatusForbidden, "先に、承認者が理由を添えて許可してください。")
		s.approver.fill(seen, one+"/override").wants(t, http.StatusUnprocessableEntity)
		allowed := s.approver.fill(seen, one+"/override", "override_reason", "権利者の同意あり").wants(t, http.StatusOK, "許可済み", "権利者の同意あり", `value="approve"`)
		s.approver.fill(allowed, one+"/check").wants(t, http.StatusOK, "許可済み")
		s.approver.fill(s.approver.get(one), one+"/decide", "decision", "approve").wants(t, http.StatusOK)
		s.approver.fill(s.approver.get(one), one+"/publish").wants(t, http.StatusOK, "公開済み")
	})
	t.Run("English", func(t *testing.T) {
		s.approver.fill(s.approver.get("/account"), "/language", "language", "en").wants(t, http.StatusOK)
		s.approver.get(own).wants(t, http.StatusOK, "Protected marks", "Allowed by 承認次郎", "Counts as a match from 0.80 up.")
	})
	t.Run("Remove", func(t *testing.T) {
		id := s.id(strings.TrimSuffix(markFile.FindString(s.admin.get(policy).body), "/file"))
		rules := s.admin.get(policy)
		s.admin.fill(rules, policy+"/marks/"+id+"/remove").wants(t, http.StatusOK, "保護対象マークはまだ登録されていません。")
		if gone := s.admin.get(policy + "/marks/" + id + "/file"); gone.status != http.StatusNotFound {
			t.Errorf("the removed mark's picture: %d", gone.status)
		}
		s.creator.get(own).wants(t, http.StatusOK)
	})
}
