package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
)

// again gives the photo of the story once more.
func (s *story) again(t *testing.T, pairs ...string) *page {
	t.Helper()
	return s.creator.upload(s.creator.get(s.project+"/start"), s.project+"/start", "photo", "wolf.png", pngFile(t, 3), pairs...)
}

func (s *story) rightsNow(t *testing.T) studio.Source {
	t.Helper()
	return got[studio.Source](t)(s.work.Source(t.Context(), s.actor(t, "kanri@example.com"), s.id(s.project), s.id(s.source)))
}

// TestKnownPhoto gives a photo that the project has: with the same rights it is
// taken up, with others it is asked which hold.
func TestKnownPhoto(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	before := s.rightsNow(t)
	t.Run("OKSame", func(t *testing.T) {
		p := s.again(t, "name", "狼", "owner", "株式会社いちまい ", "licence", "自社で撮影", "confirmed", "yes").wants(t, http.StatusOK, "狼")
		if !strings.HasPrefix(p.path, s.project+"/start/") {
			t.Errorf("led to %s", p.path)
		}
	})
	ask := func(t *testing.T, name string) *page {
		t.Helper()
		p := s.again(t, "name", name, "owner", "別の会社", "licence", "CC0", "expires_at", "2099-12-31", "confirmed", "yes").
			wants(t, http.StatusOK, "株式会社いちまい", "別の会社", "自社で撮影", "2099", s.source)
		checkPage(t, p, "known photo", "ja", true)
		return p
	}
	t.Run("OKKeep", func(t *testing.T) {
		s.creator.fill(ask(t, "灰色の狼"), s.project+"/start/known", "rights", "keep").wants(t, http.StatusOK, "灰色の狼")
		if now := s.rightsNow(t); now.Revision != before.Revision {
			t.Errorf("the rights have changed: %+v", now.Rights)
		}
	})
	t.Run("ErrNoChoice", func(t *testing.T) {
		s.creator.fill(ask(t, "白い狼"), s.project+"/start/known").wants(t, http.StatusUnprocessableEntity, "権利情報", "別の会社")
	})
	t.Run("OKReplace", func(t *testing.T) {
		s.creator.fill(ask(t, "白い狼"), s.project+"/start/known", "rights", "replace").wants(t, http.StatusOK, "白い狼")
		if now := s.rightsNow(t).Rights; now.Owner != "別の会社" || now.Licence != "CC0" || !now.Confirmed() || now.Expires.Year() != 2099 {
			t.Errorf("the rights are %+v", now)
		}
	})
	t.Run("ErrStale", func(t *testing.T) { // somebody else changes them between question and answer
		asked := s.again(t, "name", "黒い狼", "owner", "三番目の会社", "licence", "CC0", "confirmed", "yes").wants(t, http.StatusOK)
		s.creator.fill(s.creator.get(s.source), s.source+"/rights", "owner", "四番目の会社", "confirmed", "yes").wants(t, http.StatusOK)
		s.creator.fill(asked, s.project+"/start/known", "rights", "replace").wants(t, http.StatusConflict)
		if now := s.rightsNow(t).Rights; now.Owner != "四番目の会社" {
			t.Errorf("the rights are %+v", now)
		}
	})
	t.Run("ErrUnconfirmed", func(t *testing.T) { // the old rights cannot be kept
		s.creator.fill(s.creator.get(s.source), s.source+"/rights", "owner", "株式会社いちまい").wants(t, http.StatusOK)
		p := s.again(t, "name", "赤い狼", "owner", "株式会社いちまい", "licence", "CC0", "confirmed", "yes").wants(t, http.StatusOK, "権利が未確認")
		if strings.Contains(p.body, `value="keep"`) {
			t.Error("rights that nobody confirmed can be kept")
		}
		s.creator.fill(p, s.project+"/start/known", "rights", "replace").wants(t, http.StatusOK, "赤い狼")
	})
	if n := strings.Count(s.logged.String(), "level=ERROR"); n > 0 {
		t.Errorf("the log has %d errors:\n%s", n, s.logged)
	}
}

// TestScenesRefused has a word be blocked while a subject is learned: the page says
// so, and draws the scenes later.
func TestScenesRefused(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	s.painter.gate = make(chan struct{}) // nothing runs that would look at it
	b := s.creator
	begun := b.upload(b.get(s.project+"/start"), s.project+"/start", "photo", "kitsune.png", pngFile(t, 5),
		"name", "キツネ", "owner", "株式会社いちまい", "licence", "自社で撮影", "confirmed", "yes").wants(t, http.StatusOK)
	s.admin.fill(s.admin.get("/admin/policy"), "/admin/policy", "blocked_words", "snow").wants(t, http.StatusOK)
	close(s.painter.gate)
	s.until(func() bool { return !strings.Contains(b.get(begun.path+"/now").body, `id="poll"`) })
	told := b.get(begun.path).wants(t, http.StatusOK, "使用が禁止されている語", "学習が完了しました", "株式会社いちまい")
	b.fill(told, begun.path+"/scenes").wants(t, http.StatusUnprocessableEntity, "snow")
	s.admin.fill(s.admin.get("/admin/policy"), "/admin/policy", "blocked_words", "").wants(t, http.StatusOK)
	b.fill(b.get(begun.path), begun.path+"/scenes").wants(t, http.StatusOK)
	s.until(func() bool { return strings.Count(b.get(begun.path+"/now").body, `class="drawn"`) == len(scenes)+1 })
}
