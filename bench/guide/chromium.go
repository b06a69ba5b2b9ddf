package main

import (
	"context"
	"errors"
	"os"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// chromium is a headless browser.
type chromium struct {
	ctx   context.Context
	close func()
}

// openChromium starts a browser whose own words are in a language, "en" or "ja".
func openChromium(ctx context.Context, language string) (*chromium, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errors.New("there is no Chromium in PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("lang", language), chromedp.Env("LANGUAGE="+language))
	if os.Geteuid() == 0 { // whom Chromium's sandbox does not take
		options = append(options, chromedp.NoSandbox)
	}
	allocated, free := chromedp.NewExecAllocator(ctx, options...)
	tab, end := chromedp.NewContext(allocated)
	c := &chromium{ctx: tab, close: func() { end(); free() }}
	if err := chromedp.Do(tab); err != nil { // starts it
		c.close()
		return nil, err
	}
	return c, nil
}
