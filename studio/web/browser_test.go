package web

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Settings of the tests in a real browser.
const (
	envAxe   = "ICHIMAI_AXE"   // path of axe-core's axe.min.js; see the Makefile
	envShots = "ICHIMAI_SHOTS" // folder for pictures of the pages
)

// chromium opens a browser, or skips the test where there is none.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("there is no Chromium here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocated, free := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(free)
	ctx, end := chromedp.NewContext(allocated)
	t.Cleanup(end)
	must(t, chromedp.Do(ctx)) // starts it
	return ctx
}

// tab is a page of the browser that remembers what it complains of.
type tab struct {
	t     *testing.T
	ctx   context.Context
	base  string
	width int64 // that was asked for

	mu         sync.Mutex
	complaints []string
}

func (h *house) tab(browser context.Context, language string, width int64) *tab {
	h.t.Helper()
	ctx, end := chromedp.NewContext(browser)
	h.t.Cleanup(end)
	b := &tab{t: h.t, ctx: ctx, base: h.server.URL, width: width}
	must(h.t, chromedp.Do(ctx))
	go b.listen(chromedp.Console(ctx))
	phone := []chromedp.EmulateViewportOption{}
	if width < 600 {
		phone = append(phone, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	b.run(chromedp.EmulateViewport(width, 900, phone...))
	b.open("/signin")
	b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.cookie = %q", LanguageCookie+"="+language+"; path=/")))
	return b
}

func (b *tab) listen(messages iter.Seq2[chromedp.ConsoleMessage, error]) {
	for m, err := range messages {
		if err != nil {
			return
		}
		switch m.Type {
		case chromedp.ConsoleError, chromedp.ConsoleWarning, chromedp.ConsoleException:
			b.mu.Lock()
			b.complaints = append(b.complaints, m.Text+" "+m.URL)
			b.mu.Unlock()
		}
	}
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		b.t.Fatalf("at %s: %v", where, err)
	}
}

// ask runs an action that tells something.
func ask[T any](b *tab, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.base + path))
}

// quiet fails for what the console says.
func (b *tab) quiet(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.t.Errorf("%s: the console says: %s", where, c)
	}
	b.complaints = nil
}

// fits fails where a page is wider than the screen that was asked for. What the
// browser takes for the screen does not count: on a phone it grows with a page that
// is too wide.
func (b *tab) fits(where string) {
	b.t.Helper()
	if over := b.over(); over != "" {
		b.t.Errorf("%s is wider than the screen by %s", where, over)
	}
}

// over says by how much a page is wider than the screen, and because of what; ""
// where it is not.
func (b *tab) over() string {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[string](fmt.Sprintf(`((asked) => {
		const wide = Math.max(document.documentElement.scrollWidth, innerWidth) - asked;
		if (wide <= 0) return "";
		const guilty = [...document.querySelectorAll("main *, header *")].filter((e) => e.getBoundingClientRect().right > asked + 1 && !e.closest(".scroll, .side"));
		return wide + " px: " + guilty.slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join(" | ");
	})(%d)`, b.width)))
}

// TestTooWide widens a page at both widths: fits has to see it.
func TestTooWide(t *testing.T) {
	browser := chromium(t)
	h := open(t, &painter{})
	for _, width := range []int64{390, 1440} {
		b := h.tab(browser, "en", width)
		b.open("/signin")
		b.fits("the page as it is")
		b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("const wide = document.createElement('p'); wide.style.width = '%dpx'; wide.textContent = 'wide'; document.querySelector('main').append(wide); 0", width+100)))
		b.run(chromedp.WaitVisible("main p:last-child"))
		if over := b.over(); !strings.Contains(over, "wide") {
			t.Errorf("at %d px a page that is too wide fits: %q", width, over)
		}
	}
}

// accessible fails for violations that axe-core finds, where that is at hand.
func (b *tab) accessible(where string) {
	b.t.Helper()
	path := os.Getenv(envAxe)
	if path == "" {
		path = filepath.Join("..", "..", "out", "axe", "axe.min.js")
	}
	script, err := os.ReadFile(path)
	if err != nil {
		return
	}
	b.run(chromedp.Evaluate[chromedp.Void](string(script) + ";0"))
	violations := ask(b, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"]}).then((r) =>
		r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join(" | ")))`,
		chromedp.EvalAwaitPromise))
	for _, v := range violations {
		b.t.Errorf("%s: %s", where, v)
	}
}

// shoot keeps a picture of the page, where somebody wants to see it.
func (b *tab) shoot(name string) {
	b.t.Helper()
	folder := os.Getenv(envShots)
	if folder == "" {
		return
	}
	png := ask(b, chromedp.FullScreenshot(100))
	must(b.t, os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600))
}

// look does all of it.
func (b *tab) look(name string) {
	b.t.Helper()
	b.quiet(name)
	b.fits(name)
	b.accessible(name)
	b.shoot(name)
}

func (b *tab) join(link, email, name string) {
	b.open(link)
	b.run(
		chromedp.SetValue(`input[name=email]`, email), chromedp.SetValue(`input[name=name]`, name),
		chromedp.SetValue(`input[name=password]`, password), chromedp.SetValue(`input[name=again]`, password),
		chromedp.Submit(`input[name=again]`), chromedp.WaitVisible(`.side`),
	)
}

func (b *tab) signIn(email string) {
	b.open("/signin")
	b.run(
		chromedp.SetValue(`input[name=email]`, email), chromedp.SetValue(`input[name=password]`, password),
		chromedp.Submit(`input[name=password]`), chromedp.WaitVisible(`.side`),
	)
}

// TestBrowser walks the main path and then every page in a real browser, in both
// languages and at a phone's and a desk's width.
func TestBrowser(t *testing.T) {
	browser := chromium(t)
	for _, language := range []string{"ja", "en"} {
		for _, width := range []int64{390, 1440} {
			t.Run(fmt.Sprintf("%s-%d", language, width), func(t *testing.T) { walk(t, browser, language, width) })
		}
	}
}

func walk(t *testing.T, browser context.Context, language string, width int64) {
	h := open(t, &painter{})
	b := h.tab(browser, language, width)
	name := func(page string) string { return fmt.Sprintf("%s-%s-%d", page, language, width) }
	b.open("/join/" + h.link)
	b.look(name("join"))
	b.join("/join/"+h.link, "kanri@example.com", "管理太郎")
	b.run(chromedp.SetValue(`input[name=name]`, "春のカタログ"), chromedp.Submit(`input[name=name]`), chromedp.WaitVisible(`.steps`))
	b.look(name("empty"))
	project := ask(b, chromedp.Location())
	project, _, _ = strings.Cut(strings.TrimPrefix(project, b.base), "?")

	file := filepath.Join(t.TempDir(), "ookami.png")
	must(t, os.WriteFile(file, pngFile(t, 3), 0o600))
	b.open(project + "/start")
	b.look(name("start"))
	b.run(
		chromedp.SetUploadFiles(`#photo`, []string{file}), chromedp.WaitVisible(`.chosen img`),
		chromedp.SetValue(`input[name=name]`, "オオカミ"), chromedp.SetValue(`input[name=owner]`, "株式会社いちまい"),
		chromedp.SetValue(`input[name=licence]`, "自社で撮影"), chromedp.Click(`input[name=confirmed]`),
		chromedp.Click(`button.primary`), // the scenes come by themselves
		chromedp.WaitVisible(fmt.Sprintf(`.gallery li:nth-child(%d) img`, len(scenes))),
	)
	b.run(chromedp.WaitNotPresent(`#poll`))
	b.look(name("appeared"))
	appeared := ask(b, chromedp.Location())
	b.open(project + "/start")
	b.run(
		chromedp.SetUploadFiles(`#photo`, []string{file}), chromedp.SetValue(`input[name=name]`, "灰色オオカミ"), chromedp.SetValue(`input[name=owner]`, "別の会社"),
		chromedp.SetValue(`input[name=licence]`, "委託して撮影"), chromedp.Click(`input[name=confirmed]`), chromedp.Click(`button.primary`), chromedp.WaitVisible(`input[name=rights]`),
	)
	b.look(name("known"))
	b.open(strings.TrimPrefix(appeared, b.base))

	b.run(chromedp.Click(`.telling a.primary`), chromedp.WaitVisible(`#prompt`), chromedp.Click(`.desk button.primary`), chromedp.WaitVisible(`.outcome .gallery li:nth-child(8)`))
	b.look(name("create"))
	b.run(chromedp.Click(`.outcome .gallery a`), chromedp.WaitVisible(`form[action$=submit]`))
	b.look(name("picture"))
	b.run(chromedp.Submit(`form[action$=submit]`), chromedp.WaitVisible(`a[href*="/review/"].primary`), chromedp.Click(`a[href*="/review/"].primary`), chromedp.WaitVisible(`.versus`))
	b.look(name("foureyes"))
	b.quiet(name("main path"))

	told := tell(t, open(t, &painter{}), language)
	seeing := told.tab(browser, language, width)
	seeing.signIn("kanri@example.com")
	told.finish(t)
	for route, path := range told.addresses(t) {
		if strings.HasPrefix(route, "/join") || route == "/{$}" || route == "/signin" {
			continue
		}
		seeing.open(path)
		seeing.run(chromedp.WaitReady(`main h1`))
		seeing.look(name(strings.Trim(strings.NewReplacer("/p/{project}", "p", "/", "-", "{", "", "}", "").Replace(route), "-")))
	}
	stranger := told.tab(browser, language, width)
	stranger.open("/signin")
	stranger.look(name("signin"))
}

// finish leaves something in every list.
func (s *story) finish(t *testing.T) {
	t.Helper()
	b := s.admin
	b.fill(b.get("/admin/policy"), "/admin/policy", "guideline_japanese", "人物の写真は、本人の同意がある場合にだけ使用してください。\n\n他社の商標を含む画像を公開してはいけません。",
		"guideline_english", "Use photos of people only with their consent.\n\nDo not publish pictures with marks of other companies.", "blocked_words", "競合社").wants(t, 200)
	pictures := s.creator.get(s.project + "/pictures")
	waiting := pictures.linkIn(t, s.project+`/pictures/`+uuid)
	s.creator.fill(s.creator.get(waiting), waiting+"/submit").wants(t, 200)
	b.fill(b.get("/account"), "/account/tokens", "token_name", "カタログ連携", "scopes", "read").wants(t, 200)
}
