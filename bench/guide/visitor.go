package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a page may take.
const patience = time.Minute

// visitor is somebody who is signed in, in a tab of the browser.
type visitor struct {
	ctx     context.Context
	address string
	own     string            // language of the account
	found   map[string]string // paths of pages, by name
}

func (v *visitor) do(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

func ask[T any](v *visitor, a chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, a)
}

func (v *visitor) open(path string) error {
	return v.do(chromedp.Navigate(v.address+path), chromedp.WaitReady(`main`))
}

// signIn signs in, and remembers which language the account has.
func (v *visitor) signIn(email, password string) error {
	if err := v.open("/signin"); err != nil {
		return fmt.Errorf("open the studio at %s: %w", v.address, err)
	}
	err := v.do(
		chromedp.SetValue(`input[name=email]`, email), chromedp.SetValue(`input[name=password]`, password),
		chromedp.Submit(`input[name=password]`), chromedp.WaitVisible(`.side, .note.bad`),
	)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	refused, err := ask(v, chromedp.Evaluate[string](`document.querySelector(".note.bad")?.innerText ?? ""`))
	if err == nil && refused != "" {
		err = errors.New(refused)
	}
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	v.own, err = ask(v, chromedp.Evaluate[string](`document.documentElement.lang`))
	return err
}

// speak switches the account to a language, as a person does.
func (v *visitor) speak(language string) error {
	if err := v.open("/account"); err != nil {
		return err
	}
	now, err := ask(v, chromedp.Evaluate[string](`document.documentElement.lang`))
	if err != nil || now == language {
		return err
	}
	return v.do(chromedp.Click(`button[name=language]`), chromedp.WaitReady(`html[lang=`+language+`] main`))
}

// enter chooses the project of a name; "" leaves that to path.
func (v *visitor) enter(name string) error {
	if name == "" {
		return nil
	}
	if err := v.open("/projects"); err != nil {
		return err
	}
	links, err := ask(v, chromedp.Evaluate[[]string](fmt.Sprintf(`[...document.querySelectorAll("main a.cover")].filter((a) => a.innerText.trim() === %q).map((a) => a.href)`, name)))
	if err != nil {
		return err
	}
	p, _ := placeOf("overview")
	if v.found[p.name] = first(links, p.link); v.found[p.name] == "" {
		return fmt.Errorf("--project %q: the studio lists no project of this name", name)
	}
	return nil
}

// leave gives the account its language back, and signs out.
func (v *visitor) leave() error {
	if err := v.speak(v.own); err != nil {
		return err
	}
	return v.do(chromedp.Submit(`form[action="/signout"] button`), chromedp.WaitVisible(`input[name=password]`))
}

// see gives the tab a view's colours.
func (v *visitor) see(w view) error {
	err := v.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		return chromedp.Void{}, t.Call(ctx, "Emulation.setEmulatedMedia", mediaOf(w.scheme), nil)
	})
	if err != nil {
		return fmt.Errorf("show pages as in %s: %w", w.scheme, err)
	}
	return nil
}

// media is what a page is made for, as the DevTools protocol's
// Emulation.setEmulatedMedia takes it.
type media struct {
	Media    string         `json:"media,omitempty"` // "" for a screen
	Features []mediaFeature `json:"features"`
}

type mediaFeature struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// mediaOf is a scheme's; paper is light.
func mediaOf(scheme string) media {
	if scheme == "print" {
		return media{"print", []mediaFeature{{"prefers-color-scheme", "light"}}}
	}
	return media{"", []mediaFeature{{"prefers-color-scheme", scheme}}}
}

// screen is the part of the page that the tab shows, of a usual height where none is
// asked for.
func screen(width, height int) chromedp.Action[chromedp.Void] {
	var touch []chromedp.EmulateViewportOption
	if width < phone {
		touch = append(touch, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	return chromedp.EmulateViewport(int64(width), int64(cmp.Or(height, 900)), touch...)
}

// take opens a page and takes a picture of it, as PNG.
func (v *visitor) take(s shot, w view) ([]byte, error) {
	path, err := v.path(s.page)
	if err != nil {
		return nil, err
	}
	if err := v.do(screen(w.width, s.height)); err != nil {
		return nil, err
	}
	if err := v.open(path); err != nil {
		return nil, err
	}
	// Pictures that load when they are scrolled to have to be there.
	_, err = ask(v, chromedp.Evaluate[bool](`Promise.all([...document.images].map((i) => { i.loading = "eager"; return i.decode().catch(() => {}); })).then(() => true)`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, err
	}
	if s.height == 0 {
		return ask(v, chromedp.FullScreenshot(100))
	}
	return ask(v, chromedp.CaptureScreenshot())
}

// path is where a page is. Those that are reached by a link are looked for once.
func (v *visitor) path(name string) (string, error) {
	if path, known := v.found[name]; known {
		return path, nil
	}
	p, known := placeOf(name)
	if !known {
		return "", fmt.Errorf("there is no page %s", name)
	}
	path, err := v.find(p)
	if err == nil {
		v.found[name] = path
	}
	return path, err
}

func (v *visitor) find(p place) (string, error) {
	if p.link == nil {
		if p.path[0] != '.' {
			return p.path, nil
		}
		project, err := v.path("overview")
		return below(project, p.path), err
	}
	from, err := v.path(p.from)
	if err != nil {
		return "", err
	}
	if err := v.open(from); err != nil {
		return "", err
	}
	links, err := ask(v, chromedp.Evaluate[[]string](`[...document.querySelectorAll("main a[href]")].map((a) => a.href)`))
	if err != nil {
		return "", err
	}
	if path := first(links, p.link); path != "" {
		return path, nil
	}
	return "", &missingError{p.name, p.from}
}
