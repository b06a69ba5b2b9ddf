package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/ichimai/ichimai/picture"
	origin "github.com/ichimai/ichimai/provenance"
	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// linkIn is the first address of a page that fits a pattern.
func (p *page) linkIn(t *testing.T, pattern string) string {
	t.Helper()
	fit := regexp.MustCompile(pattern)
	found := ""
	each(p.doc, func(n *html.Node) {
		for _, name := range []string{"href", "action", "value"} {
			if v, there := attr(n, name); there && found == "" && fit.MatchString(v) {
				found = fit.FindString(v)
			}
		}
	})
	if found == "" {
		t.Fatalf("%s has no address like %s:\n%s", p.path, pattern, p.body)
	}
	return found
}

func (p *page) wants(t *testing.T, status int, texts ...string) *page {
	t.Helper()
	if p.status != status {
		t.Fatalf("%s: status %d, want %d:\n%s", p.path, p.status, status, p.body)
	}
	for _, s := range texts {
		if !strings.Contains(p.body, s) {
			t.Errorf("%s lacks %q", p.path, s)
		}
	}
	return p
}

// story is a project in which something of everything was made.
type story struct {
	*house
	admin, creator, approver          *browser
	project, source, concept, picture string // addresses
	case_, template, published        string
}

const uuid = `[0-9a-f-]{36}`

// tell walks the way from an invitation to a published picture, each by who may.
func tell(t *testing.T, h *house, lang string) *story {
	t.Helper()
	s := &story{house: h, admin: h.browser(lang), creator: h.browser(lang), approver: h.browser(lang)}
	s.admin.join("/join/"+h.link, "kanri@example.com", "管理太郎").wants(t, http.StatusOK)
	made := s.admin.fill(s.admin.get("/projects"), "/projects", "name", "春のカタログ", "description", "ぬいぐるみの新商品").wants(t, http.StatusOK)
	s.project = regexp.MustCompile(`/p/` + uuid).FindString(made.path)
	for _, who := range []struct {
		b                 *browser
		role, email, name string
	}{{s.creator, "creator", "seisaku@example.com", "制作花子"}, {s.approver, "approver", "shonin@example.com", "承認次郎"}} {
		members := s.admin.get(s.project + "/members")
		invited := s.admin.fill(members, s.project+"/members/invite", "email", who.email, "role", who.role).wants(t, http.StatusOK)
		link := invited.linkIn(t, `/join/\S+`)
		who.b.join(link, who.email, who.name).wants(t, http.StatusOK)
	}
	s.learn(t)
	s.draw(t)
	s.review(t)
	return s
}

func (s *story) id(address string) string { return address[strings.LastIndex(address, "/")+1:] }

func (s *story) learn(t *testing.T) {
	b := s.creator
	begun := b.upload(b.get(s.project+"/start"), s.project+"/start", "photo", "ookami.png", pngFile(t, 3),
		"name", "オオカミ", "owner", "株式会社いちまい", "licence", "自社で撮影", "confirmed", "yes").wants(t, http.StatusOK)
	s.concept = s.project + "/concepts/" + s.id(begun.path)
	s.source = b.get(s.concept).linkIn(t, s.project+`/photos/`+uuid)
	s.until(func() bool { return !strings.Contains(b.get(begun.path+"/now").body, `id="poll"`) })
	if n := strings.Count(b.get(begun.path+"/now").body, `class="drawn"`); n != len(scenes)+1 {
		t.Fatalf("%d pictures appeared", n)
	}
	token := b.get("/account").csrf(t)
	b.post(begun.path+"/scenes", map[string][]string{"csrf": {token}}).wants(t, http.StatusOK) // a page that is out of date
	s.picture = b.get(begun.path+"/now").linkIn(t, s.project+`/pictures/`+uuid)
}

func (p *page) csrf(t *testing.T) string {
	t.Helper()
	token := ""
	each(p.doc, func(n *html.Node) {
		if name, _ := attr(n, "name"); n.Data == "input" && name == csrfField {
			token, _ = attr(n, "value")
		}
	})
	if token == "" {
		t.Fatalf("%s has no token", p.path)
	}
	return token
}

func (s *story) draw(t *testing.T) {
	b := s.creator
	kept := b.fill(b.get(s.picture), s.picture+"/case", "good", "yes", "title", "雪の中", "why", "輪郭がきれいに出ている").wants(t, http.StatusOK)
	s.case_ = regexp.MustCompile(s.project + `/cases/` + uuid).FindString(kept.path)
	made := b.fill(b.get(s.case_), s.case_+"/template", "name", "季節の写真").wants(t, http.StatusOK)
	s.template = regexp.MustCompile(s.project + `/templates/` + uuid).FindString(made.path)
	b.fill(b.get(s.template), s.template, "prompt", "{place}の<オオカミ>、{season}", "defaults", "season=春").wants(t, http.StatusOK)
	create := s.project + "/create"
	b.fill(b.get(create+"?template="+s.id(s.template)), create, "field_place", "山", "field_season", "冬", "count", "2").wants(t, http.StatusOK)
	s.until(func() bool {
		return strings.Contains(b.get(s.project+"/pictures").body, "山の&lt;オオカミ&gt;、冬")
	})
	b.fill(b.get(s.concept), s.concept+"/dial", "dial_prompt", "<オオカミ>").wants(t, http.StatusOK)
	s.until(func() bool { return !strings.Contains(b.get(s.concept+"/now").body, `id="poll"`) })
	b.fill(b.get(s.picture), s.picture+"/favourite", "favourite", "yes").wants(t, http.StatusOK)
}

func (s *story) review(t *testing.T) {
	b := s.creator
	b.fill(b.get(s.picture), s.picture+"/submit").wants(t, http.StatusOK)
	one := s.project + "/review/" + s.id(s.picture)
	if strings.Contains(b.get(one).body, `value="approve"`) {
		t.Error("a creator is offered to approve")
	}
	s.approver.get(s.project+"/review").wants(t, http.StatusOK, one)
	s.approver.fill(s.approver.get(one), one+"/decide", "decision", "reject").wants(t, http.StatusUnprocessableEntity) // without a reason
	s.approver.fill(s.approver.get(one), one+"/decide", "decision", "approve").wants(t, http.StatusOK)
	s.approver.fill(s.approver.get(one), one+"/publish").wants(t, http.StatusOK)
	s.published = s.picture
}

// TestMainPath goes the whole way, with a review by another.
func TestMainPath(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	s.creator.get(s.published).wants(t, http.StatusOK, "公開済み", "承認次郎")

	t.Run("four eyes", func(t *testing.T) {
		own := s.approver.get(s.project+"/pictures").linkIn(t, s.project+`/pictures/`+uuid)
		s.approver.fill(s.approver.get(own), own+"/submit").wants(t, http.StatusOK)
		one := s.project + "/review/" + s.id(own)
		p := s.approver.get(one).wants(t, http.StatusOK, "ダブルチェックのルール")
		s.approver.fill(p, one+"/decide", "decision", "approve").wants(t, http.StatusForbidden)
	})
	t.Run("withdrawal", func(t *testing.T) {
		before := s.approver.get(s.source+"/withdraw").wants(t, http.StatusOK, "オオカミ")
		s.approver.fill(s.approver.get("/account"), "/language", "language", "en").wants(t, http.StatusOK)
		if p := s.approver.get(s.source+"/withdraw").wants(t, http.StatusOK, "<b>1</b><span>Concept</span>"); strings.Contains(p.body, ">Picture<") {
			t.Error("many pictures are called one")
		}
		after := s.approver.fill(before, s.source+"/withdraw", "reason", "同意の撤回").wants(t, http.StatusOK)
		if !strings.Contains(after.body, s.published) {
			t.Error("the published picture is not named among what was withdrawn")
		}
		s.creator.get(s.published).wants(t, http.StatusOK, "同意の撤回")
	})
	if strings.Contains(s.logged.String(), password) || strings.Contains(s.logged.String(), s.link) {
		t.Error("the log holds a secret")
	}
	if n := strings.Count(s.logged.String(), "level=ERROR"); n > 0 {
		t.Errorf("the log has %d errors:\n%s", n, s.logged)
	}
}

// TestScenesAreDrawnOnce asks again for scenes that have come by themselves.
func TestScenesAreDrawnOnce(t *testing.T) {
	s := tell(t, open(t, &painter{}), "en")
	user := got[studio.List[studio.Job]](t)
	actor := s.actor(t, "kanri@example.com")
	list := user(s.work.Jobs(t.Context(), actor, s.id(s.project), studio.JobFilter{Kind: studio.JobGenerate}, studio.Page{Limit: 200}))
	if want := 1 + 1 + len(dialStops); len(list.Items) != want {
		t.Errorf("%d jobs draw, want %d", len(list.Items), want)
	}
}

// TestRenameConcept gives a concept another name on its page.
func TestRenameConcept(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	b := s.creator
	b.fill(b.get(s.concept), s.concept+"/name", "name", "灰色オオカミ").wants(t, http.StatusOK, "灰色オオカミ", "保存しました", "&lt;オオカミ&gt;")
	b.fill(b.get(s.concept), s.concept+"/name", "name", " ").wants(t, http.StatusUnprocessableEntity)
}

// TestPublishedDownload looks for the mark in a published picture as it is saved and
// as pages show it, and wants none in a draft.
func TestPublishedDownload(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	found := func(path string) origin.Detection {
		t.Helper()
		p := s.creator.get(path).wants(t, http.StatusOK)
		pixels := got[*picture.Picture](t)(picture.Decode(strings.NewReader(p.body), picture.Limits{}))
		if sum := studio.HashSecret(p.body); p.header.Get("ETag") != `"`+sum+`"` {
			t.Errorf("%s: the tag %s is not the content's", path, p.header.Get("ETag"))
		}
		return origin.Detect(pixels, origin.PublicKey())
	}
	published := got[studio.Picture](t)(s.work.Picture(t.Context(), s.actor(t, "kanri@example.com"), s.id(s.project), s.id(s.published)))
	for _, path := range []string{s.published + "/file", s.project + "/files/" + published.Blob} {
		if d := found(path); !d.Found || d.Payload != workspace.MarkPayload(published.ID) {
			t.Errorf("%s: of the mark there is %+v", path, d)
		}
	}
	drafts := s.creator.get(s.project + "/pictures?state=draft")
	if d := found(drafts.linkIn(t, s.project+`/pictures/`+uuid) + "/file"); d.Found {
		t.Error("a draft is marked")
	}
}
