package web

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"github.com/ichimai/ichimai/studio"
)

// addresses are all pages of a story by the route that answers, for its admin.
func (s *story) addresses(t *testing.T) map[string]string {
	first := s.project
	invited := s.admin.fill(s.admin.get(first+"/members"), first+"/members/invite", "role", "viewer").wants(t, http.StatusOK)
	join := invited.linkIn(t, `/join/\S+`)
	return map[string]string{
		"/{$}": "/", "/signin": "/signin", "/join/{secret}": join, "/guideline": "/guideline", "/account": "/account", "/projects": "/projects",
		"/p/{project}": first, "/p/{project}/members": first + "/members", "/p/{project}/start": first + "/start",
		"/p/{project}/start/{concept}":          first + "/start/" + s.id(s.concept),
		"/p/{project}/photos":                   first + "/photos",
		"/p/{project}/photos/{source}":          s.source,
		"/p/{project}/photos/{source}/withdraw": s.source + "/withdraw",
		"/p/{project}/concepts":                 first + "/concepts",
		"/p/{project}/concepts/{concept}":       s.concept,
		"/p/{project}/create":                   first + "/create?template=" + s.id(s.template),
		"/p/{project}/pictures":                 first + "/pictures",
		"/p/{project}/pictures/{picture}":       s.picture,
		"/p/{project}/compare":                  first + "/compare?id=" + s.id(s.picture),
		"/p/{project}/review":                   first + "/review",
		"/p/{project}/review/{picture}":         first + "/review/" + s.id(s.picture),
		"/p/{project}/knowledge":                first + "/knowledge",
		"/p/{project}/cases/{case}":             s.case_,
		"/p/{project}/templates/new":            first + "/templates/new",
		"/p/{project}/templates/{template}":     s.template,
		"/admin/people":                         "/admin/people",
		"/admin/policy":                         "/admin/policy",
		"/admin/audit":                          "/admin/audit",
		"/admin/status":                         "/admin/status",
	}
}

// parts are routes that answer with less than a page, or with a file.
var parts = []string{
	"/p/{project}/files/{blob}", "/p/{project}/start/{concept}/now", "/p/{project}/start/{concept}/preview", "/p/{project}/concepts/{concept}/now", "/p/{project}/create/now",
	"/p/{project}/photos/{source}/consent", "/p/{project}/concepts/{concept}/file", "/p/{project}/pictures/{picture}/file", "/admin/audit/export",
	"/admin/policy/marks/{mark}/file",
}

var registered = regexp.MustCompile(`m\.(open|own|in)\("([^"]*)"`)

// routesInSource are the addresses that routes.go answers with GET.
func routesInSource(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, m := range registered.FindAllStringSubmatch(string(got[[]byte](t)(os.ReadFile("routes.go"))), -1) {
		route := m[2]
		if m[1] == "in" {
			route = "/p/{project}" + route
		}
		list = append(list, route)
	}
	if len(list) < 30 {
		t.Fatalf("only %d routes were found; the search is broken", len(list))
	}
	return list
}

// TestPages looks at every page, in both languages.
func TestPages(t *testing.T) {
	s := tell(t, open(t, &painter{}), "ja")
	pages := s.addresses(t)
	for _, route := range routesInSource(t) {
		if pages[route] == "" && !slices.Contains(parts, route) {
			t.Errorf("%s is walked by no test", route)
		}
	}
	seen := map[string]bool{}
	for _, language := range []string{"ja", "en"} {
		s.admin.fill(s.admin.get("/account"), "/language", "language", language).wants(t, http.StatusOK)
		for route, path := range pages {
			if route == "/signin" || strings.HasPrefix(route, "/join") {
				stranger := s.browser(language)
				checkPage(t, stranger.get(path), route, language, false)
				continue
			}
			p := s.admin.get(path)
			checkPage(t, p, route, language, true)
			s.follow(t, p, seen)
		}
	}
}

func checkPage(t *testing.T, p *page, route, language string, signedIn bool) {
	t.Helper()
	if p.status != http.StatusOK {
		t.Errorf("%s in %s: status %d", route, language, p.status)
		return
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(p.header.Get("Content-Security-Policy"), want) {
			t.Errorf("%s: the Content-Security-Policy lacks %s", route, want)
		}
	}
	if strings.Contains(p.header.Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("%s: the Content-Security-Policy is unsafe", route)
	}
	headings := 0
	each(p.doc, func(n *html.Node) {
		checkElement(t, n, route)
		if n.Data == "h1" {
			headings++
		}
		if method, _ := attr(n, "method"); n.Data == "form" && method == "post" && signedIn {
			carries := false
			each(n, func(c *html.Node) {
				name, _ := attr(c, "name")
				carries = carries || name == csrfField
			})
			if !carries {
				to, _ := attr(n, "action")
				t.Errorf("%s: the form to %s has no token", route, to)
			}
		}
	})
	if headings != 1 {
		t.Errorf("%s has %d headings of the first level", route, headings)
	}
	checkScript(t, p, route, language)
}

// checkElement wants nothing that the policy would have to let in, and a label
// for everything that can be filled in.
func checkElement(t *testing.T, n *html.Node, route string) {
	t.Helper()
	for _, a := range n.Attr {
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.ToLower(a.Val), "javascript:") {
			t.Errorf("%s: <%s> has %s", route, n.Data, a.Key)
		}
	}
	if src, _ := attr(n, "src"); n.Data == "script" && src == "" || n.Data == "style" {
		t.Errorf("%s has an inline <%s>", route, n.Data)
	}
	if _, described := attr(n, "alt"); n.Data == "img" && !described {
		t.Errorf("%s has a picture without alt", route)
	}
}

// unitsAndNames may stand in Japanese text.
var unitsAndNames = regexp.MustCompile(`\b(Ichimai|Studio|ROI|API|APIs|Excel|xlsx|CSV|PDF|JPEG|PNG|WebP|AVIF|TIFF|ZIP|HTML|CC BY|CC0|LoRA|DreamBooth|Textual Inversion|SHA|Webhook|` +
	`kB|MB|GB|TB|ddim|Go|http client|English)\b|\S+@example\.com|hooks\.example\.com|a photo of|season|ookami\.png|on grass|in snow|on a wooden table|on a white background|\{[a-z_]+\}`)

var latin = regexp.MustCompile(`[A-Za-z]{2,}`)

// checkScript wants the texts of a page to be in its language's script.
func checkScript(t *testing.T, p *page, route, language string) {
	t.Helper()
	var walk func(n *html.Node)
	say := func(where, s string) {
		s = unitsAndNames.ReplaceAllString(s, "")
		if language == "ja" {
			if word := latin.FindString(s); word != "" {
				t.Errorf("%s: %q in Japanese, in %s: %q", route, word, where, s)
			}
		}
		if strings.Contains(s, "{") || strings.Contains(s, "%!") {
			t.Errorf("%s: an argument is missing in %s: %q", route, where, s)
		}
	}
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			own, _ := attr(n, "lang")
			if slices.Contains([]string{"script", "style", "code", "textarea", "head", "datalist"}, n.Data) || own != "" && n.Data != "html" {
				return
			}
			for _, name := range []string{"aria-label", "placeholder", "title", "alt"} {
				if v, there := attr(n, name); there {
					say(name, v)
				}
			}
		}
		if n.Type == html.TextNode {
			say("text", n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(p.doc)
}

// follow opens every link, and tries every form without its token: one that
// leads nowhere would not be forbidden but not found.
func (s *story) follow(t *testing.T, p *page, seen map[string]bool) {
	t.Helper()
	each(p.doc, func(n *html.Node) {
		method, _ := attr(n, "method")
		for _, name := range []string{"href", "src", "hx-get", "hx-post", "action"} {
			to, there := attr(n, name)
			if !there || strings.HasPrefix(to, "#") || seen[method+to] || strings.HasPrefix(to, "/api/") {
				continue
			}
			seen[method+to] = true
			if name == "hx-post" || method == "post" {
				if a := s.admin.post(to, nil); a.status != http.StatusForbidden {
					t.Errorf("%s: the form to %s: status %d without its token", p.path, to, a.status)
				}
				continue
			}
			if a := s.admin.get(to); a.status != http.StatusOK {
				t.Errorf("%s: the link to %s: status %d", p.path, to, a.status)
			}
		}
	})
}

// TestStrangers wants pages for who is signed in to be closed to others.
func TestStrangers(t *testing.T) {
	s := tell(t, open(t, &painter{}), "en")
	outsider := s.browser("en")
	link := s.admin.fill(s.admin.get("/admin/people"), "/admin/people/invite", "email", "other@example.com").wants(t, http.StatusOK).linkIn(t, `/join/\S+`)
	outsider.join(link, "other@example.com", "Other").wants(t, http.StatusOK)
	for route, path := range s.addresses(t) {
		if route == "/{$}" || route == "/signin" || strings.HasPrefix(route, "/join") {
			continue
		}
		if p := s.browser("en").get(path); !strings.HasPrefix(p.path, "/signin") {
			t.Errorf("%s is open to everybody", route)
		}
		p := outsider.get(path)
		switch {
		case strings.HasPrefix(route, "/p/") && p.status != http.StatusNotFound:
			t.Errorf("%s: status %d for somebody of no project", route, p.status)
		case strings.HasPrefix(route, "/admin/") && p.status != http.StatusForbidden:
			t.Errorf("%s: status %d for somebody who is no admin", route, p.status)
		}
	}
}

// TestForms tries what other sites and stale pages could send.
func TestForms(t *testing.T) {
	h := open(t, &painter{})
	b := h.browser("en")
	b.join("/join/"+h.link, "kanri@example.com", "Kanri").wants(t, http.StatusOK)
	token := b.get("/account").csrf(t)
	send := func(change func(*http.Request)) int {
		form := url.Values{"csrf": {token}, "name": {"Changed"}}
		r := got[*http.Request](t)(http.NewRequest(http.MethodPost, b.base+"/account/name", strings.NewReader(form.Encode())))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.base)
		change(r)
		return b.do(r).status
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"OK":                {func(*http.Request) {}, http.StatusOK},
		"OK by fetch site":  {func(r *http.Request) { r.Header.Del("Origin"); r.Header.Set("Sec-Fetch-Site", "same-origin") }, http.StatusOK},
		"ErrOtherOrigin":    {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden},
		"ErrNullOrigin":     {func(r *http.Request) { r.Header.Set("Origin", "null") }, http.StatusForbidden},
		"ErrTwoOrigins":     {func(r *http.Request) { r.Header.Add("Origin", "null") }, http.StatusForbidden},
		"ErrNoOrigin":       {func(r *http.Request) { r.Header.Del("Origin") }, http.StatusForbidden},
		"ErrCrossSite":      {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, http.StatusForbidden},
		"ErrSameSite":       {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, http.StatusForbidden},
		"ErrOriginWithPath": {func(r *http.Request) { r.Header.Set("Origin", b.base+"/x") }, http.StatusForbidden},
		"ErrNoToken":        {func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }, http.StatusForbidden},
		"ErrTokenInAddress": {func(r *http.Request) { r.URL.RawQuery = "csrf=" + token; r.Body = http.NoBody; r.ContentLength = 0 }, http.StatusForbidden},
		"ErrTooLarge": {func(r *http.Request) {
			r.Body = http.NoBody
			r.ContentLength = 0
			setBody(r, strings.Repeat("a", textForm+1))
		}, http.StatusRequestEntityTooLarge},
		"ErrBrokenMultipart": {func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }, http.StatusUnprocessableEntity},
	} {
		t.Run(name, func(t *testing.T) {
			if status := send(c.change); status != c.want {
				t.Errorf("status %d, want %d", status, c.want)
			}
		})
	}
	t.Run("language", func(t *testing.T) {
		p := b.fill(b.get("/account"), "/language", "language", "ja", "next", "//evil.example/").wants(t, http.StatusOK)
		if p.path != "/projects" {
			t.Errorf("led to %s", p.path)
		}
	})
	t.Run("escape", func(t *testing.T) {
		p := b.fill(b.get("/projects"), "/projects", "name", `<script>alert(1)</script>"'>`, "description", `<img src=x onerror=alert(1)>`).wants(t, http.StatusOK)
		each(p.doc, func(n *html.Node) {
			if src, _ := attr(n, "src"); n.Data == "script" && !strings.HasPrefix(src, "/static/") || src == "x" {
				t.Errorf("a name became markup: %s", n.Data)
			}
		})
	})
}

func setBody(r *http.Request, s string) {
	n, err := http.NewRequest(r.Method, r.URL.String(), strings.NewReader("name="+s))
	if err == nil {
		r.Body, r.ContentLength, r.GetBody = n.Body, n.ContentLength, n.GetBody
	}
}

// TestNamesOfTheDomain wants a name for everything that pages show by one.
func TestNamesOfTheDomain(t *testing.T) {
	keys := map[string][]named{}
	for _, s := range studio.PictureStates() {
		keys[string(s)] = pictureStates
	}
	for _, r := range studio.Roles() {
		keys[string(r)] = roleNames
	}
	for _, s := range studio.Scopes() {
		keys[string(s)] = scopeNames
	}
	for key, list := range keys {
		if !slices.ContainsFunc(list, func(n named) bool { return n.key == key }) {
			t.Errorf("%s has no name", key)
		}
	}
	source := string(got[[]byte](t)(os.ReadFile("../workspace/jobs.go")))
	for _, m := range regexp.MustCompile(`"((?:job|concept)\.[a-z_]+)"`).FindAllStringSubmatch(source, -1) {
		if !slices.ContainsFunc(actionNames, func(n named) bool { return n.key == m[1] }) {
			t.Errorf("the action %s has no name", m[1])
		}
	}
}

func hasJapanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}
