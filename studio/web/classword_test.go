package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// told is what the newest learning of the project was told.
func (s *story) told(t *testing.T) string {
	t.Helper()
	jobs := got[studio.List[studio.Job]](t)(s.work.Jobs(t.Context(), s.actor(t, "kanri@example.com"), s.id(s.project), studio.JobFilter{Kind: studio.JobPersonalize}, studio.Page{Limit: 1}))
	var params workspace.LearnParams
	must(t, json.Unmarshal(jobs.Items[0].Params, &params))
	return params.ClassWord
}

// held is what the form to an action has in the field.
func (p *page) held(t *testing.T, action string) string {
	t.Helper()
	fields, _ := p.form(t, action)
	if !fields.Has("class_word") {
		t.Fatalf("%s: the form to %s does not ask", p.path, action)
	}
	return fields.Get("class_word")
}

// TestClassWord says what kind of thing a subject is, wherever one is learned.
func TestClassWord(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	b, start := s.creator, s.project+"/start"
	give := func(t *testing.T, photo int64, pairs ...string) *page {
		t.Helper()
		pairs = append([]string{"owner", "株式会社いちまい", "licence", "自社で撮影", "confirmed", "yes"}, pairs...)
		return b.upload(b.get(start), start, "photo", "kutsu.png", pngFile(t, photo), pairs...)
	}
	t.Run("Languages", func(t *testing.T) {
		b.get(start).wants(t, http.StatusOK, "ものの種類（任意）", "仕上がりが良くなります")
		s.admin.fill(s.admin.get("/account"), "/language", "language", "en").wants(t, http.StatusOK)
		s.admin.get(start).wants(t, http.StatusOK, "Kind of thing (optional)", "One everyday word")
	})
	if word := s.told(t); word != "" { // the story's own
		t.Errorf("a photo alone was told %q", word)
	}
	t.Run("ErrStart", func(t *testing.T) { // what was typed survives
		p := give(t, 5, "name", "靴", "class_word", "<靴>").wants(t, http.StatusUnprocessableEntity, "ものの種類：", "山括弧")
		if word := p.held(t, start); word != "<靴>" {
			t.Errorf("the form holds %q", word)
		}
		p = give(t, 5, "name", "", "class_word", "靴").wants(t, http.StatusUnprocessableEntity)
		if word := p.held(t, start); word != "靴" {
			t.Errorf("after another error the form holds %q", word)
		}
	})
	var shoe string
	t.Run("OKStart", func(t *testing.T) {
		begun := give(t, 5, "name", "靴", "class_word", " スニーカー ").wants(t, http.StatusOK)
		if word := s.told(t); word != "スニーカー" {
			t.Errorf("told %q", word)
		}
		shoe = s.project + "/concepts/" + s.id(begun.path)
		s.until(func() bool { return !strings.Contains(b.get(begun.path+"/now").body, `id="poll"`) })
	})
	t.Run("OKKnown", func(t *testing.T) { // through the question which rights hold, and an error there
		known := start + "/known"
		p := give(t, 5, "name", "別の靴", "owner", "別の会社", "class_word", "ブーツ").wants(t, http.StatusOK, "別の会社")
		if word := p.held(t, known); word != "ブーツ" {
			t.Errorf("the question holds %q", word)
		}
		p = b.fill(p, known).wants(t, http.StatusUnprocessableEntity)
		if word := p.held(t, known); word != "ブーツ" {
			t.Errorf("asked again it holds %q", word)
		}
		b.fill(p, known, "rights", "keep", "class_word", "{}").wants(t, http.StatusUnprocessableEntity, "ものの種類：")
		b.fill(p, known, "rights", "keep").wants(t, http.StatusOK, "別の靴")
		if word := s.told(t); word != "ブーツ" {
			t.Errorf("told %q", word)
		}
	})
	t.Run("OKAgain", func(t *testing.T) { // the parent's word, another, none
		learn := shoe + "/learn"
		p := b.get(shoe).wants(t, http.StatusOK, "（DreamBooth LoRA）：ものの種類が必要")
		if word := p.held(t, learn); word != "スニーカー" {
			t.Errorf("the form holds %q", word)
		}
		for _, word := range []string{"スニーカー", "ブーツ", ""} {
			b.fill(p, learn, "class_word", word).wants(t, http.StatusOK)
			if told := s.told(t); told != word {
				t.Errorf("told %q, want %q", told, word)
			}
		}
		b.fill(p, learn, "class_word", "靴", "method", "dreambooth_lora").wants(t, http.StatusOK)
	})
	t.Run("ErrAgain", func(t *testing.T) {
		p := b.fill(b.get(shoe), shoe+"/learn", "class_word", "", "method", "dreambooth_lora").
			wants(t, http.StatusUnprocessableEntity, "ものの種類：入力されていません。")
		if word := p.held(t, shoe+"/learn"); word != "" {
			t.Errorf("the form holds %q, which was emptied", word)
		}
	})
	t.Run("OKTrial", func(t *testing.T) {
		trial := s.plan(t, "靴の試作", 9)
		begin := trial + "/start"
		p := b.fill(b.get(trial), begin, "class_word", "<a>").wants(t, http.StatusUnprocessableEntity, "ものの種類：")
		if word := p.held(t, begin); word != "<a>" {
			t.Errorf("the form holds %q", word)
		}
		b.fill(p, begin, "class_word", "ぬいぐるみ").wants(t, http.StatusOK)
		if word := s.told(t); word != "ぬいぐるみ" {
			t.Errorf("told %q", word)
		}
	})
	if n := strings.Count(s.logged.String(), "level=ERROR"); n > 0 {
		t.Errorf("the log has %d errors:\n%s", n, s.logged)
	}
}
