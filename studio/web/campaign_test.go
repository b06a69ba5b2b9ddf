package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
	shiftjis "golang.org/x/text/encoding/japanese"

	"github.com/ichimai/ichimai/studio"
	"github.com/ichimai/ichimai/studio/workspace"
)

// shops is a table of rows, as Excel writes CSV in Japan.
func shops(t testing.TB, rows int) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("顧客名,場所,季節,備考\r\n")
	for i := range rows {
		fmt.Fprintf(&b, "第%d号店,\"%s\",%s,㈱\r\n", i+1, []string{"山", "海", "雪の森", "町"}[i%4], []string{"春", "", "秋"}[i%3])
	}
	return got[[]byte](t)(shiftjis.ShiftJIS.NewEncoder().Bytes([]byte(b.String())))
}

// campaignStory is a story with a campaign of 12 rows of two pictures.
type campaignStory struct {
	*story
	campaign, plan string // addresses; the plan is what the dry run said
}

func (s *story) check(t *testing.T, name string, table []byte, pairs ...string) *page {
	t.Helper()
	form := s.creator.get(s.project+"/campaign?template="+s.id(s.template)).wants(t, http.StatusOK)
	return s.creator.upload(form, s.project+"/campaign/check", "file", name, table, pairs...)
}

// start sends the form of the dry run to where its button leads.
func (s *story) start(t *testing.T, plan *page) *page {
	t.Helper()
	fields, _ := plan.form(t, s.project+"/campaign/check")
	if !strings.Contains(plan.body, `formaction="`+s.project+`/campaign"`) {
		t.Fatalf("the campaign cannot start:\n%s", plan.body)
	}
	return s.creator.post(s.project+"/campaign", fields)
}

func runCampaign(t *testing.T, lang string) *campaignStory {
	t.Helper()
	return runCampaignIn(t, tell(t, open(t, &painter{}), lang))
}

func runCampaignIn(t *testing.T, in *story) *campaignStory {
	t.Helper()
	s := &campaignStory{story: in}
	plan := s.check(t, "customers.csv", shops(t, 12), "per_row", "2", "aspect", "landscape").wants(t, http.StatusOK)
	s.plan = plan.body
	begun := s.start(t, plan).wants(t, http.StatusOK)
	s.campaign = regexp.MustCompile(s.project + `/campaign/` + uuid).FindString(begun.path)
	if s.campaign == "" {
		t.Fatalf("led to %s", begun.path)
	}
	s.until(func() bool { return strings.Count(s.creator.get(s.campaign).body, `class="drawn"`) == 24 })
	s.until(func() bool { return !strings.Contains(s.creator.get(s.campaign+"/now").body, `id="poll"`) })
	return s
}

// TestCampaign goes the whole way: table, dry run, pictures, contact sheet, review,
// ZIP, catalogue.
func TestCampaign(t *testing.T) {
	s := runCampaign(t, "ja")
	for _, want := range []string{"<b>12</b>", "<b>24</b>", "山の&lt;オオカミ&gt;、春", "第1号店", "「季節」が空のため、既定値「春」を使用します"} {
		if !strings.Contains(s.plan, want) {
			t.Errorf("the dry run lacks %q", want)
		}
	}
	list := s.creator.get(s.project+"/campaign").wants(t, http.StatusOK, s.campaign, "12行・24枚")
	if strings.Contains(list.body, "<b>キャンペーン</b>") {
		t.Error("the campaign is not called by its template")
	}
	b := s.creator
	sheet := b.get(s.campaign+"/contact").wants(t, http.StatusOK, "contact-5", "第12号店")
	if n := strings.Count(sheet.body, `<img`); n != 24 {
		t.Errorf("the contact sheet has %d pictures", n)
	}
	b.get(s.campaign+"/catalogue").wants(t, http.StatusOK, "承認済みの画像はまだありません")
	s.submitAndApprove(t)
	s.pack(t)
	catalogue := b.get(s.campaign+"/catalogue").wants(t, http.StatusOK, "<dt>場所", "<dd>雪の森", "第3号店")
	if n := strings.Count(catalogue.body, "<figure>"); n != 23 {
		t.Errorf("the catalogue has %d pictures, want those approved", n)
	}
	if n := strings.Count(b.get(s.campaign+"/catalogue?all=yes").body, "<figure>"); n != 23 {
		t.Errorf("with drafts the catalogue has %d pictures, want all but the rejected one", n)
	}
	if n := strings.Count(s.logged.String(), "level=ERROR"); n > 0 {
		t.Errorf("the log has %d errors:\n%s", n, s.logged)
	}
}

// quiet is the creator's page at an address, once nothing happens there by itself.
func (s *story) quiet(path string) *page {
	s.t.Helper()
	s.until(func() bool { return !strings.Contains(s.creator.get(path+"/now").body, `id="poll"`) })
	return s.creator.get(path)
}

// submitAndApprove submits two ticked pictures and then all others; one is
// rejected, the others approved.
func (s *campaignStory) submitAndApprove(t *testing.T) {
	t.Helper()
	b := s.creator
	first := b.get(s.campaign)
	b.fill(first, s.campaign+"/submit", "what", "ticked").wants(t, http.StatusUnprocessableEntity)
	ticks := regexp.MustCompile(`name="picture" value="(`+uuid+`)"`).FindAllStringSubmatch(first.body, -1)
	if len(ticks) != 24 {
		t.Fatalf("%d pictures can be ticked", len(ticks))
	}
	fields, _ := first.form(t, s.campaign+"/submit")
	fields["picture"], fields["what"] = []string{ticks[0][1], ticks[5][1]}, []string{"ticked"}
	say := func(t text) string { return t.in(lang(b.lang)) }
	b.post(s.campaign+"/submit", fields).wants(t, http.StatusOK, say(text{"Check and submit 2 pictures", "2枚をチェックして提出"}))
	some := s.quiet(s.campaign).wants(t, http.StatusOK, say(text{"22 drafts.", "下書き22枚が対象です。"}), say(text{" 2 were submitted", "2枚を審査に提出しました。"}))
	b.fill(some, s.campaign+"/submit", "what", "all").wants(t, http.StatusOK)
	s.quiet(s.campaign).wants(t, http.StatusOK, say(text{" 22 were submitted", "22枚を審査に提出しました。"}))
	for i, tick := range ticks {
		one := s.project + "/review/" + tick[1]
		decision := []string{"decision", "approve"}
		if i == 7 {
			decision = []string{"decision", "reject", "reason", "ぼやけている"}
		}
		s.approver.fill(s.approver.get(one), one+"/decide", decision...).wants(t, http.StatusOK)
	}
}

func (s *campaignStory) pack(t *testing.T) {
	t.Helper()
	b := s.creator
	p := b.get(s.campaign).wants(t, http.StatusOK, "承認済みの23枚を書き出す")
	b.fill(p, s.campaign+"/export", "format", "exe").wants(t, http.StatusUnprocessableEntity)
	b.fill(p, s.campaign+"/export", "format", "zip").wants(t, http.StatusOK)
	link := ""
	s.until(func() bool {
		now := b.get(s.campaign).body
		link = regexp.MustCompile(s.campaign + `/files/` + uuid).FindString(now)
		return link != "" || strings.Contains(now, `class="wrong"`)
	})
	if link == "" {
		t.Fatalf("the export failed:\n%s\n%s", b.get(s.campaign).body, s.logged)
	}
	file := b.get(link)
	archive, err := zip.NewReader(strings.NewReader(file.body), int64(len(file.body)))
	must(t, err)
	names := map[string]bool{}
	for _, f := range archive.File {
		names[f.Name] = true
		r := got[io.ReadCloser](t)(f.Open())
		got[[]byte](t)(io.ReadAll(r))
		must(t, r.Close())
	}
	if len(names) != 24 || !names["pictures.csv"] || !names["01-第1号店.png"] {
		t.Errorf("the ZIP holds %v", names)
	}
	if p := s.approver.get(strings.Replace(link, s.id(link), s.id(s.campaign), 1)); p.status != http.StatusNotFound {
		t.Errorf("a job without a file: status %d", p.status)
	}
}

// TestCampaignPages looks at the campaign's pages as TestPages does at others.
func TestCampaignPages(t *testing.T) {
	s := runCampaign(t, "en")
	viewer := s.browser("en")
	link := s.admin.fill(s.admin.get(s.project+"/members"), s.project+"/members/invite", "email", "miru@example.com", "role", "viewer").wants(t, http.StatusOK).linkIn(t, `/join/\S+`)
	viewer.join(link, "miru@example.com", "閲覧見子").wants(t, http.StatusOK)
	seen := map[string]bool{}
	for _, language := range []string{"ja", "en"} {
		s.admin.fill(s.admin.get("/account"), "/language", "language", language).wants(t, http.StatusOK)
		s.creator.fill(s.creator.get("/account"), "/language", "language", language).wants(t, http.StatusOK)
		for _, path := range []string{s.project + "/campaign", s.campaign, s.campaign + "/contact", s.campaign + "/catalogue", s.campaign + "/catalogue?all=yes"} {
			p := s.admin.get(path)
			checkPage(t, p, path, language, true)
			s.follow(t, p, seen)
			checkPage(t, viewer.get(path), path, "", true)
		}
		checkPage(t, s.check(t, "a.csv", shops(t, 3)), "the dry run", language, true)
		checkPage(t, s.check(t, "a.csv", shops(t, 3), "column_season", "備考"), "the dry run", language, true)
	}
	for _, path := range []string{"", "/now", "/contact", "/catalogue", "/files/" + s.id(s.campaign)} {
		if p := s.browser("en").get(s.campaign + path); !strings.HasPrefix(p.path, "/signin") {
			t.Errorf("%s is open to everybody", path)
		}
	}
	if p := s.admin.get(s.project + "/campaign/" + s.id(s.concept)); p.status != http.StatusNotFound {
		t.Errorf("a campaign that is none: status %d", p.status)
	}
}

// TestCampaignCheck tries tables that need a second look.
func TestCampaignCheck(t *testing.T) {
	s := tell(t, open(t, &painter{}), "en")
	s.admin.fill(s.admin.get("/admin/policy"), "/admin/policy", "blocked_words", "rival").wants(t, http.StatusOK)
	t.Run("OK workbook", func(t *testing.T) {
		f := excelize.NewFile()
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"Shop", "Ｐｌａｃｅ", "Season"}))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"One", "a bridge", "spring"}))
		var b bytes.Buffer
		must(t, f.Write(&b))
		s.check(t, "shops.xlsx", b.Bytes()).wants(t, http.StatusOK, "a bridgeの&lt;オオカミ&gt;、spring", "Start drawing (1)", `<option value="Shop" selected>`)
	})
	t.Run("OK pasted, columns changed", func(t *testing.T) {
		form := s.creator.get(s.project + "/campaign?template=" + s.id(s.template))
		plan := s.creator.fill(form, s.project+"/campaign/check", "table", "who\twhere\nA\ta hill\n").wants(t, http.StatusOK, "needs a value for {place}")
		plan = s.creator.fill(plan, s.project+"/campaign/check", "column_place", "where").wants(t, http.StatusOK, "a hillの&lt;オオカミ&gt;、春")
		plan = s.creator.fill(plan, s.project+"/campaign/check", "column_name", "").wants(t, http.StatusOK)
		if strings.Contains(plan.body, `<option value="who" selected>`) {
			t.Error("a choice of no column was not kept")
		}
	})
	t.Run("ErrRows", func(t *testing.T) {
		table := "name,place,season\nA,a hill,\nB,the rival shop,\nC,,spring\nD,a lake,\nE,Rival,\n"
		plan := s.check(t, "a.csv", []byte(table)).wants(t, http.StatusOK, "Row 2", "rival", "Row 3", "needs a value for {place}", "Row 5")
		if strings.Contains(plan.body, "row 1:") || strings.Contains(plan.body, `formaction=`) {
			t.Error("it says another number, or can start")
		}
		if n := strings.Count(plan.body, "<li><b>Row"); n < 3 {
			t.Errorf("%d rows are named", n)
		}
		fields, _ := plan.form(t, s.project+"/campaign/check")
		s.creator.post(s.project+"/campaign", fields).wants(t, http.StatusUnprocessableEntity, "row 2")
	})
	t.Run("OK concept of the row", func(t *testing.T) {
		other := s.secondConcept(t)
		s.creator.fill(s.creator.get(s.template), s.template, "prompt", "{product} in {place}", "defaults", "").wants(t, http.StatusOK)
		table := "被写体,place\nオオカミ,snow\n" + other + ",a park\n"
		plan := s.check(t, "a.csv", []byte(table), "per_row", "2").wants(t, http.StatusOK, "&lt;オオカミ&gt; in snow", "&lt;キツネ&gt; in a park", `<option value="被写体" selected>`, "2 pictures", "Start drawing (4)")
		if strings.Contains(plan.body, "row-notes") {
			t.Error("something is wrong with it")
		}
		wrong := "被写体,place\nオオカミ,snow\nタヌキ,a park\n"
		s.check(t, "a.csv", []byte(wrong)).wants(t, http.StatusOK, "Row 2", "column &#34;被写体&#34;: there is no concept &#34;タヌキ&#34;")
		nameless := s.creator.fill(plan, s.project+"/campaign/check", "column_name", "").wants(t, http.StatusOK)
		begun := s.start(t, nameless).wants(t, http.StatusOK)
		at := regexp.MustCompile(s.project + `/campaign/` + uuid).FindString(begun.path)
		s.until(func() bool { return strings.Count(s.creator.get(at).body, `class="drawn"`) == 4 })
		s.creator.get(at+"/catalogue?all=yes").wants(t, http.StatusOK, "&lt;キツネ&gt;", "a park")
		if sheet := s.creator.get(at+"/contact").wants(t, http.StatusOK); strings.Count(sheet.body, "&lt;キツネ&gt;") < 2 {
			t.Error("the contact sheet does not say what a row without a name is of")
		}
	})
	t.Run("ErrConceptOfSomeRows", func(t *testing.T) {
		s.creator.fill(s.creator.get(s.template), s.template, "prompt", "{place}", "defaults", "").wants(t, http.StatusOK)
		s.check(t, "a.csv", []byte("place\na <オオカミ>\na lake\n")).wants(t, http.StatusOK, "names &lt;オオカミ&gt;, which other rows do not")
	})
	for name, c := range map[string]struct {
		table, says string
		status      int
	}{
		"ErrNoTable":   {"", "paste the table", http.StatusUnprocessableEntity},
		"ErrNoRows":    {"name,place\n", "no rows", http.StatusUnprocessableEntity},
		"ErrTwice":     {"a,a\n1,2\n", "columns A and B", http.StatusUnprocessableEntity},
		"ErrManyRows":  {"place\n" + strings.Repeat("x\n", 2001), "more than 2000 rows", http.StatusRequestEntityTooLarge},
		"ErrBatchSize": {"place\n" + strings.Repeat("x\n", 300), "at most 2000 pictures", http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			form := s.creator.get(s.project + "/campaign?template=" + s.id(s.template))
			p := s.creator.fill(form, s.project+"/campaign/check", "table", c.table, "per_row", "8").wants(t, c.status, c.says)
			kept := ""
			each(p.doc, func(n *html.Node) {
				if n.Data == "textarea" {
					kept = content(n)
				}
			})
			if strings.TrimSpace(kept) != strings.TrimSpace(c.table) {
				t.Error("what was pasted is lost")
			}
		})
	}
}

// secondConcept learns another subject and returns its id.
func (s *story) secondConcept(t *testing.T) string {
	t.Helper()
	b := s.creator
	begun := b.upload(b.get(s.project+"/start"), s.project+"/start", "photo", "kitsune.png", pngFile(t, 5),
		"name", "キツネ", "owner", "株式会社いちまい", "licence", "自社で撮影", "confirmed", "yes").wants(t, http.StatusOK)
	s.until(func() bool { return !strings.Contains(b.get(begun.path+"/now").body, `id="poll"`) })
	return s.id(begun.path)
}

// TestRowFields shows what rows had, in the template's order.
func TestRowFields(t *testing.T) {
	v := &visit{lang: japanese}
	shot := workspace.Shot{Prompt: "anything", Fields: map[string]string{"season": "春", "place": "山、海", "b_side": "x"}}
	template := &studio.Template{Prompt: "{place}の<w>、{season}"}
	for name, c := range map[string]struct {
		template *studio.Template
		shot     workspace.Shot
		want     []oneValue
	}{
		"OK":            {template, shot, []oneValue{{"場所", "山、海"}, {"季節", "春"}, {"b_side", "x"}}},
		"OK deleted":    {nil, shot, []oneValue{{"b_side", "x"}, {"場所", "山、海"}, {"季節", "春"}}},
		"OK none, once": {template, workspace.Shot{Prompt: "山の<w>、春"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, v.rowFields(c.template, c.shot), cmp.AllowUnexported(oneValue{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	for want, r := range map[string]batchRow{
		"Sato": {number: 3, name: "Sato", fields: []oneValue{{"a", "b"}}}, "b": {number: 3, fields: []oneValue{{"c", ""}, {"a", "b"}}}, "3": {number: 3},
	} {
		if label := r.label(); label != want {
			t.Errorf("a picture is called %q, want %q", label, want)
		}
	}
}

func TestContactColumns(t *testing.T) {
	for count, want := range map[int]int{0: 4, 1: 4, 16: 4, 17: 5, 24: 5, 48: 7, 2000: 12} {
		if n := contactColumns(count); n != want {
			t.Errorf("%d pictures stand in %d columns, want %d", count, n, want)
		}
	}
}

func TestMatching(t *testing.T) {
	columns := []string{"No", "顧客名", "ＰＲＯＤＵＣＴ", "季節", "Colour of lid", "color"}
	for field, want := range map[string]string{"name": "顧客名", "product": "ＰＲＯＤＵＣＴ", "season": "季節", "colour": "color", "colour_of_lid": "Colour of lid", "place": ""} {
		if c := matching(columns, field); c != want {
			t.Errorf("%s is filled by %q, want %q", field, c, want)
		}
	}
}
